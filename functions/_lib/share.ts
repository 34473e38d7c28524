/**
 * Links that open one clip for whoever has them, without a session: until a time, until its owner ends it, and never
 * longer than the clip. The database holds the SHA-256 of a token alone. A link knows neither prompt nor owner.
 */

import type { Share } from "../_generated/contract.d.ts";
import { ALPHABET } from "./id.ts";
import { sha256 } from "./log.ts";
import { ProblemError } from "./problem.ts";
import type { JobRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

const LETTERS = 32; // 160 bits of chance
const FORM = /^[0-9a-z]{32}$/;

/** Makes a link, and ends the one of before. Throws job-not-finished for what is no clip. */
export async function share(db: D1Database, row: JobRow, days: number): Promise<Share> {
  const chance = crypto.getRandomValues(new Uint8Array(LETTERS));
  const token = [...chance].map((byte) => ALPHABET[byte & 31]).join("");
  const wanted = inSeconds(days * DAY_SECONDS);
  const shared = await db
    .prepare(
      `UPDATE jobs SET share_hash = ?2, shared_until = MIN(?3, expires_at), version = version + 1
       WHERE id = ?1 AND deleted_at IS NULL AND video_key IS NOT NULL RETURNING shared_until`,
    )
    .bind(row.id, await sha256(token), wanted)
    .first<{ shared_until: string }>();
  if (shared === null) throw new ProblemError("job-not-finished");
  return { path: `/api/shared/${token}`, ends_at: shared.shared_until };
}

/** Ends the clip's link, where it has one. */
export async function unshare(db: D1Database, row: JobRow): Promise<void> {
  await db
    .prepare(
      `UPDATE jobs SET share_hash = NULL, shared_until = NULL, version = version + 1
       WHERE id = ?1 AND share_hash IS NOT NULL`,
    )
    .bind(row.id)
    .run();
}

/** The clip that a link opens. Throws job-not-found for an unknown and an ended link alike. */
export async function sharedClip(db: D1Database, token: unknown): Promise<JobRow> {
  const row =
    typeof token === "string" && FORM.test(token)
      ? await db
          .prepare(
            `SELECT * FROM jobs WHERE share_hash = ?1 AND shared_until > ?2 AND deleted_at IS NULL
               AND video_key IS NOT NULL`,
          )
          .bind(await sha256(token), timestamp())
          .first<JobRow>()
      : null;
  if (row === null) throw new ProblemError("job-not-found", NO_LINK);
  return row;
}

const NO_LINK = { ko: "공유가 끝났거나 없는 링크예요.", en: "This link has ended or never was." };
