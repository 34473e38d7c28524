/** Removes expired and deleted clips: their objects in the bucket, and the texts in their rows. Money rows stay. */

import { type Env, pictureGraceSeconds } from "./env.ts";
import type { UploadRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";
import { keyOf } from "./upload.ts";

/** A deleted clip can be restored for this long. */
export const UNDO_SECONDS = 600;
const BATCH = 50;

export async function clearExpired(env: Env): Promise<void> {
  await purgeJobs(env);
  await deleteUploads(env);
  await env.DB.prepare("DELETE FROM idempotency_keys WHERE created_at < ?").bind(inSeconds(-DAY_SECONDS)).run();
}

async function purgeJobs(env: Env): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT id FROM jobs WHERE purged_at IS NULL AND status IN ('succeeded', 'failed', 'canceled')
       AND (expires_at <= ?1 OR deleted_at <= ?2) LIMIT ?3`,
  )
    .bind(timestamp(), inSeconds(-UNDO_SECONDS), BATCH)
    .all<{ id: string }>();
  for (const { id } of results) {
    await deleteObjects(env.MEDIA, `jobs/${id}/`);
    // The texts and the picture's address are removed; price, time and settings stay with the ledger.
    await env.DB.prepare(
      `UPDATE jobs SET purged_at = ?2, deleted_at = COALESCE(deleted_at, ?2), inputs = '[]', resolved = NULL,
         video = NULL, video_key = NULL, poster = NULL, poster_key = NULL, problem_detail = NULL, version = version + 1,
         input = json_remove(json_set(input, '$.prompt', '-'), '$.negative_prompt')
       WHERE id = ?1 AND (expires_at <= ?2 OR deleted_at <= ?3)`,
    )
      .bind(id, timestamp(), inSeconds(-UNDO_SECONDS))
      .run();
  }
}

async function deleteObjects(media: R2Bucket, prefix: string): Promise<void> {
  let listed: R2Objects;
  do {
    listed = await media.list({ prefix });
    if (listed.objects.length > 0) await media.delete(listed.objects.map((object) => object.key));
  } while (listed.truncated);
}

/** Deletes rows first: a picture may be shared, and is deleted once no row names it. */
async function deleteUploads(env: Env): Promise<void> {
  const { results } = await env.DB.prepare(
    `DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE expires_at <= ?1 LIMIT ?2)
     RETURNING id, picture_key`,
  )
    .bind(timestamp(), BATCH)
    .all<Pick<UploadRow, "id" | "picture_key">>();
  for (const key of new Set(results.map(keyOf))) await deletePicture(env, key);
}

async function deletePicture(env: Env, key: string): Promise<void> {
  const named = await env.DB.prepare("SELECT 1 FROM uploads WHERE picture_key = ?1 LIMIT 1").bind(key).first();
  if (named !== null) return;
  // Each upload writes its picture before its row: a recently written picture may be in use.
  const object = await env.MEDIA.head(key);
  if (object !== null && object.uploaded.getTime() <= Date.now() - pictureGraceSeconds(env) * 1000) await env.MEDIA.delete(key);
}
