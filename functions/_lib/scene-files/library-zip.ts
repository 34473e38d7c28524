/** Some of an owner's clips as one ZIP, numbered in the order in which they were made. */

import { MAX_ZIPPED } from "../../_generated/constants.ts";
import type { Env } from "../env.ts";
import { isId } from "../id.ts";
import { ProblemError } from "../problem.ts";
import { type JobRow, requestOf, videoOf } from "../row.ts";
import { seoulDay } from "../time.ts";
import { type ZippedClip, zipOf } from "./clips-zip.ts";
import { nameOfFile, numberedName } from "./file-names.ts";

/** `ids`: with commas between them. Throws invalid-job for others, and job-not-found where none of them has a clip. */
export async function libraryZip(env: Env, request: Request, owner: string, ids: string): Promise<Response> {
  const jobs = await clipsOf(env.DB, owner, readIds(ids, "/ids"));
  if (jobs.length === 0) throw new ProblemError("job-not-found");
  const clips = jobs.map((job, index) => zippedClip(job, numberedName(index + 1, wordsOf(job), "mp4", jobs.length)));
  return zipOf(env, request, nameOfFile(`clipwright ${seoulDay()}`, "zip", "clips"), clips);
}

export function zippedClip(job: JobRow, name: string): ZippedClip {
  const bytes = videoOf(job)?.bytes ?? 0;
  return { name, key: job.video_key ?? "", bytes, written_at: job.finished_at ?? job.created_at };
}

/** The delivered ones of these jobs, the oldest first. */
export async function clipsOf(db: D1Database, owner: string, ids: readonly string[]): Promise<JobRow[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM jobs WHERE id IN (SELECT value FROM json_each(?1)) AND owner = ?2 AND deleted_at IS NULL
         AND video_key IS NOT NULL AND video IS NOT NULL ORDER BY id`,
    )
    .bind(JSON.stringify(ids), owner)
    .all<JobRow>();
  return results;
}

/** Ids with commas between them, up to a limit. Throws invalid-job. */
export function readIds(text: string, pointer: string): string[] {
  const ids = text.split(",");
  if (ids.length <= MAX_ZIPPED && ids.every(isId)) return ids;
  const detail = { ko: `ID를 ${MAX_ZIPPED}개까지 쉼표로 이어 주세요.`, en: `Send up to ${MAX_ZIPPED} ids with commas.` };
  throw new ProblemError("invalid-job", detail, { errors: [{ pointer, detail }] });
}

/** What its owner calls it, else its picture's name and its prompt. */
function wordsOf(job: JobRow): string {
  const stem = job.picture_name?.replace(/\.[A-Za-z0-9]{2,5}$/, "") ?? "";
  return job.title ?? `${stem} ${requestOf(job).prompt}`;
}
