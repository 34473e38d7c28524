/**
 * Every change of a job's state, each as one conditional UPDATE with its money and its attempt in the same batch.
 *
 *     queued ──started, progress──► running ──ended──► succeeded | failed | canceled
 *       │  ▲                          │  │
 *       │  └─ lost, or out of memory: ┘  └── cancel asked ──► canceled when the worker confirms or its lease ends
 *       │     attempt + 1
 *       └── canceled · failed (could not be dispatched)
 *
 * No other file writes `status` of an existing job. A function returns the row it changed, or `undefined`, without any
 * change, when the job's state no longer allowed it. It does not know why a caller wants a change.
 */

import type { JobEvent, Outcome } from "../_generated/contract.d.ts";
import type { ProblemSlug } from "../_generated/problems.ts";
import * as ledger from "./ledger.ts";
import { slugOf } from "./problem.ts";
import type { JobRow } from "./row.ts";
import { timestamp } from "./time.ts";

export const MAX_ATTEMPTS = 2;

/** Applies a worker's event. The first event of an attempt, of any kind, starts it. An event also proves that the
 * ticket arrived, even if the answer was lost, so the count of dispatch tries restarts. */
export async function reported(db: D1Database, event: JobEvent, leaseUntil: string): Promise<JobRow | undefined> {
  const [changed] = await db.batch<JobRow>([
    db
      .prepare(
        `UPDATE jobs SET status = 'running', started_at = COALESCE(started_at, ?4), seq = ?3,
           stage = COALESCE(?5, stage), progress = ?6, resolved = COALESCE(?7, resolved), lease_until = ?8,
           dispatch_tries = 0, version = version + 1
         WHERE id = ?1 AND attempt = ?2 AND seq < ?3 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(
        event.job_id,
        event.attempt,
        event.seq,
        event.at,
        event.stage,
        text(event.progress),
        text(event.resolved),
        leaseUntil,
      ),
    db
      .prepare(
        `UPDATE attempts SET started_at = COALESCE(started_at, ?3), gpu = COALESCE(?4, gpu)
         WHERE job_id = ?1 AND attempt = ?2 AND outcome = 'open'
           AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND attempt = ?2 AND seq = ?5 AND status = 'running')`,
      )
      .bind(event.job_id, event.attempt, event.at, event.resolved?.gpu ?? null, event.seq),
  ]);
  return changed?.results[0];
}

/**
 * Ends the job with the outcome. `report.attempt` reports it; the outcome may be an earlier attempt's, whose clip was
 * delivered after all. The bill is the delivering attempt's use, at most the reserved amount; on a larger card than the
 * quoted one, at most the quoted price.
 */
export async function ended(
  db: D1Database,
  outcome: Outcome,
  report: { attempt: number; seq?: number | undefined },
): Promise<JobRow | undefined> {
  const { status, cost, fault } = outcome;
  const slug = fault === null ? null : slugOf(fault.type);
  const used = usedBy(outcome);
  return end(
    db,
    outcome.job_id,
    db
      .prepare(
        `UPDATE jobs SET status = ?4, finished_at = ?5, seq = COALESCE(?3, seq), version = version + 1, stage = NULL,
           progress = NULL, resolved = COALESCE(?6, resolved), video = ?7, video_key = ?8, poster = ?9,
           poster_key = ?10, quality = ?11, cost = ?12, problem_slug = ?13, problem_detail = ?14,
           billed_micro_won = CASE
             WHEN ?4 = 'failed' THEN 0
             WHEN EXISTS (SELECT 1 FROM attempts WHERE job_id = ?1 AND outcome = 'failed') THEN MIN(?15, estimate_micro_won)
             ELSE MIN(?15, reserved_micro_won) END
         WHERE id = ?1 AND attempt = ?2 AND (?3 IS NULL OR seq < ?3) AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(
        outcome.job_id,
        report.attempt,
        report.seq ?? null,
        status,
        outcome.finished_at,
        text(outcome.resolved),
        text(status === "succeeded" ? outcome.video : null),
        status === "succeeded" ? outcome.video_key : null,
        text(status === "succeeded" ? outcome.poster : null),
        status === "succeeded" ? outcome.poster_key : null,
        text(outcome.quality),
        text(cost),
        status === "failed" ? (slug ?? "render-failed") : null,
        status === "failed" ? (fault?.detail ?? null) : null,
        used,
      ),
    [
      db
        .prepare(
          `UPDATE attempts SET outcome = ?3, finished_at = ?4, gpu = ?5, gpu_seconds = ?6, micro_won = ?8, problem_slug = ?7
           WHERE job_id = ?1 AND attempt = ?2 AND outcome IN ('open', 'lost')
             AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND status = ?3 AND finished_at = ?4)`,
        )
        .bind(outcome.job_id, outcome.attempt, status, outcome.finished_at, cost.gpu, cost.gpu_seconds, slug, used),
      // This attempt only reported an earlier attempt's clip, and made none itself.
      db
        .prepare(
          `UPDATE attempts SET outcome = 'canceled', finished_at = ?2 WHERE job_id = ?1 AND outcome = 'open'
             AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND status = ?3 AND finished_at = ?2)`,
        )
        .bind(outcome.job_id, outcome.finished_at, status),
    ],
  );
}

/** Fails the job for the site's own reason, without a worker's report. Nothing is charged. */
export async function failed(
  db: D1Database,
  row: JobRow,
  slug: ProblemSlug,
  detail: string | null = null,
): Promise<JobRow | undefined> {
  return endWithoutOutcome(db, row, "failed", slug, detail);
}

/** Cancels a job whose worker no longer answers. Its use is unknown, so nothing is charged. */
export async function canceled(db: D1Database, row: JobRow): Promise<JobRow | undefined> {
  return endWithoutOutcome(db, row, "canceled", null, null);
}

/** Cancels a queued job at once, even if the GPU service has its ticket. */
export async function cancelQueued(db: D1Database, jobId: string, owner: string): Promise<JobRow | undefined> {
  const now = timestamp();
  return end(
    db,
    jobId,
    db
      .prepare(
        `UPDATE jobs SET status = 'canceled', cancel_requested = 1, finished_at = ?3, billed_micro_won = 0,
           version = version + 1 WHERE id = ?1 AND owner = ?2 AND status = 'queued' RETURNING *`,
      )
      .bind(jobId, owner, now),
    [closeAttempts(db, jobId, "canceled", now, null)],
  );
}

/** Requests the cancellation of a running job, which runs until its worker sees the request. Idempotent. */
export async function requestCancel(db: D1Database, jobId: string, owner: string): Promise<JobRow | undefined> {
  const row = await db
    .prepare(
      `UPDATE jobs SET version = version + (1 - cancel_requested), cancel_requested = 1
       WHERE id = ?1 AND owner = ?2 AND status = 'running' RETURNING *`,
    )
    .bind(jobId, owner)
    .first<JobRow>();
  return row ?? undefined;
}

/** Replaces a lost attempt: the same job, the same seed, a new attempt that is due at once. */
export async function attemptLost(db: D1Database, row: JobRow): Promise<JobRow | undefined> {
  const closing = db
    .prepare(
      `UPDATE attempts SET outcome = 'lost', finished_at = ?3, problem_slug = 'worker-lost'
       WHERE job_id = ?1 AND attempt = ?2 AND outcome = 'open'
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND attempt = ?2 + 1)`,
    )
    .bind(row.id, row.attempt, timestamp());
  return queueNextAttempt(db, { jobId: row.id, attempt: row.attempt, seq: null, gpu: null }, closing);
}

/** Replaces an attempt that ran out of memory: it fails and keeps its cost; a new one is due at once on `gpu`. */
export async function movedToLargerGpu(
  db: D1Database,
  outcome: Outcome,
  report: { attempt: number; seq?: number | undefined },
  gpu: string,
): Promise<JobRow | undefined> {
  const { cost, fault } = outcome;
  const closing = db
    .prepare(
      `UPDATE attempts SET outcome = 'failed', finished_at = ?3, gpu = ?4, gpu_seconds = ?5, micro_won = ?6,
         problem_slug = ?7
       WHERE job_id = ?1 AND attempt = ?2 AND outcome = 'open'
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND attempt = ?2 + 1)`,
    )
    .bind(
      outcome.job_id,
      report.attempt,
      outcome.finished_at,
      cost.gpu,
      cost.gpu_seconds,
      usedBy(outcome),
      fault === null ? null : slugOf(fault.type),
    );
  const next = { jobId: outcome.job_id, attempt: report.attempt, seq: report.seq ?? null, gpu };
  return queueNextAttempt(db, next, closing);
}

/** Takes the lease of a job, if it is still the one that this caller read: one caller at a time checks a job. */
export async function claim(db: D1Database, row: JobRow, leaseUntil: string): Promise<JobRow | undefined> {
  const claimed = await db
    .prepare(
      `UPDATE jobs SET lease_until = ?3
       WHERE id = ?1 AND lease_until = ?2 AND status IN ('queued', 'running') RETURNING *`,
    )
    .bind(row.id, row.lease_until, leaseUntil)
    .first<JobRow>();
  return claimed ?? undefined;
}

/** Records that the GPU service accepted this attempt. `undefined`: the job no longer needs it. Idempotent. */
export async function dispatched(
  db: D1Database,
  row: JobRow,
  callId: string,
  deadlineAt: string,
  leaseUntil: string,
): Promise<JobRow | undefined> {
  const changed = await db
    .prepare(
      `UPDATE jobs SET call_id = ?3, deadline_at = ?4, lease_until = MAX(lease_until, ?5)
       WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') RETURNING *`,
    )
    .bind(row.id, row.attempt, callId, deadlineAt, leaseUntil)
    .first<JobRow>();
  return changed ?? undefined;
}

/** Records that the GPU service did not accept this attempt; the sweep tries again at `leaseUntil`. */
export async function notDispatched(db: D1Database, row: JobRow, leaseUntil: string): Promise<JobRow | undefined> {
  const changed = await db
    .prepare(
      `UPDATE jobs SET dispatch_tries = dispatch_tries + 1, lease_until = ?3
       WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') AND call_id IS NULL RETURNING *`,
    )
    .bind(row.id, row.attempt, leaseUntil)
    .first<JobRow>();
  return changed ?? undefined;
}

interface Attempted {
  jobId: string;
  attempt: number;
  /** The number of the reporting event; null where no event reported. */
  seq: number | null;
  /** The card of the next attempt; null for the same one. */
  gpu: string | null;
}

/** Queues one more attempt, unless the owner canceled. `closing` may rely on the new attempt's number. */
async function queueNextAttempt(
  db: D1Database,
  { jobId, attempt, seq, gpu }: Attempted,
  closing: D1PreparedStatement,
): Promise<JobRow | undefined> {
  const [changed] = await db.batch<JobRow>([
    db
      .prepare(
        `UPDATE jobs SET status = 'queued', gpu = COALESCE(?5, gpu), attempt = attempt + 1, seq = 0, stage = NULL,
           progress = NULL, call_id = NULL, dispatch_tries = 0, deadline_at = NULL, lease_until = ?3,
           version = version + 1
         WHERE id = ?1 AND attempt = ?2 AND (?4 IS NULL OR seq < ?4) AND status IN ('queued', 'running')
           AND cancel_requested = 0 RETURNING *`,
      )
      .bind(jobId, attempt, timestamp(), seq, gpu),
    closing,
    db
      .prepare(
        `INSERT INTO attempts (job_id, attempt, gpu, outcome) SELECT id, attempt, gpu, 'open' FROM jobs
         WHERE id = ?1 AND attempt = ?2 + 1 ON CONFLICT (job_id, attempt) DO NOTHING`,
      )
      .bind(jobId, attempt),
  ]);
  return changed?.results[0];
}

async function endWithoutOutcome(
  db: D1Database,
  row: JobRow,
  status: "failed" | "canceled",
  slug: ProblemSlug | null,
  detail: string | null,
): Promise<JobRow | undefined> {
  const now = timestamp();
  return end(
    db,
    row.id,
    db
      .prepare(
        `UPDATE jobs SET status = ?3, finished_at = ?4, stage = NULL, progress = NULL, problem_slug = ?5,
           problem_detail = ?6, billed_micro_won = 0, version = version + 1
         WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(row.id, row.attempt, status, now, slug, detail),
    [closeAttempts(db, row.id, slug === "worker-lost" ? "lost" : status, now, slug)],
  );
}

async function end(
  db: D1Database,
  jobId: string,
  transition: D1PreparedStatement,
  attempts: D1PreparedStatement[],
): Promise<JobRow | undefined> {
  const [changed] = await db.batch<JobRow>([transition, ...attempts, ...ledger.close(db, jobId)]);
  return changed?.results[0];
}

function closeAttempts(
  db: D1Database,
  jobId: string,
  outcome: "failed" | "canceled" | "lost",
  at: string,
  slug: ProblemSlug | null,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE attempts SET outcome = ?2, finished_at = ?3, problem_slug = ?4 WHERE job_id = ?1 AND outcome = 'open'
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND status IN ('failed', 'canceled') AND finished_at = ?3)`,
    )
    .bind(jobId, outcome, at, slug);
}

function usedBy({ cost }: Outcome): number {
  return Math.max(0, Math.round(cost.micro_won));
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
