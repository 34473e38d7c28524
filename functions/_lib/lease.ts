/**
 * Who may look at a job, and which jobs may be at the GPU service: leases, and the times of the next look.
 *
 * Each function is one conditional statement, and returns the row that it changed, or `undefined`. No function here
 * changes a job's status or its money.
 */

import { HANDED_OVER } from "./line.ts";
import { FIRST_LATE_LOOK_SECONDS, LAST_LATE_LOOK_SECONDS, pauseSince, secondsSince } from "./patience.ts";
import type { JobRow } from "./row.ts";
import { inSeconds, timestamp } from "./time.ts";

export function isHandedOver(row: JobRow): boolean {
  return row.status === "running" || (row.status === "queued" && row.handed_at !== null);
}

/** Jobs that were handed over and not heard of in time, the longest silent first; of one owner, or of all (null). */
export async function due(db: D1Database, owner: string | null, limit: number): Promise<JobRow[]> {
  const whose = owner === null ? "" : "AND owner = ?3";
  const { results } = await db
    .prepare(`SELECT * FROM jobs WHERE ${HANDED_OVER} AND lease_until <= ?1 ${whose} ORDER BY lease_until LIMIT ?2`)
    .bind(timestamp(), limit, ...(owner === null ? [] : [owner]))
    .all<JobRow>();
  return results;
}

/** Takes the lease of a job, if it is still the one that this caller read: one caller at a time checks a job. */
export function claim(db: D1Database, row: JobRow, leaseUntil: string): Promise<JobRow | undefined> {
  return changed(
    db
      .prepare(
        `UPDATE jobs SET lease_until = ?3
         WHERE id = ?1 AND lease_until = ?2 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(row.id, row.lease_until, leaseUntil),
  );
}

/** Records that the GPU service accepted this attempt, and the call of the card that it opened. `undefined`: the job no
 * longer needs it. Idempotent. */
export async function accepted(
  db: D1Database,
  row: JobRow,
  callId: string,
  leaseUntil: string,
): Promise<JobRow | undefined> {
  const [handed] = await db.batch<JobRow>([
    db
      .prepare(
        `UPDATE jobs SET call_id = ?3, lease_until = MAX(lease_until, ?4)
         WHERE id = ?1 AND attempt = ?2 AND card IS ?5 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(row.id, row.attempt, callId, leaseUntil, row.card),
    db
      .prepare("UPDATE cards SET call_id = ?4 WHERE id = ?3 AND job_id = ?1 AND attempt = ?2")
      .bind(row.id, row.attempt, row.card, callId),
  ]);
  return handed?.results[0];
}

/** Records that the GPU service did not accept this attempt; the sweep tries again at `leaseUntil`. */
export function notAccepted(db: D1Database, row: JobRow, leaseUntil: string): Promise<JobRow | undefined> {
  return changed(
    db
      .prepare(
        `UPDATE jobs SET dispatch_tries = dispatch_tries + 1, lease_until = ?3
         WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') AND call_id IS NULL RETURNING *`,
      )
      .bind(row.id, row.attempt, leaseUntil),
  );
}

/** Holds a job whose marker cannot be read. The row before the change tells whether that is news. */
export function holdUnreadable(db: D1Database, row: JobRow, shortest: number): Promise<JobRow | undefined> {
  const since = row.unreadable_since ?? timestamp();
  return changed(
    db
      .prepare(
        `UPDATE jobs SET unreadable_since = ?3, lease_until = ?4
         WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(row.id, row.attempt, since, inSeconds(pauseSince(since, shortest))),
  );
}

/** Jobs that ended without a worker's report and whose marker is to be looked for once more. */
export async function dueForLateLook(db: D1Database, limit: number): Promise<JobRow[]> {
  const { results } = await db
    .prepare(
      "SELECT * FROM jobs WHERE look_again_at IS NOT NULL AND look_again_at <= ?1 ORDER BY look_again_at LIMIT ?2",
    )
    .bind(timestamp(), limit)
    .all<JobRow>();
  return results;
}

/** Sets the next late look: after as long again as since the end, and none after the last. Notes a marker that is there
 * and cannot be read. */
export async function lookLater(db: D1Database, row: JobRow, isUnreadable: boolean): Promise<void> {
  const ended = row.finished_at ?? timestamp();
  const isLast = secondsSince(ended) >= LAST_LATE_LOOK_SECONDS;
  const next = isLast ? null : inSeconds(pauseSince(ended, FIRST_LATE_LOOK_SECONDS, LAST_LATE_LOOK_SECONDS));
  await db
    .prepare(
      `UPDATE jobs SET look_again_at = ?3, unreadable_since = COALESCE(unreadable_since, ?4)
       WHERE id = ?1 AND look_again_at = ?2`,
    )
    .bind(row.id, row.look_again_at, next, isUnreadable ? timestamp() : null)
    .run();
}

async function changed(statement: D1PreparedStatement): Promise<JobRow | undefined> {
  return (await statement.first<JobRow>()) ?? undefined;
}
