/**
 * Every change of a job's state, each as one conditional UPDATE with its money and its attempt in the same batch.
 *
 *     queued ──started, progress──► running ──ended──► succeeded | failed | canceled
 *       │  ▲                          │  │
 *       │  └─ lost, or out of memory: ┘  └── cancel asked ──► canceled when the worker confirms or its lease ends
 *       │     attempt + 1
 *       └── canceled · failed (nobody began it in time)
 *     failed without a worker's report ──a clip turns up──► succeeded
 *
 * No other file writes `status` of an existing job. A function returns the row it changed, or `undefined`, without any
 * change, when the job's state no longer allowed it. It does not know why a caller wants a change.
 */

import type { JobEvent, Outcome } from "../_generated/contract.d.ts";
import type { ProblemSlug } from "../_generated/problems.ts";
import * as ledger from "./ledger.ts";
import { HELD } from "./line.ts";
import * as losses from "./losses.ts";
import { RESULT, resultOf, text } from "./outcome-columns.ts";
import { FIRST_LATE_LOOK_SECONDS, QUEUE_LIMIT_SECONDS, RUN_LIMIT_SECONDS } from "./patience.ts";
import { slugOf } from "./problem.ts";
import type { JobRow } from "./row.ts";
import { inSeconds, timestamp } from "./time.ts";

/** Who reports: the attempt, and the number of its event where there was one. */
export interface Report {
  attempt: number;
  seq?: number | undefined;
}

/** Applies a worker's event. The first event of an attempt, of any kind, starts it and the time that it may run. An
 * event also proves that the ticket arrived, even if the answer was lost, so the count of dispatch tries restarts. */
export async function reported(db: D1Database, event: JobEvent, leaseUntil: string): Promise<JobRow | undefined> {
  const [changed] = await db.batch<JobRow>([
    db
      .prepare(
        `UPDATE jobs SET status = 'running', seq = ?3,
           started_at = COALESCE(started_at, MAX(?4, COALESCE(handed_at, created_at))),
           stage = COALESCE(?5, stage), progress = ?6, resolved = COALESCE(?7, resolved), lease_until = ?8,
           deadline_at = CASE status WHEN 'queued' THEN ?9 ELSE deadline_at END, dispatch_tries = 0,
           version = version + 1
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
        inSeconds(RUN_LIMIT_SECONDS),
      ),
    db
      .prepare(
        `UPDATE attempts SET gpu = COALESCE(?4, gpu), started_at = COALESCE(started_at,
           (SELECT MAX(?3, COALESCE(handed_at, created_at)) FROM jobs WHERE id = ?1))
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
 * quoted one, at most the quoted price. A worker's `canceled` ends only a job whose owner asked for it.
 */
export async function ended(db: D1Database, outcome: Outcome, report: Report): Promise<JobRow | undefined> {
  const { status } = outcome;
  return end(
    db,
    outcome.job_id,
    db
      .prepare(
        `UPDATE jobs SET ${RESULT}, seq = COALESCE(?16, seq)
         WHERE id = ?1 AND attempt = ?15 AND (?16 IS NULL OR seq < ?16) AND status IN ('queued', 'running')
           AND (?2 <> 'canceled' OR cancel_requested = 1) RETURNING *`,
      )
      .bind(...resultOf(outcome), report.attempt, report.seq ?? null),
    [
      closeReporting(db, outcome, "outcome IN ('open', 'lost')"),
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

/** Delivers a clip after all, of a job that the site had failed without a worker's report. Nobody was charged for it,
 * so the bill is that of any delivered clip. */
export async function overtaken(db: D1Database, outcome: Outcome): Promise<JobRow | undefined> {
  if (outcome.status !== "succeeded") return undefined;
  return end(
    db,
    outcome.job_id,
    db
      .prepare(
        `UPDATE jobs SET ${RESULT}, is_unreported = 0, look_again_at = NULL
         WHERE id = ?1 AND status = 'failed' AND is_unreported = 1 AND attempt >= ?15 AND deleted_at IS NULL
           AND purged_at IS NULL RETURNING *`,
      )
      .bind(...resultOf(outcome), outcome.attempt),
    [closeReporting(db, outcome, "outcome <> 'succeeded'")],
  );
}

/** The attempt whose outcome ended the job. `condition` says in which state it may have been. */
function closeReporting(db: D1Database, outcome: Outcome, condition: string): D1PreparedStatement {
  const { job_id, attempt, status, finished_at, cost, fault } = outcome;
  const slug = fault === null ? null : slugOf(fault.type);
  return db
    .prepare(
      `UPDATE attempts SET outcome = ?3, finished_at = ?4, gpu = ?5, gpu_seconds = ?6, micro_won = ?8, problem_slug = ?7
       WHERE job_id = ?1 AND attempt = ?2 AND ${condition}
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND status = ?3 AND finished_at = ?4)`,
    )
    .bind(job_id, attempt, status, finished_at, cost.gpu, cost.gpu_seconds, slug, losses.costOf(outcome));
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

/**
 * Stops a job for its owner: one that nobody has begun at once, even if the GPU service has its ticket; a running one
 * when its worker sees the request. One statement, so that no state between the two is missed. Idempotent.
 */
export async function cancel(db: D1Database, jobId: string, owner: string): Promise<JobRow | undefined> {
  const now = timestamp();
  return end(
    db,
    jobId,
    db
      .prepare(
        `UPDATE jobs SET version = version + (1 - cancel_requested), cancel_requested = 1,
           status = CASE status WHEN 'queued' THEN 'canceled' ELSE status END,
           finished_at = CASE status WHEN 'queued' THEN ?3 END,
           billed_micro_won = CASE status WHEN 'queued' THEN 0 END
         WHERE id = ?1 AND owner = ?2 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(jobId, owner, now),
    [closeAttempts(db, jobId, "canceled", now, null), losses.guessOfCanceled(db, jobId)],
  );
}

/** Cancels, all at once, those of a batch that no card was ever given: they have cost nothing. Returns their ids. */
export async function cancelUntouched(db: D1Database, batchId: string, owner: string): Promise<string[]> {
  const now = timestamp();
  const [canceled] = await db.batch<{ id: string }>([
    db
      .prepare(
        `UPDATE jobs SET status = 'canceled', cancel_requested = 1, finished_at = ?3, billed_micro_won = 0,
           version = version + 1 WHERE batch_id = ?1 AND owner = ?2 AND ${HELD} AND attempt = 1 RETURNING id`,
      )
      .bind(batchId, owner, now),
    ...ledger.closeUntouched(db, batchId, now),
  ]);
  return canceled?.results.map(({ id }) => id) ?? [];
}

/** Replaces a lost attempt: the same job, the same seed, a new attempt. What is known of its cost is kept: its own word
 * where it said one, else its time. */
export async function attemptLost(
  db: D1Database,
  row: JobRow,
  { seq, cost }: { seq?: number | undefined; cost?: Outcome } = {},
): Promise<JobRow | undefined> {
  const closing = db
    .prepare(
      `UPDATE attempts SET outcome = 'lost', finished_at = ?3, problem_slug = 'worker-lost',
         gpu_seconds = COALESCE(?4, gpu_seconds), micro_won = COALESCE(?5, micro_won)
       WHERE job_id = ?1 AND attempt = ?2 AND outcome = 'open'
         AND EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND attempt = ?2 + 1)`,
    )
    .bind(
      row.id,
      row.attempt,
      timestamp(),
      cost === undefined ? null : cost.cost.gpu_seconds,
      cost === undefined ? null : losses.costOf(cost),
    );
  return queueNextAttempt(db, { jobId: row.id, attempt: row.attempt, seq: seq ?? null, gpu: null }, closing);
}

/** Takes an attempt back that is gone without having been tried: nobody began it, or its machine was at fault. It waits in
 * the line again, under its own number, and rests there until `leaseUntil`. */
export async function givenBack(db: D1Database, row: JobRow, leaseUntil: string): Promise<JobRow | undefined> {
  return anew(db, row, "call_id = NULL, card = NULL, handed_at = NULL", null, leaseUntil);
}

/** Gives an attempt that nobody is at to its own card again, under its own number. */
export async function givenAgain(
  db: D1Database,
  row: JobRow,
  callId: string,
  leaseUntil: string,
): Promise<JobRow | undefined> {
  return anew(db, row, "call_id = ?6", callId, leaseUntil);
}

async function anew(
  db: D1Database,
  row: JobRow,
  place: string,
  callId: string | null,
  leaseUntil: string,
): Promise<JobRow | undefined> {
  const changed = await db
    .prepare(
      `UPDATE jobs SET ${place}, status = 'queued', stage = NULL, progress = NULL, lease_until = ?4,
         deadline_at = CASE status WHEN 'running' THEN ?5 ELSE deadline_at END, dispatch_tries = dispatch_tries + 1,
         version = version + (status = 'running')
       WHERE id = ?1 AND attempt = ?2 AND call_id IS ?3 AND status IN ('queued', 'running') AND cancel_requested = 0
         AND (?6 IS NULL OR card IS NOT NULL)
       RETURNING *`,
    )
    .bind(row.id, row.attempt, row.call_id, leaseUntil, inSeconds(QUEUE_LIMIT_SECONDS), callId)
    .first<JobRow>();
  return changed ?? undefined;
}

/** Lets an open job's card go on without it. */
export async function withoutCard(db: D1Database, { id, attempt }: JobRow): Promise<void> {
  await db
    .prepare("UPDATE jobs SET card = NULL WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running')")
    .bind(id, attempt)
    .run();
}

/** Replaces an attempt that ran out of memory: it fails and keeps its cost; a new one is due at once on `gpu`. */
export async function movedToLargerGpu(
  db: D1Database,
  outcome: Outcome,
  report: Report,
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
      losses.costOf(outcome),
      fault === null ? null : slugOf(fault.type),
    );
  // Its container is well, and asks for its next ticket.
  const heard = db
    .prepare("UPDATE cards SET seen_at = ?3 WHERE id = (SELECT card FROM jobs WHERE id = ?1 AND attempt = ?2)")
    .bind(outcome.job_id, report.attempt, timestamp());
  const next = { jobId: outcome.job_id, attempt: report.attempt, seq: report.seq ?? null, gpu };
  return queueNextAttempt(db, next, closing, report.seq === undefined ? [] : [heard]);
}

interface Attempted {
  jobId: string;
  attempt: number;
  /** The number of the reporting event; null where no event reported. */
  seq: number | null;
  /** The card of the next attempt; null for the same one. */
  gpu: string | null;
}

/** Queues one more attempt, to be handed over next, unless the owner canceled. `closing` may rely on its number. */
async function queueNextAttempt(
  db: D1Database,
  { jobId, attempt, seq, gpu }: Attempted,
  closing: D1PreparedStatement,
  before: readonly D1PreparedStatement[] = [],
): Promise<JobRow | undefined> {
  const results = await db.batch<JobRow>([
    ...before,
    db
      .prepare(
        `UPDATE jobs SET status = 'queued', gpu = COALESCE(?5, gpu), attempt = attempt + 1, seq = 0, stage = NULL,
           progress = NULL, call_id = NULL, card = NULL, dispatch_tries = 0, handed_at = NULL, deadline_at = NULL,
           lease_until = ?3, version = version + 1
         WHERE id = ?1 AND attempt = ?2 AND (?4 IS NULL OR seq < ?4) AND status IN ('queued', 'running')
           AND cancel_requested = 0 RETURNING *`,
      )
      .bind(jobId, attempt, timestamp(), seq, gpu),
    closing,
    losses.guessOfSilent(db, jobId),
    db
      .prepare(
        `INSERT INTO attempts (job_id, attempt, gpu, outcome) SELECT id, attempt, gpu, 'open' FROM jobs
         WHERE id = ?1 AND attempt = ?2 + 1 ON CONFLICT (job_id, attempt) DO NOTHING`,
      )
      .bind(jobId, attempt),
  ]);
  return results[before.length]?.results[0];
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
           problem_detail = ?6, billed_micro_won = 0, is_unreported = 1, look_again_at = ?7, version = version + 1
         WHERE id = ?1 AND attempt = ?2 AND status IN ('queued', 'running') RETURNING *`,
      )
      .bind(row.id, row.attempt, status, now, slug, detail, inSeconds(FIRST_LATE_LOOK_SECONDS)),
    [closeAttempts(db, row.id, slug === "worker-lost" ? "lost" : status, now, slug)],
  );
}

async function end(
  db: D1Database,
  jobId: string,
  transition: D1PreparedStatement,
  attempts: D1PreparedStatement[],
): Promise<JobRow | undefined> {
  const money = [losses.guessOfSilent(db, jobId), ...ledger.close(db, jobId), ...losses.recount(db, jobId)];
  const [changed] = await db.batch<JobRow>([transition, ...attempts, ...money]);
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
