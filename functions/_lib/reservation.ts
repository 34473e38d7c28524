/**
 * What a job reserves: the most that it can be billed, for a bill never passes its reservation.
 *
 * Of an owner's open jobs on one kind of card, as many hold the start of a card as there may be cards. A later one finds a
 * card at work. Should it meet a start all the same, the site bears that. It does not know which job starts a card.
 */

import { MAX_CONTAINERS } from "../_generated/constants.ts";
import type { Priced } from "./prices.ts";

/** SQL parameters or literals. */
interface Terms {
  owner: string;
  gpu: string;
  /** Micro-won of the most that the job can cost, a start included, and of that start. */
  most: string;
  start: string;
}

const holdsNoStart = (owner: string, gpu: string) =>
  `(SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE owner = ${owner} AND gpu = ${gpu}
     AND status IN ('queued', 'running') LIMIT ${MAX_CONTAINERS})) = ${MAX_CONTAINERS}`;

/** SQL for the micro-won that one more job of the owner reserves. */
export function reservation({ owner, gpu, most, start }: Terms): string {
  return `(${most} - CASE WHEN ${holdsNoStart(owner, gpu)} THEN ${start} ELSE 0 END)`;
}

/** What is known of an owner's money when a job is refused. */
export interface Standing {
  /** The start that the job need not reserve; 0 where it must. */
  start_micro_won: number;
  /** Reserved on this day for jobs that have not ended. */
  held_micro_won: number;
}

export async function standingOf(db: D1Database, owner: string, day: string, estimate: Priced): Promise<Standing> {
  const row = await db
    .prepare(
      `SELECT CASE WHEN ${holdsNoStart("?1", "?2")} THEN ?3 ELSE 0 END AS start_micro_won,
         COALESCE((SELECT held_micro_won FROM day_totals WHERE owner = ?1 AND day = ?4), 0) AS held_micro_won`,
    )
    .bind(owner, estimate.gpu, estimate.cold_start_micro_won, day)
    .first<Standing>();
  return row ?? { start_micro_won: 0, held_micro_won: 0 };
}
