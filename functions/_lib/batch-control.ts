/**
 * Pauses a batch, goes on with it, and cancels what of it has not ended.
 *
 * A paused job that waits is given to no card; one at a card runs to its end, and should it come back, it waits as well. It
 * keeps its reservation and no deadline runs against it. What waits for days is canceled, for nothing.
 */

import { dispatch, withdraw } from "./dispatch.ts";
import type { Defer, Env } from "./env.ts";
import * as gpu from "./gpu.ts";
import { HELD } from "./line.ts";
import { PAUSE_LIMIT_SECONDS } from "./patience.ts";
import type { JobRow } from "./row.ts";
import { cancel, cancelUntouched } from "./state.ts";
import { inSeconds, timestamp } from "./time.ts";

/** Of the jobs that a card has had; some seven statements each. */
const AT_A_TIME = 60;
const LONG_PAUSES = 5;

export async function pause(db: D1Database, batchId: string): Promise<void> {
  await db.batch([
    db.prepare("UPDATE batches SET paused_at = COALESCE(paused_at, ?2) WHERE id = ?1").bind(batchId, timestamp()),
    db
      .prepare(
        `UPDATE jobs SET paused_at = ?2, version = version + 1
         WHERE batch_id = ?1 AND status IN ('queued', 'running') AND paused_at IS NULL`,
      )
      .bind(batchId, timestamp()),
  ]);
}

/** The jobs are wanted as much later as they were paused, and wait for a card from now on. */
export async function resume(db: D1Database, batchId: string): Promise<void> {
  const later = "strftime('%Y-%m-%dT%H:%M:%fZ', julianday(wanted_at) + MAX(0, julianday(?2) - julianday(paused_at)))";
  await db.batch([
    db.prepare("UPDATE batches SET paused_at = NULL WHERE id = ?1").bind(batchId),
    db
      .prepare(
        `UPDATE jobs SET paused_at = NULL, version = version + 1, wanted_at = ${later},
           deadline_at = CASE WHEN ${HELD} THEN NULL ELSE deadline_at END
         WHERE batch_id = ?1 AND status IN ('queued', 'running') AND paused_at IS NOT NULL`,
      )
      .bind(batchId, timestamp()),
  ]);
}

/** What waits at once, what runs as soon as its worker sees it. */
export async function cancelBatch(env: Env, owner: string, batchId: string, defer: Defer): Promise<void> {
  await cancelUntouched(env.DB, batchId, owner);
  const { results } = await env.DB.prepare(
    `SELECT id FROM jobs WHERE batch_id = ?1 AND owner = ?2 AND status IN ('queued', 'running')
       AND cancel_requested = 0 ORDER BY id DESC LIMIT ?3`,
  )
    .bind(batchId, owner, AT_A_TIME)
    .all<{ id: string }>();
  const taken: JobRow[] = [];
  for (const { id } of results) {
    const changed = await cancel(env.DB, id, owner);
    if (changed?.status === "running" && changed.call_id !== null) defer(gpu.cancel(env, changed.call_id));
    if (changed?.status === "canceled") taken.push(changed);
  }
  defer(Promise.all(taken.map((row) => withdraw(env, row))).then(() => dispatch(env)));
}

/** Cancels what of paused batches has waited for too long. */
export async function endLongPauses(env: Env): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT id, owner FROM batches WHERE paused_at <= ?1 ORDER BY paused_at LIMIT ?2",
  )
    .bind(inSeconds(-PAUSE_LIMIT_SECONDS), LONG_PAUSES)
    .all<{ id: string; owner: string }>();
  for (const { id, owner } of results) {
    const later: Promise<unknown>[] = [];
    await cancelBatch(env, owner, id, (work) => later.push(work));
    await Promise.all(later);
    await resume(env.DB, id);
  }
}
