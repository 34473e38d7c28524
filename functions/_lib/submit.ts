/**
 * Turns a submission into a job: writes its row, reservation, first attempt and idempotency key in one transaction,
 * before anything is sent to the GPU side. The caps are conditions of the same insert, so parallel submits cannot
 * exceed them.
 */

import { RETENTION_DAYS } from "../_generated/constants.ts";
import type { JobRequest, TextRequest } from "../_generated/contract.d.ts";
import { capsOf, hourOf, mayAddJob } from "./caps.ts";
import { claimSeconds, type Env } from "./env.ts";
import { hashOf } from "./hash.ts";
import { newId, newSeed } from "./id.ts";
import { extendPictures, type Inputs, inputsOf, inputsRemain } from "./inputs.ts";
import { reserve } from "./ledger.ts";
import { searchText } from "./library.ts";
import { type Priced, priceOf } from "./prices.ts";
import { ProblemError } from "./problem.ts";
import { jobRefusal } from "./refusal.ts";
import { reservation, standingOf } from "./reservation.ts";
import type { JobRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, seoulDay, timestamp } from "./time.ts";
import { tokenRefusal, withinToken } from "./tokens.ts";

export interface Submission {
  owner: string;
  request: JobRequest | TextRequest;
  idempotency_key: string | undefined;
  rerun_of: string | null;
  /** What the job that is run again is called. */
  title?: string | null;
  request_id?: string;
  /** The API token that asks, whose cap then counts too. */
  token_id?: string | undefined;
}

export interface Submitted {
  row: JobRow;
  /** False when an earlier submit with the same key created the job. */
  is_new: boolean;
}

/** A job that is run again stays a version of its scene. */
const OF_SCENE = ["project_id", "scene_id", "scene_number", "input_hash"];

/**
 * Throws upload-not-found, job-not-found, invalid-job, idempotency-conflict, cap-exceeded, too-many-open-jobs, too-many-undone-jobs,
 * token-invalid or paused-by-operator; then nothing was written.
 */
export async function submit(env: Env, submission: Submission): Promise<Submitted> {
  const db = env.DB;
  const { owner, request, idempotency_key: key, rerun_of } = submission;
  const estimate = priceOf(request);
  const bodyHash = await hashOf({ request: asBefore(request), rerun_of });
  const earlier = key === undefined ? undefined : await jobOfKey(db, owner, key);
  if (earlier !== undefined) return { row: sameBody(earlier, bodyHash), is_new: false };

  const inputs = await inputsOf(env, owner, request);
  const id = newId();
  const inserts = statements(env, id, submission, estimate, inputs, bodyHash);
  const results = await db.batch<JobRow & KeyedRow>(inserts);
  const inserted = results[0]?.results[0];
  if (inserted !== undefined) return { row: inserted, is_new: true };
  const first = results.at(-1)?.results[0];
  if (first !== undefined) return { row: sameBody(first, bodyHash), is_new: false };
  await inputsOf(env, owner, request); // one may have gone between the two
  const standing = await standingOf(db, owner, seoulDay(), estimate);
  const needed = estimate.high_micro_won - standing.start_micro_won;
  const refusal = await tokenRefusal(db, submission.token_id ?? null, needed);
  throw refusal ?? jobRefusal(await capsOf(db, owner, "owner"), estimate, standing);
}

function statements(
  env: Env,
  id: string,
  submission: Submission,
  estimate: Priced,
  inputs: Inputs,
  bodyHash: string,
): D1PreparedStatement[] {
  const db = env.DB;
  const { owner, request } = submission;
  const key = submission.idempotency_key ?? null;
  const now = Date.now();
  const day = seoulDay(now);
  const reserved = reservation({ owner: "?2", gpu: "?9", most: "?11", start: "?22" });
  const job = db
    .prepare(
      `INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
         reserved_micro_won, price_rev, lease_until, rerun_of, request_id, token_id, wanted_at, title,
         picture_name, search, kind, ${OF_SCENE.join(", ")})
       SELECT ?1, ?2, 'queued', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ${reserved}, ?12, ?13, ?14, ?19, ?20, ?21,
         ?23, ?24, ?25, ?26, ${OF_SCENE.map((column) => `(SELECT ${column} FROM jobs WHERE id = ?14 AND owner = ?2)`).join(", ")}
       WHERE ${mayAddJob(reserved, { owner: "?2", day: "?5", hour: "?16" })}
         AND ${inputsRemain({ owner: "?2", now: "?3", uploads: "?17", source: "?18" })}
         AND ${withinToken(reserved, "?20", "?3")}
         AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE owner = ?2 AND key = ?15)
       RETURNING *`,
    )
    .bind(
      id,
      owner,
      timestamp(now),
      inSeconds(RETENTION_DAYS * DAY_SECONDS, now),
      day,
      JSON.stringify(asBefore(request)),
      JSON.stringify(inputs.objects),
      request.seed ?? newSeed(),
      estimate.gpu,
      estimate.micro_won,
      estimate.high_micro_won,
      estimate.price_rev,
      inSeconds(claimSeconds(env), now),
      submission.rerun_of,
      key,
      hourOf(timestamp(now)),
      JSON.stringify(inputs.uploads),
      inputs.source,
      submission.request_id ?? null,
      submission.token_id ?? null,
      isText(request) || request.within_seconds == null ? null : inSeconds(request.within_seconds, now),
      estimate.cold_start_micro_won,
      submission.title ?? null,
      inputs.name,
      searchText(submission.title ?? null, inputs.name, request.prompt),
      isText(request) ? "text" : "clip",
    );
  const attempt = db
    .prepare("INSERT INTO attempts (job_id, attempt, gpu, outcome) SELECT id, 1, gpu, 'open' FROM jobs WHERE id = ?1")
    .bind(id);
  const keyed = db
    .prepare(
      `INSERT INTO idempotency_keys (owner, key, body_hash, job_id, created_at)
       SELECT owner, ?2, ?3, id, created_at FROM jobs WHERE id = ?1 AND ?2 IS NOT NULL`,
    )
    .bind(id, key, bodyHash);
  return [job, attempt, reserve(db, id), extendPictures(db, id, now), keyed, selectKeyed(db, owner, key)];
}

function isText(request: JobRequest | TextRequest): request is TextRequest {
  return request.preset === "prompt_help";
}

type KeyedRow = JobRow & { body_hash: string };

function selectKeyed(db: D1Database, owner: string, key: string | null): D1PreparedStatement {
  return db
    .prepare(
      `SELECT jobs.*, idempotency_keys.body_hash FROM idempotency_keys JOIN jobs ON jobs.id = idempotency_keys.job_id
       WHERE idempotency_keys.owner = ?1 AND idempotency_keys.key = ?2`,
    )
    .bind(owner, key);
}

async function jobOfKey(db: D1Database, owner: string, key: string): Promise<KeyedRow | undefined> {
  return (await selectKeyed(db, owner, key).first<KeyedRow>()) ?? undefined;
}

function sameBody(keyed: KeyedRow, bodyHash: string): JobRow {
  if (keyed.body_hash !== bodyHash) throw new ProblemError("idempotency-conflict");
  return keyed;
}

/** Where nothing is chosen that a later release let one choose, a request is what it was before there was a choice: its
 * hash stays the same, and the release of before can read it. */
export function asBefore(request: JobRequest | TextRequest): unknown {
  if (isText(request)) return request;
  const { within_seconds, sound, loudness, guidance, motions, ...others } = request;
  const { picture_crf, ...rest } = { picture_crf: null, ...others };
  const said = { ...rest, ...(sound === "off" && { sound }), ...(loudness === "even" && { loudness }) };
  if (motions.length > 0) Object.assign(said, { motions });
  const chosen = Object.entries({ within_seconds, guidance, picture_crf }).filter(([, value]) => value != null);
  return { ...said, ...Object.fromEntries(chosen) };
}
