/**
 * Checks the jobs whose worker has not reported in time, hands held jobs over, and removes expired clips and pictures.
 *
 * The cron Worker calls it each minute; reads and submits call it for the caller's own jobs, so that a late cron delays
 * no page. Several sweeps may run at once: each claims a job's lease before the check, and every change is conditional.
 * Markers come first, because they need no GPU service; one that does not answer is asked no further in this sweep. It
 * does not render and does not validate requests.
 */

import { endLongPauses } from "./batch-control.ts";
import * as cards from "./cards.ts";
import { closeSilentContainers } from "./containers.ts";
import { dispatch, send, withdraw } from "./dispatch.ts";
import { claimSeconds, type Env, leaseSeconds } from "./env.ts";
import * as gpu from "./gpu.ts";
import * as lease from "./lease.ts";
import { claimOf } from "./marker.ts";
import { isPast, MAX_ATTEMPTS, restAfter } from "./patience.ts";
import { forgetPresence } from "./presence.ts";
import { clearExpired } from "./retention.ts";
import type { JobRow } from "./row.ts";
import { giveUp, lookAgain, settleFromMarker } from "./settling.ts";
import * as state from "./state.ts";
import { inSeconds, timestamp } from "./time.ts";

/** One invocation may make a thousand database queries. A due job takes some twelve, a kind of card some forty. */
const CRON_LIMIT = 40;
const LATE_LIMIT = 20;
const INLINE_LIMIT = 5;
/** A Worker has six connections at a time. */
const AT_ONCE = 5;
const UNREACHABLE_WAIT_SECONDS = 5;

/** All due jobs of the site, and retention beside them: neither waits for the other. Throws what one of them threw. */
export async function sweepAll(env: Env): Promise<void> {
  const { DB } = env;
  const clearing = [endLongPauses(env), clearExpired(env), closeSilentContainers(DB), cards.clearOld(DB), forgetPresence(DB)];
  const parts = await Promise.allSettled([sweepJobs(env), ...clearing]);
  for (const part of parts) if (part.status === "rejected") throw part.reason;
}

/** A few due jobs of one owner. */
export async function sweepOwner(env: Env, owner: string): Promise<void> {
  await check(env, await lease.due(env.DB, owner, INLINE_LIMIT));
  await dispatch(env);
}

/** A job in line is looked at too: the card that it waits for may be gone. One that rests was given back. */
export function isDue(row: JobRow): boolean {
  const isInLine = row.status === "queued" && row.dispatch_tries === 0 && row.paused_at === null;
  return (lease.isHandedOver(row) || isInLine) && row.lease_until <= timestamp();
}

export async function sweepJob(env: Env, row: JobRow): Promise<void> {
  if (lease.isHandedOver(row)) await check(env, [row]);
  // Whoever reads often makes no more than one look of it in a while.
  else if ((await lease.claim(env.DB, row, inSeconds(claimSeconds(env)))) === undefined) return;
  await dispatch(env);
}

async function sweepJobs(env: Env): Promise<void> {
  await check(env, await lease.due(env.DB, null, CRON_LIMIT));
  await each(await lease.dueForLateLook(env.DB, LATE_LIMIT), (row) => lookAgain(env, row));
  await dispatch(env);
}

async function check(env: Env, rows: readonly JobRow[]): Promise<void> {
  const unsettled: JobRow[] = [];
  await each(rows, async (row) => {
    const mine = await lease.claim(env.DB, row, inSeconds(claimSeconds(env)));
    if (mine !== undefined && !(await settleFromMarker(env, mine))) unsettled.push(mine);
  });
  let isAnswering = true;
  await each(unsettled, async (row) => {
    isAnswering = (await ask(env, row, isAnswering)) && isAnswering;
  });
}

/** Works on each job, a few at a time; an error in one is logged and does not stop the others. */
async function each(rows: readonly JobRow[], work: (row: JobRow) => Promise<void>): Promise<void> {
  const pending = rows.values();
  const worker = async () => {
    for (const row of pending) {
      try {
        await work(row);
      } catch (error) {
        console.error(JSON.stringify({ sweep: row.id, trace: error instanceof Error ? error.stack : String(error) }));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What the GPU service knows of a job without a marker, and what follows from it. False: it did not answer in time. */
async function ask(env: Env, row: JobRow, isAnswering: boolean): Promise<boolean> {
  if (row.cancel_requested === 1) {
    if (await settleFromMarker(env, row)) return isAnswering;
    // A living worker would have reported. Cancel its call as well, without waiting for its answer.
    await state.canceled(env.DB, row);
    if (row.call_id !== null && isAnswering) await gpu.cancel(env, row.call_id);
    return isAnswering;
  }
  // Its lease was claimed for some seconds: the next sweep asks.
  if (!isAnswering) return false;
  if (row.call_id === null) return send(env, row);
  try {
    await follow(env, row, row.call_id, await gpu.stateOf(env, row.id, row.call_id));
    return true;
  } catch (error) {
    if (!(error instanceof gpu.GpuServiceError)) throw error;
    console.warn(JSON.stringify({ sweep: row.id, attempt: row.attempt, message: error.message }));
    const seconds = error.isTimeout ? leaseSeconds(env) : Math.min(UNREACHABLE_WAIT_SECONDS, leaseSeconds(env));
    if (error.reason !== undefined) await giveUp(env, row, error.reason, error.detail);
    else await wait(env, row, row.call_id, "gpu-unreachable", seconds);
    return !error.isTimeout;
  }
}

async function follow(env: Env, row: JobRow, callId: string, where: gpu.CallState): Promise<void> {
  const slug = row.status === "queued" ? "queue-timeout" : "deadline-exceeded";
  if (where === "pending" || where === "running") return wait(env, row, callId, slug, leaseSeconds(env));
  // It may have written its marker after the first check.
  if (await settleFromMarker(env, row)) return;
  // The call is over, and so is the card that worked through it.
  if (row.card !== null) await cards.close(env.DB, row.card);
  const claim = await claimOf(env.MEDIA, row.id, row.attempt);
  const hasBegun = where === "finished" || claim === "held" || (claim === "none" && row.status === "running");
  if (hasBegun) return replace(env, row);
  if (isPast(row.deadline_at)) {
    await giveUp(env, row, slug);
    return;
  }
  const rest = restAfter(row.dispatch_tries, leaseSeconds(env));
  const back = await state.givenBack(env.DB, row, inSeconds(rest));
  if (back !== undefined) await dispatch(env);
}

/** Extends the lease, until the job has waited or run for as long as it may; then gives it up. */
async function wait(
  env: Env,
  row: JobRow,
  callId: string,
  slug: "gpu-unreachable" | "deadline-exceeded" | "queue-timeout",
  seconds: number,
): Promise<void> {
  if (!isPast(row.deadline_at)) {
    await lease.claim(env.DB, row, inSeconds(seconds));
    return;
  }
  const failed = await giveUp(env, row, slug);
  if (failed !== undefined) await withdraw(env, { ...failed, call_id: callId });
}

async function replace(env: Env, row: JobRow): Promise<void> {
  const next = row.attempt < MAX_ATTEMPTS ? await state.attemptLost(env.DB, row) : undefined;
  if (next === undefined) await giveUp(env, row, "worker-lost");
  else await dispatch(env);
}
