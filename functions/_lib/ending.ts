/**
 * Applies the end of an attempt to its job: a clip, a failure, or one more attempt on a larger card.
 *
 * A worker's event and the marker that the sweep finds both use it, so they cannot disagree. It dispatches nothing: a
 * job that is queued again is due at once.
 */

import type { Outcome } from "../_generated/contract.d.ts";
import { largerGpu } from "./prices.ts";
import { slugOf } from "./problem.ts";
import { type JobRow, requestOf } from "./row.ts";
import * as state from "./state.ts";

/** `report` names the reporting attempt. Returns the changed row; `undefined` when the job's state was a later one. */
export async function conclude(
  db: D1Database,
  outcome: Outcome,
  report: { attempt: number; seq?: number | undefined },
): Promise<JobRow | undefined> {
  const gpu = await nextGpu(db, outcome, report.attempt);
  const moved = gpu === undefined ? undefined : await state.movedToLargerGpu(db, outcome, report, gpu);
  return moved ?? state.ended(db, outcome, report);
}

/** The card for a second attempt: only after a first one ran out of memory, and only where a larger card holds it. */
async function nextGpu(db: D1Database, outcome: Outcome, attempt: number): Promise<string | undefined> {
  const { status, fault } = outcome;
  if (status !== "failed" || fault === null || slugOf(fault.type) !== "out-of-gpu-memory") return undefined;
  if (attempt !== 1 || outcome.attempt !== 1) return undefined;
  const row = await db.prepare("SELECT * FROM jobs WHERE id = ? AND attempt = 1").bind(outcome.job_id).first<JobRow>();
  return row === null ? undefined : largerGpu(requestOf(row), row.gpu);
}
