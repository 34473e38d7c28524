/** Reads one owner's jobs, and builds the routes' answers from them. It moves no job to another state. */

import type { Job } from "../_generated/contract.d.ts";
import { dispatch } from "./dispatch.ts";
import type { Defer, Env, Language } from "./env.ts";
import { isId } from "./id.ts";
import { restorableSince } from "./library.ts";
import { ProblemError } from "./problem.ts";
import { matches } from "./range.ts";
import { type AttemptRow, type JobRow, jobOf } from "./row.ts";
import { type Submission, submit } from "./submit.ts";
import { sweepOwner } from "./sweep.ts";
import { timestamp } from "./time.ts";

interface Found {
  row: JobRow;
  attempts: AttemptRow[];
}

/** Of this kind. Throws job-not-found for an unknown, deleted or foreign id alike. `"bin"` finds also what can still be restored. */
export async function find(
  db: D1Database,
  id: unknown,
  owner: string,
  also: "bin" | "" = "",
  kind: JobRow["kind"] = "clip",
): Promise<Found> {
  if (!isId(id)) throw new ProblemError("job-not-found");
  const since = also === "bin" ? restorableSince() : null; // compared with nothing, no deleted job is found
  const [jobs, attempts] = await db.batch([
    db
      .prepare("SELECT * FROM jobs WHERE id = ?1 AND owner = ?2 AND kind = ?4 AND (deleted_at IS NULL OR deleted_at > ?3)")
      .bind(id, owner, since, kind),
    selectAttempts(db, id),
  ]);
  const row = jobs?.results[0] as JobRow | undefined;
  if (row === undefined) throw new ProblemError("job-not-found");
  return { row, attempts: (attempts?.results ?? []) as AttemptRow[] };
}

/** The job with its ETag, or 304. The row's version grows with every visible change. */
export function answer(request: Request, { row, attempts }: Found, language: Language): Response {
  const etag = `W/"${row.id}.${row.version}.${language}"`;
  const headers = { etag, "cache-control": "private, no-cache", vary: "accept-language, cookie" };
  if (matches(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return Response.json(jobOf(row, attempts, language), { headers });
}

/** Submits a job and answers 202 with it; dispatches it after the answer is sent. */
export async function accept(env: Env, defer: Defer, submission: Submission, language: Language): Promise<Response> {
  const { row, is_new } = await submit(env, submission);
  if (is_new) defer(dispatch(env));
  defer(sweepOwner(env, submission.owner));
  const attempts = is_new ? [firstAttempt(row)] : await attemptsOf(env.DB, row.id);
  const job: Job = jobOf(row, attempts, language);
  return Response.json(job, { status: 202, headers: { location: job.links.self } });
}

/** Also of a deleted job: a repeated submit answers what became of it. */
async function attemptsOf(db: D1Database, id: string): Promise<AttemptRow[]> {
  return (await selectAttempts(db, id).all<AttemptRow>()).results;
}

function selectAttempts(db: D1Database, id: string): D1PreparedStatement {
  return db.prepare("SELECT * FROM attempts WHERE job_id = ?1 ORDER BY attempt").bind(id);
}

/** Deletes an ended job, which can be restored for a while. Throws job-not-found or job-not-finished. */
export async function remove(db: D1Database, id: unknown, owner: string): Promise<void> {
  if (!isId(id)) throw new ProblemError("job-not-found");
  const deleted = await db
    .prepare(
      `UPDATE jobs SET deleted_at = ?3, version = version + 1 WHERE id = ?1 AND owner = ?2 AND kind = 'clip' AND deleted_at IS NULL
         AND status IN ('succeeded', 'failed', 'canceled') RETURNING id`,
    )
    .bind(id, owner, timestamp())
    .first();
  if (deleted !== null) return;
  await find(db, id, owner);
  throw new ProblemError("job-not-finished");
}

/** The Idempotency-Key header. Throws idempotency-key-invalid. */
export function idempotencyKey(request: Request): string | undefined {
  const key = request.headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!/^[A-Za-z0-9._:-]{8,128}$/.test(key)) throw new ProblemError("idempotency-key-invalid");
  return key;
}

function firstAttempt(row: JobRow): AttemptRow {
  return {
    job_id: row.id,
    attempt: 1,
    gpu: row.gpu,
    started_at: null,
    finished_at: null,
    outcome: "open",
    gpu_seconds: null,
    problem_slug: null,
  };
}
