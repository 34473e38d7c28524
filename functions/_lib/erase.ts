/**
 * Gives up everything of one owner's: jobs with their texts and clips, pictures, idempotency keys, API tokens,
 * webhooks and scene tables. The objects follow with the next sweeps (retention.ts). The ledger stays, with amounts, times and an owner's id.
 */

import type { Erased } from "../_generated/contract.d.ts";
import { ProblemError } from "./problem.ts";
import { PURGED } from "./retention.ts";
import { timestamp } from "./time.ts";

/** Rows per statement, so that each stays short. */
const BATCH = 200;

/** Throws job-not-finished while a job is open; then nothing is erased. */
export async function erase(db: D1Database, owner: string): Promise<Erased> {
  const open = await db
    .prepare("SELECT 1 FROM jobs WHERE owner = ?1 AND status IN ('queued', 'running') LIMIT 1")
    .bind(owner)
    .first();
  if (open !== null) throw new ProblemError("job-not-finished");
  const jobs = await repeat(
    db
      .prepare(
        `UPDATE jobs SET ${PURGED} WHERE id IN (SELECT id FROM jobs WHERE owner = ?2 AND purged_at IS NULL
           AND status IN ('succeeded', 'failed', 'canceled') LIMIT ?3) RETURNING id`,
      )
      .bind(timestamp(), owner, BATCH),
  );
  const pictures = await repeat(
    db
      .prepare(
        `DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE owner = ?1 AND NOT EXISTS (
           SELECT 1 FROM job_uploads JOIN jobs ON jobs.id = job_uploads.job_id
           WHERE job_uploads.upload_id = uploads.id AND jobs.status IN ('queued', 'running')) LIMIT ?2) RETURNING id`,
      )
      .bind(owner, BATCH),
  );
  const rest = ["idempotency_keys", "tokens", "webhooks", "presence", "own_limits", "projects", "channel_presets"];
  await db.batch(rest.map((table) => db.prepare(`DELETE FROM ${table} WHERE owner = ?1`).bind(owner)));
  return { jobs, pictures };
}

/** Runs the statement until it changes nothing more. Returns how many rows it changed. */
async function repeat(statement: D1PreparedStatement): Promise<number> {
  let total = 0;
  for (;;) {
    const { results } = await statement.all();
    total += results.length;
    if (results.length < BATCH) return total;
  }
}
