/**
 * Who may look at a job, and which jobs may be at the GPU service: leases, places, and the times of the next look.
 *
 * Each function is one conditional statement, and returns the row that it changed, or `undefined`. No function here
 * changes a job's status or its money.
 */

import {
  FIRST_LATE_LOOK_SECONDS,
  LAST_LATE_LOOK_SECONDS,
  OPEN_TICKETS_PER_OWNER,
  pauseSince,
  QUEUE_LIMIT_SECONDS,
  secondsSince,
} from "./patience.ts";
import type { JobRow } from "./row.ts";
import { inSeconds, timestamp } from "./time.ts";

/** A job whose ticket may be at the GPU service. Written exactly as in the indexes that serve it. */
const HANDED_OVER = "(status = 'running' OR (status = 'queued' AND handed_at IS NOT NULL))";
export const HELD = "status = 'queued' AND handed_at IS NULL";

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

/** Gives the owner's oldest held job a place at the GPU service, as long as one is free. The caller gets its lease. */
export function takePlace(db: D1Database, owner: string, leaseUntil: string): Promise<JobRow | undefined> {
  return changed(
    db
      .prepare(
        `UPDATE jobs SET handed_at = ?2, deadline_at = ?3, lease_until = ?4
         WHERE id = (SELECT id FROM jobs WHERE owner = ?1 AND ${HELD} ORDER BY id LIMIT 1)
           AND (SELECT COUNT(*) FROM jobs WHERE owner = ?1 AND ${HANDED_OVER}) < ?5 RETURNING *`,
      )
      .bind(owner, timestamp(), inSeconds(QUEUE_LIMIT_SECONDS), leaseUntil, OPEN_TICKETS_PER_OWNER),
  );
}

/** Owners of held jobs that have a free place. */
export async function ownersWithPlaces(db: D1Database, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT held.owner FROM jobs AS held WHERE held.status = 'queued' AND held.handed_at IS NULL GROUP BY held.owner
       HAVING (SELECT COUNT(*) FROM jobs WHERE owner = held.owner AND ${HANDED_OVER}) < ?1 LIMIT ?2`,
    )
    .bind(OPEN_TICKETS_PER_OWNER, limit)
    .all<{ owner: string }>();
  return results.map(({ owner }) => owner);
}

/** Records that the GPU service accepted this attempt. `undefined`: the job no longer needs it. Idempotent. */
export function accepted(db: D1Database, row: JobRow, callId: string, leaseUntil: string): Promise<JobRow | undefined> {
  return changed(
    db
      .prepare(
        `UPDATE jobs SET call_id = ?3, lease_until = MAX(lease_until, ?4)
         WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(row.id, row.attempt, callId, leaseUntil),
  );
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
