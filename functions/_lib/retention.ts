/** Clears away what has expired or was deleted: objects in the bucket, and the words in the rows. Money rows stay. */

import type { Env } from "./env.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

/** A deleted clip can be brought back for this long. */
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
    // The words and the picture's address go; what was paid, when and for which settings stays with the ledger.
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

async function deleteUploads(env: Env): Promise<void> {
  const { results } = await env.DB.prepare("SELECT id FROM uploads WHERE expires_at <= ?1 LIMIT ?2")
    .bind(timestamp(), BATCH)
    .all<{ id: string }>();
  if (results.length === 0) return;
  // Objects first: a row without its object is found again, an object without its row never.
  await env.MEDIA.delete(results.map(({ id }) => `inputs/${id}`));
  await env.DB.batch(
    results.map(({ id }) =>
      env.DB.prepare("DELETE FROM uploads WHERE id = ?1 AND expires_at <= ?2").bind(id, timestamp()),
    ),
  );
}
