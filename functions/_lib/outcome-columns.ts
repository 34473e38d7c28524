/** What an outcome writes into its job's row: the columns, and their values. It does not decide whether it may. */

import type { Outcome } from "../_generated/contract.d.ts";
import { lastFrameOf } from "./last-frame.ts";
import * as losses from "./losses.ts";
import { slugOf } from "./problem.ts";

/** The columns of a job that an outcome sets. `?1` is the job; `?15` and on are the caller's. */
export const RESULT = `status = ?2, finished_at = ?3, version = version + 1, stage = NULL, progress = NULL,
  resolved = COALESCE(?4, resolved), video = ?5, video_key = ?6, poster = ?7, poster_key = ?8, quality = ?9, cost = ?10,
  last_frame = ?13, text = ?14,
  problem_slug = CASE ?2 WHEN 'failed' THEN COALESCE(json_extract(?11, '$.slug'), 'render-failed') END,
  problem_detail = CASE ?2 WHEN 'failed' THEN json_extract(?11, '$.detail') END,
  billed_micro_won = CASE
    WHEN ?2 = 'failed' THEN 0
    WHEN EXISTS (SELECT 1 FROM attempts WHERE job_id = ?1 AND problem_slug = 'out-of-gpu-memory')
      THEN MIN(?12, estimate_micro_won)
    ELSE MIN(?12, reserved_micro_won) END`;

/** Their values, from `?1` on. */
export function resultOf(outcome: Outcome): (string | number | null)[] {
  const { job_id, status, finished_at, resolved, quality, cost, fault } = outcome;
  const isDelivered = status === "succeeded";
  return [
    job_id,
    status,
    finished_at,
    text(resolved),
    text(isDelivered ? outcome.video : null),
    isDelivered ? outcome.video_key : null,
    text(isDelivered ? outcome.poster : null),
    isDelivered ? outcome.poster_key : null,
    text(quality),
    text(cost),
    text(fault === null ? null : { slug: slugOf(fault.type), detail: fault.detail }),
    losses.costOf(outcome),
    text(lastFrameOf(outcome)),
    isDelivered ? outcome.text : null,
  ];
}

/** JSON for a column; null where there is nothing. */
export function text(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
