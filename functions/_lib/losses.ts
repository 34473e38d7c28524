/**
 * What attempts cost that nobody is charged for, as statements for the batch of the change that they belong to.
 *
 * An attempt that reports names its own cost (`gpu_seconds` is set). Of one that does not report, the site knows its
 * time and the price of its card: that is written as its cost, so that the day's cap counts it. A later report replaces
 * the guess. It changes no status and no bill.
 */

import { STARTUP_LIMIT_SECONDS } from "../_generated/constants.ts";
import type { Outcome } from "../_generated/contract.d.ts";
import { RUN_LIMIT_SECONDS } from "./patience.ts";
import { CARD_PRICES } from "./prices.ts";
import { timestamp } from "./time.ts";

const SECOND_BY_CARD = JSON.stringify(
  Object.fromEntries(CARD_PRICES.map((row) => [row.card, row.micro_won_per_second])),
);
const START_BY_CARD = JSON.stringify(
  Object.fromEntries(CARD_PRICES.map((row) => [row.card, row.cold_start_micro_won])),
);
const DEAREST = Math.max(...CARD_PRICES.map((row) => row.micro_won_per_second));

/** A card's number in a JSON map; of a card without a price, such as a laptop's, the one of the job's quoted card. */
function priced(map: string, fallback: string): string {
  const of = (card: string) => `(SELECT value FROM json_each(${map}) WHERE key = ${card})`;
  return `COALESCE(${of("attempts.gpu")}, ${of("jobs.gpu")}, ${fallback})`;
}

/** Micro-won of the attempt's card from `since` to the attempt's end. SQL; `?2` holds the prices of a second. */
function elapsed(since: string): string {
  const seconds = `MAX(0, julianday(attempts.finished_at) - julianday(${since})) * 86400`;
  return `CAST(ROUND(${seconds} * ${priced("?2", String(DEAREST))}) AS INTEGER)`;
}

/**
 * Writes the cost of each attempt that began and did not report: its time, at most the reservation. Open attempts
 * are left alone.
 */
export function guessOfSilent(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE attempts SET micro_won = (
         SELECT MIN(jobs.reserved_micro_won, ${elapsed("attempts.started_at")}) FROM jobs WHERE jobs.id = ?1)
       WHERE job_id = ?1 AND outcome IN ('lost', 'failed', 'canceled') AND started_at IS NOT NULL
         AND micro_won IS NULL`,
    )
    .bind(jobId, SECOND_BY_CARD);
}

/** A job whose ticket opened a card that nobody else waits for. */
const IS_ALONE = `(NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.gpu = jobs.gpu AND other.status = 'queued'
    AND other.handed_at IS NULL AND other.paused_at IS NULL)
  AND EXISTS (SELECT 1 FROM cards WHERE cards.id = jobs.card AND cards.job_id = jobs.id AND cards.seen_at IS NULL))`;

/**
 * Writes what a ticket can have cost that was at the GPU service and was canceled before its first event: the time that
 * it lay there, at most the start of a container. A held job was never there. Where a container had more to do than this
 * ticket, it goes on with that, and nothing is lost.
 */
export function guessOfCanceled(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE attempts SET micro_won = (
         SELECT MIN(${priced("?3", "jobs.reserved_micro_won")}, ${elapsed("jobs.handed_at")})
         FROM jobs WHERE jobs.id = ?1)
       WHERE job_id = ?1 AND outcome = 'canceled' AND started_at IS NULL AND micro_won IS NULL
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND status = 'canceled' AND attempt = attempts.attempt
                     AND handed_at IS NOT NULL AND (card IS NULL OR ${IS_ALONE}))`,
    )
    .bind(jobId, SECOND_BY_CARD, START_BY_CARD);
}

/** What an attempt reports as its cost, at most the longest start and the longest run on its card. */
export function costOf({ cost }: Outcome): number {
  const most = secondOf(cost.gpu) * (STARTUP_LIMIT_SECONDS + RUN_LIMIT_SECONDS);
  return Math.max(0, Math.min(Math.round(cost.micro_won), most));
}

/** Micro-won of a second of a container with this card; of an unknown one, of the dearest. */
export function secondOf(gpu: string): number {
  return CARD_PRICES.find(({ card }) => card === gpu)?.micro_won_per_second ?? DEAREST;
}

/** Takes the cost of an attempt that is over and had not reported. The job's bill stays. */
export async function lateCost(db: D1Database, outcome: Outcome): Promise<void> {
  const silent = "job_id = ?1 AND attempt = ?2 AND outcome <> 'open' AND gpu_seconds IS NULL";
  await db.batch([
    db
      .prepare(
        `UPDATE jobs SET version = version + 1 WHERE id = ?1 AND EXISTS (SELECT 1 FROM attempts WHERE ${silent})`,
      )
      .bind(outcome.job_id, outcome.attempt),
    db
      .prepare(`UPDATE attempts SET gpu = ?3, gpu_seconds = ?4, micro_won = ?5 WHERE ${silent}`)
      .bind(outcome.job_id, outcome.attempt, outcome.cost.gpu, outcome.cost.gpu_seconds, costOf(outcome)),
    ...recount(db, outcome.job_id),
  ]);
}

/** Brings an ended job's loss to what its attempts cost beyond the bill. There is no row where nothing was lost. */
export function recount(db: D1Database, jobId: string): D1PreparedStatement[] {
  const used = "(SELECT COALESCE(SUM(micro_won), 0) FROM attempts WHERE job_id = ?1)";
  return [
    db
      .prepare(
        `DELETE FROM ledger WHERE job_id = ?1 AND kind = 'loss'
           AND ${used} <= (SELECT billed_micro_won FROM jobs WHERE id = ?1)`,
      )
      .bind(jobId),
    db
      .prepare(
        `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
         SELECT id, 'loss', 'site', day, ${used} - billed_micro_won, ?2 FROM jobs
         WHERE id = ?1 AND status IN ('succeeded', 'failed', 'canceled') AND ${used} > billed_micro_won
         ON CONFLICT (job_id, kind) DO UPDATE SET micro_won = excluded.micro_won
           WHERE ledger.micro_won <> excluded.micro_won`,
      )
      .bind(jobId, timestamp()),
  ];
}
