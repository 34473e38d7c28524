/** What the rented cards do at the moment, and how many jobs wait for them: of everybody, and nobody's by name. */

import type { CardKind, GpuNow } from "../_generated/contract.d.ts";
import { doing, freeAt, type LiveCard, liveCards } from "./cards.ts";
import { IN_LINE } from "./line.ts";

export async function gpuNow(db: D1Database): Promise<GpuNow> {
  const cards = await liveCards(db);
  const { results: held } = await db
    .prepare(`SELECT gpu, COUNT(*) AS jobs FROM jobs WHERE ${IN_LINE} GROUP BY gpu`)
    .all<{ gpu: string; jobs: number }>();
  const kinds = new Set([...cards.map(({ gpu }) => gpu), ...held.map(({ gpu }) => gpu)]);
  return {
    kinds: [...kinds].sort().map(
      (gpu): CardKind => ({
        gpu,
        cards: cards
          .filter((card) => card.gpu === gpu)
          .map(shown)
          .sort((one, other) => one.free_in_seconds - other.free_in_seconds),
        held: held.find((row) => row.gpu === gpu)?.jobs ?? 0,
      }),
    ),
  };
}

function shown(card: LiveCard): CardKind["cards"][number] {
  return { state: doing(card), free_in_seconds: Math.ceil((freeAt(card) - Date.now()) / 1_000) };
}
