/**
 * Applies the end of an attempt to its job: a clip, a failure, or one more attempt.
 *
 * A worker's event and the marker that the sweep finds both use it, so they cannot disagree. It dispatches nothing: a
 * job that is queued again is handed over next.
 */

import type { Outcome } from "../_generated/contract.d.ts";
import { lateCost } from "./losses.ts";
import { MAX_ATTEMPTS } from "./patience.ts";
import { largerGpu } from "./prices.ts";
import { slugOf } from "./problem.ts";
import { isEnded, type JobRow, requestOf, textRequestOf } from "./row.ts";
import * as state from "./state.ts";
import { timestamp } from "./time.ts";

/** `report` names the reporting attempt. Returns the changed row; `undefined` when the job's state was a later one. */
export async function conclude(db: D1Database, outcome: Outcome, report: state.Report): Promise<JobRow | undefined> {
  const row = await rowOf(db, outcome.job_id);
  if (row === undefined) return undefined;
  const end = { ...outcome, finished_at: withinLife(outcome.finished_at, row) };
  const gpu = nextGpu(row, end, report.attempt);
  const moved = gpu === undefined ? undefined : await state.movedToLargerGpu(db, end, report, gpu);
  return moved ?? (await state.ended(db, end, report)) ?? (await stoppedUnasked(db, row, end, report));
}

/**
 * What is heard of an attempt that the job no longer waits for. A clip counts while nobody has another one: it ends the
 * job, or takes the place of a failure that no worker reported. Of anything else only the cost is kept. Returns the row
 * where the job changed its state.
 */
export async function concludeLate(db: D1Database, outcome: Outcome): Promise<JobRow | undefined> {
  const row = await rowOf(db, outcome.job_id);
  if (row === undefined || outcome.attempt > row.attempt) return undefined;
  const end = { ...outcome, finished_at: withinLife(outcome.finished_at, row) };
  if (end.status === "succeeded") {
    const delivered = isEnded(row.status)
      ? await state.overtaken(db, end)
      : await state.ended(db, end, { attempt: row.attempt });
    if (delivered !== undefined) return delivered;
  }
  await lateCost(db, end);
  return undefined;
}

/** A worker that stopped without its owner's wish was stopped by something else: the attempt is lost, and free. */
async function stoppedUnasked(
  db: D1Database,
  row: JobRow,
  outcome: Outcome,
  { attempt, seq }: state.Report,
): Promise<JobRow | undefined> {
  const isCurrent = row.attempt === attempt && outcome.attempt === attempt && (seq === undefined || row.seq < seq);
  if (outcome.status !== "canceled" || !isCurrent || isEnded(row.status)) return undefined;
  const next = attempt < MAX_ATTEMPTS ? await state.attemptLost(db, row, { seq, cost: outcome }) : undefined;
  // The owner may have asked for it in this moment; else there is no further attempt.
  const end = next ?? (await state.ended(db, outcome, { attempt, seq }));
  if (end !== undefined) return end;
  const failed = await state.failed(db, row, "worker-lost");
  if (failed !== undefined) await lateCost(db, outcome);
  return failed;
}

/** The card for a second attempt: only after a first one ran out of memory, and only where a larger card holds it. */
function nextGpu(row: JobRow, { status, fault, attempt: reporting }: Outcome, attempt: number): string | undefined {
  if (status !== "failed" || fault === null || slugOf(fault.type) !== "out-of-gpu-memory") return undefined;
  if (attempt !== 1 || reporting !== 1 || row.attempt !== 1) return undefined;
  return largerGpu(row.kind === "text" ? textRequestOf(row) : requestOf(row), row.gpu);
}

/** A time of the worker's clock, moved into the job's life by the site's clock. */
function withinLife(moment: string, row: JobRow): string {
  const began = row.started_at ?? row.created_at;
  const now = timestamp();
  if (moment < began) return began < now ? began : now;
  return moment > now ? now : moment;
}

async function rowOf(db: D1Database, id: string): Promise<JobRow | undefined> {
  return (await db.prepare("SELECT * FROM jobs WHERE id = ?").bind(id).first<JobRow>()) ?? undefined;
}
