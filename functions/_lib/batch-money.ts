/** What a press would reserve, how much of it the caps let in, and why no more. It is a forecast and the words after it: the
 * insert itself decides. */

import { MAX_CONTAINERS } from "../_generated/constants.ts";
import type { Estimate, SiteCaps } from "../_generated/contract.d.ts";
import { passed, withJobs } from "./caps.ts";
import { HANDED_OVER, HELD } from "./line.ts";
import { ProblemError } from "./problem.ts";
import { jobRefusal } from "./refusal.ts";
import { seoulDay } from "./time.ts";
import { tokenLeft, tokenRefusal } from "./tokens.ts";

/** What is known of an owner's open jobs and money before a press. */
export interface Before {
  caps: SiteCaps;
  /** Card → the owner's open jobs on it. */
  open: ReadonlyMap<string, number>;
  held_micro_won: number;
}

export async function openJobsOf(db: D1Database, owner: string): Promise<Omit<Before, "caps">> {
  const [open, held] = await db.batch([
    db
      .prepare(
        `SELECT gpu, COUNT(*) AS jobs FROM (SELECT gpu FROM jobs WHERE owner = ?1 AND ${HELD}
           UNION ALL SELECT gpu FROM jobs WHERE owner = ?1 AND ${HANDED_OVER}) GROUP BY gpu`,
      )
      .bind(owner),
    db.prepare("SELECT held_micro_won FROM day_totals WHERE owner = ?1 AND day = ?2").bind(owner, seoulDay()),
  ]);
  const rows = (open?.results ?? []) as { gpu: string; jobs: number }[];
  return {
    open: new Map(rows.map(({ gpu, jobs }) => [gpu, jobs])),
    held_micro_won: (held?.results[0] as { held_micro_won: number } | undefined)?.held_micro_won ?? 0,
  };
}

/** What each of the clips reserves, in their order: of an owner's open jobs on a card, the first ones hold a start. */
export function reservations(clips: readonly Estimate[], open: ReadonlyMap<string, number>): number[] {
  const jobs = new Map(open);
  return clips.map(({ gpu, high_micro_won, cold_start_micro_won }) => {
    const before = jobs.get(gpu) ?? 0;
    jobs.set(gpu, before + 1);
    return high_micro_won - (before >= MAX_CONTAINERS ? cold_start_micro_won : 0);
  });
}

export interface OwnLimit {
  most: number;
  used: number;
}

export interface Fit {
  fits: number;
  /** Why the next clip would not be let in. */
  refusal: ProblemError | null;
}

/** How many of the clips are let in. `own`: the most that the press may cost, where its owner sets that, and what it holds
 * or has cost by now. */
export async function fitOf(
  db: D1Database,
  clips: readonly Estimate[],
  { caps, open, held_micro_won }: Before,
  { token_id, own }: { token_id: string | undefined; own: OwnLimit | null },
): Promise<Fit> {
  const reserved = reservations(clips, open);
  const left = token_id === undefined ? Number.POSITIVE_INFINITY : await tokenLeft(db, token_id);
  let sum = 0;
  for (const [index, estimate] of clips.entries()) {
    const needed = reserved[index] ?? 0;
    const state = { ...caps, caps: withJobs(caps.caps, index, sum) };
    if (!state.accepts_jobs || passed(state.caps, "job", needed) !== undefined) {
      const standing = { start_micro_won: estimate.high_micro_won - needed, held_micro_won: held_micro_won + sum };
      return { fits: index, refusal: jobRefusal(state, estimate, standing) };
    }
    if (sum + needed > left) {
      return { fits: index, refusal: (await tokenRefusal(db, token_id ?? null, sum + needed)) ?? null };
    }
    if (own !== null && own.used + sum + needed > own.most) {
      return { fits: index, refusal: ownRefusal({ ...own, used: own.used + sum }, needed) };
    }
    sum += needed;
  }
  return { fits: clips.length, refusal: null };
}

function ownRefusal({ most, used }: OwnLimit, needed: number): ProblemError {
  const [cap, asked] = [most, needed].map((won) => Math.ceil(won / 1e6).toLocaleString("en-US"));
  const left = Math.floor(Math.max(0, most - used) / 1e6).toLocaleString("en-US");
  const words = {
    ko: `이번에 정한 금액 ${cap}원 중 ${left}원이 남았는데, 다음 영상은 최대 ${asked}원이 들 수 있어요.`,
    en: `Of the ${cap} won set for this time, ${left} won are left; the next clip may take up to ${asked} won.`,
  };
  return new ProblemError("cap-exceeded", words, {
    errors: [{ pointer: "/most_micro_won", detail: { ko: "이번에 정한 금액", en: "the amount set for this time" } }],
  });
}
