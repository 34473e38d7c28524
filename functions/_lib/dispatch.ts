/** Submits a queued job's attempt to the GPU service. It decides nothing about attempts that are already there. */

import type { InputObject, Ticket } from "../_generated/contract.d.ts";
import { claimSeconds, type Env, leaseSeconds } from "./env.ts";
import * as gpu from "./gpu.ts";
import { type JobRow, requestOf } from "./row.ts";
import * as state from "./state.ts";
import { HOUR_SECONDS, inSeconds } from "./time.ts";

const MAX_TRIES = 3;
/** Ends an attempt that waits or renders without end; a clip takes minutes. */
const ATTEMPT_LIMIT_SECONDS = 2 * HOUR_SECONDS;
const SHORTEST_WAIT_SECONDS = 2;

/** Tries once. The caller holds the job's lease. Afterwards the row says when the sweep checks the job again. */
export async function dispatch(env: Env, row: JobRow): Promise<void> {
  const deadline = inSeconds(ATTEMPT_LIMIT_SECONDS);
  let callId: string;
  try {
    const call = await gpu.submit(env, ticketOf(row, deadline));
    callId = call.call_id;
  } catch (error) {
    if (!(error instanceof gpu.GpuServiceError)) throw error;
    console.warn(JSON.stringify({ dispatch: row.id, attempt: row.attempt, message: error.message }));
    if (error.reason !== undefined) {
      await state.failed(env.DB, row, error.reason, error.detail);
      return;
    }
    const waiting = await state.notDispatched(
      env.DB,
      row,
      inSeconds(waitAfter(row.dispatch_tries + 1, leaseSeconds(env))),
    );
    if (waiting !== undefined && waiting.dispatch_tries >= MAX_TRIES) {
      await state.failed(env.DB, waiting, "gpu-unreachable");
    }
    return;
  }
  const kept = await state.dispatched(env.DB, row, callId, deadline, inSeconds(leaseSeconds(env)));
  // The job was canceled, or ended, during the submit.
  if (kept === undefined) await gpu.cancel(env, callId);
}

/** Dispatches a job's next attempt, if this caller gets the job's lease. */
export async function dispatchNext(env: Env, row: JobRow): Promise<void> {
  const mine = await state.claim(env.DB, row, inSeconds(claimSeconds(env)));
  if (mine !== undefined) await dispatch(env, mine);
}

export function ticketOf(row: JobRow, deadlineAt: string): Ticket {
  return {
    job_id: row.id,
    attempt: row.attempt,
    request: requestOf(row),
    seed: row.seed,
    inputs: JSON.parse(row.inputs) as InputObject[],
    gpu: row.gpu,
    deadline_at: deadlineAt,
    reserved_micro_won: row.reserved_micro_won,
    request_id: null,
  };
}

/** A third of a lease after the first failure, a whole one after the second. */
function waitAfter(tries: number, lease: number): number {
  return Math.max(SHORTEST_WAIT_SECONDS, tries === 1 ? lease / 3 : lease);
}
