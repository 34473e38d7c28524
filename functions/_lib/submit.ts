/**
 * Turns a submission into a job: writes its row, reservation, first attempt and idempotency key in one transaction,
 * before anything is sent to the GPU side. The caps are conditions of the same insert, so parallel submits cannot
 * exceed them.
 */

import { RETENTION_DAYS } from "../_generated/constants.ts";
import type { Estimate, InputObject, JobRequest } from "../_generated/contract.d.ts";
import { claimSeconds, type Env } from "./env.ts";
import { newId, newSeed } from "./id.ts";
import { type CapRow, capsWithSpending, reserve, withinCaps } from "./ledger.ts";
import { estimateFor } from "./prices.ts";
import { ProblemError, type Words } from "./problem.ts";
import type { JobRow, UploadRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, seoulDay, timestamp } from "./time.ts";
import { tokenRefusal, withinToken } from "./tokens.ts";
import { keyOf } from "./upload.ts";

export interface Submission {
  owner: string;
  request: JobRequest;
  idempotency_key: string | undefined;
  rerun_of: string | null;
  request_id?: string;
  /** The API token that asks, whose cap then counts too. */
  token_id?: string | undefined;
}

export interface Submitted {
  row: JobRow;
  /** False when an earlier submit with the same key created the job. */
  is_new: boolean;
}

/** Throws upload-not-found, job-not-found, idempotency-conflict, cap-exceeded or token-invalid; then nothing was written. */
export async function submit(env: Env, submission: Submission): Promise<Submitted> {
  const db = env.DB;
  const { owner, request, idempotency_key: key, rerun_of } = submission;
  const estimate = estimateFor(request);
  const bodyHash = await hashOf({ request, rerun_of });
  const earlier = key === undefined ? undefined : await jobOfKey(db, owner, key);
  if (earlier !== undefined) return { row: sameBody(earlier, bodyHash), is_new: false };

  const inputs = await inputsOf(db, owner, request);
  const id = newId();
  const inserts = statements(env, id, submission, estimate, inputs, bodyHash);
  const results = await db.batch<JobRow & KeyedRow & CapRow>(inserts);
  const inserted = results[0]?.results[0];
  if (inserted !== undefined) return { row: inserted, is_new: true };
  const first = results.at(-2)?.results[0];
  if (first !== undefined) return { row: sameBody(first, bodyHash), is_new: false };
  const refusal = await tokenRefusal(db, submission.token_id ?? null, estimate.high_micro_won);
  throw refusal ?? capExceeded(results.at(-1)?.results ?? [], estimate.high_micro_won);
}

/** The objects that the worker will read. Another owner's picture counts as missing. */
async function inputsOf(db: D1Database, owner: string, request: JobRequest): Promise<InputObject[]> {
  if (request.preset === "restyle") return [await sourceClip(db, owner, request.source_job_id)];
  const wanted =
    request.preset === "keyframes"
      ? ([
          ["first", request.first_upload_id, "/first_upload_id"],
          ["middle", request.middle_upload_id, "/middle_upload_id"],
          ["last", request.last_upload_id, "/last_upload_id"],
        ] as const)
      : ([["first", request.upload_id, "/upload_id"]] as const);
  const asked = wanted.flatMap(([frame, id, pointer]) => (id === null ? [] : [{ frame, id, pointer }]));
  if (asked.length === 0) return [];
  const now = timestamp();
  const marks = asked.map((_, index) => `?${index + 4}`).join(", ");
  const kept = inSeconds((RETENTION_DAYS + 1) * DAY_SECONDS);
  // A picture is kept at least as long as its jobs, so that they can be run again.
  const { results } = await db
    .prepare(
      `UPDATE uploads SET expires_at = MAX(expires_at, ?3) WHERE owner = ?1 AND expires_at > ?2 AND id IN (${marks})
       RETURNING id, picture_key`,
    )
    .bind(owner, now, kept, ...asked.map(({ id }) => id))
    .all<Pick<UploadRow, "id" | "picture_key">>();
  const found = new Map(results.map((row) => [row.id, keyOf(row)]));
  const missing = asked.filter(({ id }) => !found.has(id));
  if (missing.length > 0) {
    const errors = missing.map(({ pointer }) => ({ pointer, detail: NO_SUCH_PICTURE }));
    throw new ProblemError("upload-not-found", undefined, { errors });
  }
  return asked.map(({ frame, id }) => ({ key: found.get(id) ?? "", frame }));
}

const NO_SUCH_PICTURE: Words = {
  ko: "이 그림은 없거나 보관 기간이 지났어요.",
  en: "There is no such picture, or it has expired.",
};

async function sourceClip(db: D1Database, owner: string, jobId: string): Promise<InputObject> {
  const source = await db
    .prepare("SELECT video_key FROM jobs WHERE id = ? AND owner = ? AND status = 'succeeded' AND deleted_at IS NULL")
    .bind(jobId, owner)
    .first<{ video_key: string | null }>();
  if (!source?.video_key) {
    const detail = { ko: "끝난 내 영상이 아니에요.", en: "It is not a finished clip of yours." };
    throw new ProblemError("job-not-found", undefined, { errors: [{ pointer: "/source_job_id", detail }] });
  }
  return { key: source.video_key, frame: null };
}

function statements(
  env: Env,
  id: string,
  submission: Submission,
  estimate: Estimate,
  inputs: readonly InputObject[],
  bodyHash: string,
): D1PreparedStatement[] {
  const db = env.DB;
  const { owner, request } = submission;
  const key = submission.idempotency_key ?? null;
  const now = Date.now();
  const day = seoulDay(now);
  const job = db
    .prepare(
      `INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
         reserved_micro_won, price_rev, lease_until, rerun_of, request_id, token_id)
       SELECT ?1, ?2, 'queued', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?16, ?17
       WHERE ${withinCaps("?11", "?2", "?5")}
         AND ${withinToken("?11", "?17", "?3")}
         AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE owner = ?2 AND key = ?15)
       RETURNING *`,
    )
    .bind(
      id,
      owner,
      timestamp(now),
      inSeconds(RETENTION_DAYS * DAY_SECONDS, now),
      day,
      JSON.stringify(request),
      JSON.stringify(inputs),
      request.seed ?? newSeed(),
      estimate.gpu,
      estimate.micro_won,
      estimate.high_micro_won,
      estimate.price_rev,
      inSeconds(claimSeconds(env), now),
      submission.rerun_of,
      key,
      submission.request_id ?? null,
      submission.token_id ?? null,
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
  return [job, attempt, reserve(db, id), keyed, selectKeyed(db, owner, key), capsWithSpending(db, owner, day)];
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

function capExceeded(caps: readonly CapRow[], needed: number): ProblemError {
  const broken = caps.find((cap) => cap.spent_micro_won + needed > cap.micro_won);
  if (broken === undefined) return new ProblemError("cap-exceeded");
  // Rounded down: rounded up, an amount that is too small could look sufficient.
  const left = Math.floor(Math.max(0, broken.micro_won - broken.spent_micro_won) / 1e6).toLocaleString("en-US");
  const asked = won(needed);
  const cap = won(broken.micro_won);
  const words: Record<CapRow["name"], Words> = {
    job: {
      ko: `영상 하나의 한도는 ${cap}원인데, 이 작업은 최대 ${asked}원이 들어요.`,
      en: `A clip may cost at most ${cap} won; this one may take up to ${asked} won.`,
    },
    owner_day: {
      ko: `하루 한도 ${cap}원 중 ${left}원이 남았는데, 이 작업은 최대 ${asked}원이 들어요.`,
      en: `Of your ${cap} won a day, ${left} won are left; this job may take up to ${asked} won.`,
    },
    site_day: {
      ko: `사이트 전체의 하루 한도 ${cap}원 중 ${left}원이 남았는데, 이 작업은 최대 ${asked}원이 들어요.`,
      en: `Of the site's ${cap} won a day, ${left} won are left; this job may take up to ${asked} won.`,
    },
  };
  return new ProblemError("cap-exceeded", words[broken.name], {
    errors: [{ pointer: "", detail: { ko: `한도: ${broken.name}`, en: `cap: ${broken.name}` } }],
  });
}

/** Whole won for a message, rounded up, so that no price or cap is understated. */
function won(microWon: number): string {
  return Math.ceil(microWon / 1e6).toLocaleString("en-US");
}

/** SHA-256 over the value with sorted members: equal for equal submissions, whatever the order of their members. */
async function hashOf(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(sorted(value)));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
