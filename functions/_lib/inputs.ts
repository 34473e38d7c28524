/**
 * The objects that a job's worker will read: the owner's pictures, with a sound perhaps, or a finished clip of theirs. All
 * must exist in the bucket too, so that no card is booked for a missing one. It inserts no job.
 */

import { RETENTION_DAYS } from "../_generated/constants.ts";
import type { InputObject, JobRequest, TextRequest } from "../_generated/contract.d.ts";
import { faultsOfPart, isOfPart } from "./clip-part.ts";
import type { Env } from "./env.ts";
import { ProblemError, type Words } from "./problem.ts";
import { type JobRow, requestOf, type UploadRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";
import { keyOf } from "./upload.ts";

/** As rows have had it since before sounds: the mark is there for a sound alone. */
type Stored = Omit<InputObject, "is_sound"> & { is_sound?: true };

export interface Inputs {
  objects: readonly Stored[];
  /** The ids of the pictures and of the sound, each once. */
  uploads: readonly string[];
  /** The id of the job whose clip is read. */
  source: string | null;
  /** The file name of the first picture; that of the clip's own picture where a clip is read. */
  name: string | null;
}

/** Throws upload-not-found, job-not-found or invalid-job, naming the fields. Another owner's picture counts as missing. */
export async function inputsOf(env: Env, owner: string, request: JobRequest | TextRequest): Promise<Inputs> {
  if ("source_job_id" in request) return sourceClip(env, owner, request);
  const wanted =
    request.preset === "keyframes"
      ? ([
          ["first", request.first_upload_id, "/first_upload_id"],
          ["middle", request.middle_upload_id, "/middle_upload_id"],
          ["last", request.last_upload_id, "/last_upload_id"],
        ] as const)
      : ([["first", request.upload_id, "/upload_id"]] as const);
  const asked = wanted.flatMap(([frame, id, pointer]) => (id === null ? [] : [{ frame, id, pointer }]));
  const uploads = [...new Set(asked.map(({ id }) => id))];
  const found = uploads.length === 0 ? new Map<string, StoredPicture>() : await picturesThere(env, owner, uploads);
  const missing = asked.filter(({ id }) => !found.has(id));
  const sound = request.preset === "lip_sync" ? request.sound_upload_id : null;
  const heard = sound === null ? undefined : (await uploadsThere(env, owner, [sound], true)).get(sound);
  const errors: { pointer: string; detail: Words }[] = missing.map(({ pointer }) => ({ pointer, detail: NO_SUCH_PICTURE }));
  if (sound !== null && heard === undefined) errors.push({ pointer: "/sound_upload_id", detail: NO_SUCH_SOUND });
  if (errors.length > 0) throw new ProblemError("upload-not-found", undefined, { errors });
  const pictures = asked.map(({ frame, id }) => ({ key: found.get(id)?.key ?? "", frame }));
  return {
    objects: heard === undefined ? pictures : [...pictures, { key: heard.key, frame: null, is_sound: true }],
    uploads: sound === null ? uploads : [...uploads, sound],
    source: null,
    name: found.get(uploads[0] ?? "")?.name ?? null,
  };
}

export interface StoredPicture {
  key: string;
  name: string | null;
}

/** Each asking is a request of the Function, of which the smallest plan allows fifty. */
const MOST_ASKED = 10;

/** By id, those pictures that the row has, and the bucket, where that is asked. Of many pictures it is asked for the first
 * ones: the rows are nearly always right, and a clip whose picture is gone after all fails for nothing. */
export async function picturesThere(
  env: Env,
  owner: string,
  uploads: readonly string[],
  isBucketAsked = true,
): Promise<Map<string, StoredPicture>> {
  return uploadsThere(env, owner, uploads, false, isBucketAsked);
}

async function uploadsThere(
  env: Env,
  owner: string,
  uploads: readonly string[],
  areSounds: boolean,
  isBucketAsked = true,
): Promise<Map<string, StoredPicture>> {
  const { results } = await env.DB.prepare(
    `SELECT id, picture_key, name FROM uploads
     WHERE owner = ?1 AND expires_at > ?2 AND id IN (SELECT value FROM json_each(?3)) AND (sound IS NOT NULL) = ?4`,
  )
    .bind(owner, timestamp(), JSON.stringify(uploads), areSounds ? 1 : 0)
    .all<Pick<UploadRow, "id" | "picture_key" | "name">>();
  if (!isBucketAsked) return new Map(results.map((row) => [row.id, { key: keyOf(row), name: row.name }]));
  const stored = await Promise.all(results.slice(0, MOST_ASKED).map((row) => env.MEDIA.head(keyOf(row))));
  const there = results.filter((_, index) => stored[index] !== null);
  return new Map(there.map((row) => [row.id, { key: keyOf(row), name: row.name }]));
}

async function sourceClip(env: Env, owner: string, request: JobRequest & { source_job_id: string }): Promise<Inputs> {
  const source = await env.DB.prepare(
    "SELECT video_key, picture_name, input FROM jobs WHERE id = ? AND owner = ? AND status = 'succeeded' AND deleted_at IS NULL",
  )
    .bind(request.source_job_id, owner)
    .first<Pick<JobRow, "video_key" | "picture_name" | "input">>();
  if (!source?.video_key || (await env.MEDIA.head(source.video_key)) === null) {
    const errors = [{ pointer: "/source_job_id", detail: NO_SUCH_CLIP }];
    throw new ProblemError("job-not-found", undefined, { errors });
  }
  const errors = isOfPart(request) ? faultsOfPart(request, requestOf(source)) : [];
  if (errors.length > 0) throw new ProblemError("invalid-job", undefined, { errors });
  const objects = [{ key: source.video_key, frame: null }];
  return { objects, uploads: [], source: request.source_job_id, name: source.picture_name };
}

/** The SQL condition that they are all still there. Arguments are SQL parameters; `uploads` is a JSON array of ids. */
export function inputsRemain(at: { owner: string; now: string; uploads: string; source: string }): string {
  return `(SELECT COUNT(*) FROM uploads WHERE owner = ${at.owner} AND expires_at > ${at.now}
           AND id IN (SELECT value FROM json_each(${at.uploads}))) = json_array_length(${at.uploads})
         AND (${at.source} IS NULL OR EXISTS (SELECT 1 FROM jobs WHERE id = ${at.source} AND deleted_at IS NULL))`;
}

/** Keeps the pictures of a job, once it is inserted, longer than the job itself: it may be run again until it goes. */
export function extendPictures(db: D1Database, jobId: string, now: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE uploads SET expires_at = MAX(expires_at, ?2)
       WHERE id IN (SELECT upload_id FROM job_uploads WHERE job_id = ?1)`,
    )
    .bind(jobId, inSeconds((RETENTION_DAYS + 1) * DAY_SECONDS, now));
}

const NO_SUCH_PICTURE: Words = {
  ko: "이 이미지는 없거나 보관 기간이 지났어요.",
  en: "There is no such picture, or it has expired.",
};
const NO_SUCH_SOUND: Words = {
  ko: "이 소리는 없거나 보관 기간이 지났어요.",
  en: "There is no such sound, or it has expired.",
};
const NO_SUCH_CLIP: Words = { ko: "끝난 내 영상이 아니에요.", en: "It is not a finished clip of yours." };
