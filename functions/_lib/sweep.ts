/**
 * Checks the jobs whose worker has not reported in time, and removes expired clips and pictures.
 *
 * The cron Worker calls it each minute; reads and submits call it for the caller's own jobs, so that a late cron delays
 * no page. Several sweeps may run at once: each claims a job's lease before the check, and every change is conditional.
 * It does not render and does not validate requests.
 */

import { dispatch, dispatchNext } from "./dispatch.ts";
import { conclude } from "./ending.ts";
import { claimSeconds, type Env, leaseSeconds } from "./env.ts";
import * as gpu from "./gpu.ts";
import { readMarker } from "./marker.ts";
import { clearExpired } from "./retention.ts";
import type { JobRow } from "./row.ts";
import * as state from "./state.ts";
import { inSeconds, timestamp } from "./time.ts";

/** Jobs per run: each takes some five statements, and one invocation may run a thousand. */
const CRON_LIMIT = 100;
const INLINE_LIMIT = 5;
const UNREACHABLE_WAIT_SECONDS = 5;

/** All due jobs of the site, then retention. */
export async function sweepAll(env: Env): Promise<void> {
  await each(env, await due(env.DB, null, CRON_LIMIT));
  await clearExpired(env);
}

/** A few due jobs of one owner. */
export async function sweepOwner(env: Env, owner: string): Promise<void> {
  await each(env, await due(env.DB, owner, INLINE_LIMIT));
}

export function isDue(row: JobRow): boolean {
  return (row.status === "queued" || row.status === "running") && row.lease_until <= timestamp();
}

export async function sweepJob(env: Env, row: JobRow): Promise<void> {
  const mine = await state.claim(env.DB, row, inSeconds(claimSeconds(env)));
  if (mine === undefined) return;
  if (mine.status === "queued" && mine.call_id === null && mine.attempt === 1) return dispatch(env, mine);
  return checkJob(env, mine);
}

async function due(db: D1Database, owner: string | null, limit: number): Promise<JobRow[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM jobs WHERE status IN ('queued', 'running') AND lease_until <= ?1 AND (?2 IS NULL OR owner = ?2)
       ORDER BY lease_until LIMIT ?3`,
    )
    .bind(timestamp(), owner, limit)
    .all<JobRow>();
  return results;
}

/** Sweeps each job; an error in one is logged and does not stop the others. */
async function each(env: Env, rows: readonly JobRow[]): Promise<void> {
  for (const row of rows) {
    try {
      await sweepJob(env, row);
    } catch (error) {
      console.error(JSON.stringify({ sweep: row.id, trace: error instanceof Error ? error.stack : String(error) }));
    }
  }
}

async function checkJob(env: Env, row: JobRow): Promise<void> {
  if (await settleFromMarker(env, row)) return;
  if (row.cancel_requested === 1) {
    // A living worker would have reported. Cancel its call as well, without waiting for its answer.
    await state.canceled(env.DB, row);
    if (row.call_id !== null) await gpu.cancel(env, row.call_id);
    return;
  }
  if (row.call_id === null) return dispatch(env, row);
  let where: Awaited<ReturnType<typeof gpu.stateOf>>;
  try {
    where = await gpu.stateOf(env, row.id, row.call_id);
  } catch (error) {
    if (!(error instanceof gpu.GpuServiceError)) throw error;
    if (error.reason !== undefined) {
      console.error(JSON.stringify({ sweep: row.id, attempt: row.attempt, message: error.message }));
      await state.failed(env.DB, row, error.reason, error.detail);
      return;
    }
    return wait(env, row, "gpu-unreachable", Math.min(UNREACHABLE_WAIT_SECONDS, leaseSeconds(env)));
  }
  if (where === "pending" || where === "running") {
    return wait(env, row, "deadline-exceeded", leaseSeconds(env));
  }
  // It may have written its marker after the first check.
  if (await settleFromMarker(env, row)) return;
  await replace(env, row);
}

async function settleFromMarker(env: Env, row: JobRow): Promise<boolean> {
  const outcome = await readMarker(env.MEDIA, row.id, row.attempt);
  if (outcome === undefined) return false;
  const settled = await conclude(env.DB, outcome, { attempt: row.attempt });
  if (settled?.status === "queued") await dispatchNext(env, settled);
  return true;
}

/** Extends the lease, until the attempt's own deadline has passed; then fails the job. */
async function wait(
  env: Env,
  row: JobRow,
  slug: "gpu-unreachable" | "deadline-exceeded",
  seconds: number,
): Promise<void> {
  if (row.deadline_at === null || row.deadline_at > timestamp()) {
    await state.claim(env.DB, row, inSeconds(seconds));
    return;
  }
  await state.failed(env.DB, row, slug);
  if (row.call_id !== null) await gpu.cancel(env, row.call_id);
}

async function replace(env: Env, row: JobRow): Promise<void> {
  if (row.attempt >= state.MAX_ATTEMPTS) {
    await state.failed(env.DB, row, "worker-lost");
    return;
  }
  const next = await state.attemptLost(env.DB, row);
  if (next !== undefined) await dispatchNext(env, next);
}
