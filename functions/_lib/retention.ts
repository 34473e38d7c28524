/**
 * Removes expired and deleted clips and pictures: first the row says so, then the objects go. Money rows stay.
 *
 * `clearing` names what is to be deleted from the bucket; triggers write it in the statement that gives a row up
 * (migration 0005), so nothing that can still be restored loses its objects, and no object is forgotten.
 */

import { type Env, pictureGraceSeconds } from "./env.ts";
import { restorableSince } from "./library.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";
import { PLACE_SECONDS } from "./upload.ts";

const BATCH = 50;
const TRY_AGAIN_SECONDS = 600;

/** Each step by itself: one that fails is logged and keeps no other waiting. */
export async function clearExpired(env: Env): Promise<void> {
  for (const step of [purgeJobs, forgetTables, expireUploads, giveUpPlaces, clearObjects, forgetCounts]) {
    try {
      await step(env);
    } catch (error) {
      logFailure(step.name, error);
    }
  }
}

async function purgeJobs({ DB }: Env): Promise<void> {
  await DB.prepare(
    `UPDATE jobs SET ${PURGED} WHERE purged_at IS NULL AND id IN (
       SELECT id FROM (SELECT id FROM jobs WHERE purged_at IS NULL AND expires_at <= ?1
         AND status IN ('succeeded', 'failed', 'canceled') ORDER BY expires_at LIMIT ?3)
       UNION ALL
       SELECT id FROM (SELECT id FROM jobs WHERE purged_at IS NULL AND deleted_at IS NOT NULL AND deleted_at <= ?2
         ORDER BY deleted_at LIMIT ?3))`,
  )
    .bind(timestamp(), restorableSince(), BATCH)
    .run();
}

/** Scene tables that were deleted long enough ago. Their scenes go with them. */
async function forgetTables({ DB }: Env): Promise<void> {
  await DB.prepare(
    "DELETE FROM projects WHERE id IN (SELECT id FROM projects WHERE deleted_at <= ?1 ORDER BY deleted_at LIMIT ?2)",
  )
    .bind(restorableSince(), BATCH)
    .run();
}

/** The columns of a job that is given up at ?1. The texts go; price, time and settings stay with the ledger. */
export const PURGED = `purged_at = ?1, deleted_at = COALESCE(deleted_at, ?1), inputs = '[]', resolved = NULL,
       video = NULL, video_key = NULL, poster = NULL, poster_key = NULL, problem_detail = NULL, version = version + 1,
       input = json_remove(json_set(input, '$.prompt', '-'), '$.negative_prompt')`;

async function expireUploads({ DB }: Env): Promise<void> {
  await DB.prepare(
    "DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
  )
    .bind(timestamp(), BATCH)
    .run();
}

/** Uploads whose request died on the way: their place is free again, and their file goes. */
async function giveUpPlaces({ DB }: Env): Promise<void> {
  const late = inSeconds(-PLACE_SECONDS);
  await DB.batch([
    DB.prepare(
      `INSERT INTO clearing (target, due_at) SELECT 'inputs/raw/' || id, created_at FROM incoming_uploads
       WHERE created_at <= ?1 ON CONFLICT (target) DO NOTHING`,
    ).bind(late),
    DB.prepare("DELETE FROM incoming_uploads WHERE created_at <= ?1").bind(late),
  ]);
}

/** Deletes what is due, the oldest first. What cannot be deleted is due again later, behind everything else. */
export async function clearObjects(env: Env): Promise<void> {
  const { results } = await env.DB.prepare("SELECT target FROM clearing WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2")
    .bind(timestamp(), BATCH)
    .all<{ target: string }>();
  for (const { target } of results) {
    try {
      await clear(env, target);
    } catch (error) {
      logFailure(target, error);
      await postpone(env, target, inSeconds(TRY_AGAIN_SECONDS));
    }
  }
}

async function clear(env: Env, target: string): Promise<void> {
  if (target.endsWith("/")) {
    await deleteObjects(env.MEDIA, target);
  } else {
    // Equal pictures are one object: while a row names it, another upload still shows it.
    const named = "EXISTS (SELECT 1 FROM uploads WHERE picture_key = ?1)";
    const kept = await env.DB.prepare(`DELETE FROM clearing WHERE target = ?1 AND ${named} RETURNING target`)
      .bind(target)
      .first();
    if (kept !== null) return;
    // Each upload writes its picture before its row: a recently written picture may be in use.
    const object = await env.MEDIA.head(target);
    const safeAt = (object?.uploaded.getTime() ?? 0) + pictureGraceSeconds(env) * 1_000;
    if (object !== null && safeAt > Date.now()) return postpone(env, target, timestamp(safeAt));
    await env.MEDIA.delete(target);
  }
  await env.DB.prepare("DELETE FROM clearing WHERE target = ?1").bind(target).run();
}

async function postpone({ DB }: Env, target: string, until: string): Promise<void> {
  await DB.prepare("UPDATE clearing SET due_at = ?2 WHERE target = ?1").bind(target, until).run();
}

async function deleteObjects(media: R2Bucket, prefix: string): Promise<void> {
  let listed: R2Objects;
  do {
    listed = await media.list({ prefix });
    if (listed.objects.length > 0) await media.delete(listed.objects.map((object) => object.key));
  } while (listed.truncated);
}

async function forgetCounts({ DB }: Env): Promise<void> {
  const yesterday = inSeconds(-DAY_SECONDS);
  await DB.batch([
    DB.prepare("DELETE FROM idempotency_keys WHERE created_at < ?1").bind(yesterday),
    DB.prepare("DELETE FROM hour_totals WHERE hour < ?1").bind(yesterday),
  ]);
}

function logFailure(clearing: string, error: unknown): void {
  console.error(JSON.stringify({ clearing, trace: error instanceof Error ? error.stack : String(error) }));
}
