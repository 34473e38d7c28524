/** A batch as the database has it, and its counts on the wire. It changes nothing. */

import type { BatchNow } from "../_generated/contract.d.ts";

/** What the wire tells of it stands here as it does there. */
export interface BatchRow extends Omit<BatchNow, "left"> {
  owner: string;
  body_hash: string | null;
  most_micro_won: number | null;
  left_out: string;
  stopped: string | null;
  /** Clips that are jobs; of those asked for a cap may have left some. */
  taken: number;
}

/** A clip's newest try: one that was tried again, which happens once, counts no more. */
const count = (condition: string) => `COUNT(CASE WHEN ${condition} AND later.id IS NULL THEN 1 END)`;

/** SQL: the batches that `which` leaves, with their counts. The plus keeps the search to the index of `rerun_of`. */
export function selectBatches(which: string, order = "batches.id"): string {
  return `SELECT batches.*, (SELECT title FROM projects WHERE projects.id = batches.project_id) AS project_title,
      ${count("TRUE")} AS taken,
      ${count("jobs.status = 'queued'")} AS waiting, ${count("jobs.status = 'running'")} AS running,
      ${count("jobs.status = 'succeeded'")} AS delivered, ${count("jobs.status = 'failed'")} AS failed,
      ${count("jobs.status = 'canceled'")} AS canceled,
      COALESCE(SUM(CASE WHEN jobs.status IN ('queued', 'running') THEN jobs.reserved_micro_won END), 0)
        AS held_micro_won,
      COALESCE(SUM(jobs.billed_micro_won), 0) AS billed_micro_won
    FROM batches JOIN jobs ON jobs.batch_id = batches.id
    LEFT JOIN jobs AS later ON later.rerun_of = jobs.id AND +later.batch_id = jobs.batch_id WHERE ${which} GROUP BY batches.id ORDER BY ${order}`;
}

/** The newest batch of a project that has not ended, else the newest. */
export function selectBatchOfProject(db: D1Database, project: string, owner: string): D1PreparedStatement {
  const isOpen = `EXISTS (SELECT 1 FROM jobs WHERE jobs.batch_id = batches.id AND jobs.status IN ('queued', 'running'))`;
  const newest = `(SELECT id FROM batches WHERE project_id = ?1 AND owner = ?2 ORDER BY ${isOpen} DESC, id DESC LIMIT 1)`;
  return db.prepare(selectBatches(`batches.id = ${newest}`)).bind(project, owner);
}

export function batchNowOf(row: BatchRow): BatchNow {
  return {
    id: row.id,
    project_id: row.project_id,
    project_title: row.project_title,
    created_at: row.created_at,
    paused_at: row.paused_at,
    clips: row.clips,
    left: Math.max(0, row.clips - row.taken),
    waiting: row.waiting,
    running: row.running,
    delivered: row.delivered,
    failed: row.failed,
    canceled: row.canceled,
    held_micro_won: row.held_micro_won,
    billed_micro_won: row.billed_micro_won,
  };
}
