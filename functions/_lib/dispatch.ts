/**
 * Hands held jobs to the GPU service, a few of an owner at a time, the oldest first.
 *
 * A place is free again when a job ends, so whatever ends a job calls `dispatch`, and the sweep does. It decides
 * nothing about attempts that are already there.
 */

import type { InputObject, JobRequest, Ticket } from "../_generated/contract.d.ts";
import { claimSeconds, type Env, leaseSeconds } from "./env.ts";
import * as gpu from "./gpu.ts";
import * as lease from "./lease.ts";
import {
  isPast,
  OPEN_TICKETS_PER_OWNER,
  pauseAfter,
  QUEUE_LIMIT_SECONDS,
  RUN_LIMIT_SECONDS,
  secondsSince,
  UNREACHABLE_LIMIT_SECONDS,
} from "./patience.ts";
import { type JobRow, requestOf } from "./row.ts";
import { giveUp } from "./settling.ts";
import { inSeconds } from "./time.ts";
import { validateJobRequest } from "./validate.ts";

/** Sends the owner's oldest held jobs as long as places are free. */
export async function dispatch(env: Env, { owner }: Pick<JobRow, "owner">): Promise<void> {
  const taken: JobRow[] = [];
  while (taken.length < OPEN_TICKETS_PER_OWNER) {
    const row = await lease.takePlace(env.DB, owner, inSeconds(claimSeconds(env)));
    if (row === undefined) break;
    taken.push(row);
  }
  await Promise.all(taken.map((row) => send(env, row)));
}

/** Tries once. The caller holds the job's lease. Afterwards the row says when the sweep checks the job again. False:
 * the service did not answer in time, and whether it has the ticket is unknown. */
export async function send(env: Env, row: JobRow): Promise<boolean> {
  const judged = validateJobRequest(requestOf(row));
  if (!judged.ok) {
    // Accepted by an older release, whose menu had it.
    await giveUp(env, row, "invalid-job", judged.faults.map((fault) => fault.pointer).join(", "));
    return true;
  }
  let callId: string;
  try {
    callId = (await gpu.submit(env, ticketOf(row, judged.value))).call_id;
  } catch (error) {
    if (!(error instanceof gpu.GpuServiceError)) throw error;
    await notAccepted(env, row, error);
    return !error.isTimeout;
  }
  const kept = await lease.accepted(env.DB, row, callId, inSeconds(leaseSeconds(env)));
  // The job was canceled, or ended, during the submit.
  if (kept === undefined) await gpu.cancel(env, callId);
  return true;
}

/** Sets the next try. A job that nobody has begun is given up when the service has refused it for long enough. */
async function notAccepted(env: Env, row: JobRow, error: gpu.GpuServiceError): Promise<void> {
  console.warn(JSON.stringify({ dispatch: row.id, attempt: row.attempt, message: error.message }));
  if (error.reason !== undefined) {
    await giveUp(env, row, error.reason, error.detail);
    return;
  }
  // It answers that it starts no container for now: jobs wait for that as they wait for a card.
  const slug = error.slug === "starts-failing" ? error.slug : "gpu-unreachable";
  const waited = row.handed_at === null ? 0 : secondsSince(row.handed_at);
  const isRefused = row.status === "queued" && !error.isTimeout && slug === "gpu-unreachable";
  if ((isRefused && waited > UNREACHABLE_LIMIT_SECONDS) || isPast(row.deadline_at)) {
    await giveUp(env, row, slug);
    return;
  }
  const pause = error.isTimeout ? leaseSeconds(env) : pauseAfter(row.dispatch_tries + 1, leaseSeconds(env));
  await lease.notAccepted(env.DB, row, inSeconds(pause));
}

export function ticketOf(row: JobRow, request: JobRequest): Ticket {
  // Whatever happens on the way, the attempt is over by then: the longest wait, then the longest run.
  const handed = row.handed_at === null ? Date.now() : Date.parse(row.handed_at);
  return {
    job_id: row.id,
    attempt: row.attempt,
    request,
    seed: row.seed,
    inputs: JSON.parse(row.inputs) as InputObject[],
    gpu: row.gpu,
    deadline_at: inSeconds(QUEUE_LIMIT_SECONDS + RUN_LIMIT_SECONDS, handed),
    reserved_micro_won: row.reserved_micro_won,
    request_id: row.request_id,
  };
}
