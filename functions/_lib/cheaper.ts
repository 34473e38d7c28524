/** The choices that still fit where a cap in won refuses a job. The prices are Python's; it computes none. */

import type { CheaperChoice, Estimate } from "../_generated/contract.d.ts";
import presets from "../_generated/presets.json" with { type: "json" };
import { ESTIMATES } from "./prices.ts";

const MOST = 2;
const PRESETS = new Map(presets.presets.map((preset) => [preset.name, preset]));

/**
 * The nearest choices whose reservation is at most `left` micro-won: the fewest settings changed, then the dearest.
 * `start`: micro-won of the start that they need not reserve on the same card, like the one that was asked for.
 * They take the same pictures in the same ratio, so that nothing but the named settings has to change. None for a part of
 * a clip, whose settings are that clip's.
 */
export function cheaperChoices(asked: Estimate, left: number, start: number): CheaperChoice[] {
  const inputs = PRESETS.get(asked.preset)?.inputs;
  if (inputs === "clip_part") return [];
  const reserving = ESTIMATES.map((one) =>
    one.gpu === asked.gpu ? { ...one, high_micro_won: one.high_micro_won - start } : one,
  );
  return reserving
    .filter(
      ({ preset, ratio, high_micro_won }) =>
        ratio === asked.ratio &&
        PRESETS.get(preset)?.inputs === inputs &&
        high_micro_won < asked.high_micro_won - start &&
        high_micro_won <= left,
    )
    .sort((a, b) => changes(a, asked) - changes(b, asked) || b.high_micro_won - a.high_micro_won)
    .slice(0, MOST)
    .map(({ preset, ratio, seconds, tier, micro_won, high_micro_won }) => ({
      preset,
      ratio,
      seconds,
      tier,
      micro_won,
      high_micro_won,
    }));
}

export function presetTitle({ preset }: CheaperChoice): { ko: string; en: string } {
  const row = PRESETS.get(preset);
  return { ko: row?.title_ko ?? preset, en: row?.title_en ?? preset };
}

function changes(one: Estimate, other: Estimate): number {
  return Number(one.preset !== other.preset) + Number(one.seconds !== other.seconds) + Number(one.tier !== other.tier);
}
