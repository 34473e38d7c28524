/**
 * What an owner does with clips that are there: names them, keeps them longer, deletes and restores several at once.
 *
 * A favourite lives by a later `expires_at`, and its pictures with it. Each change is one conditional statement, so what
 * is sent twice changes nothing more.
 */

import { FAVORITE_DAYS, MAX_FAVORITES, RETENTION_DAYS } from "../_generated/constants.ts";
import type { BulkChange, BulkChanged } from "../_generated/contract.d.ts";
import { restorableSince, searchText } from "./library.ts";
import { ProblemError } from "./problem.ts";
import { type JobRow, requestOf } from "./row.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

type Action = BulkChange["action"];

/** A clip that is no favourite any more is kept for a day, however old it is. */
const GRACE_DAYS = 1;
const ASKED = "owner = ?1 AND kind = 'clip' AND id IN (SELECT value FROM json_each(?2))";
const ENDED = "status IN ('succeeded', 'failed', 'canceled')";
const ARE_FAVORITES = "(SELECT COUNT(*) FROM jobs WHERE owner = ?1 AND is_favorite = 1 AND deleted_at IS NULL)";

/** What each action writes, for which of the asked jobs, and the state that it leaves. */
const ACTIONS: Record<Action, { statement: string; more: () => (string | number)[]; done: string }> = {
  delete: {
    statement: `UPDATE jobs SET deleted_at = ?3, version = version + 1
      WHERE ${ASKED} AND deleted_at IS NULL AND ${ENDED}`,
    more: () => [timestamp()],
    done: "deleted_at IS NOT NULL AND purged_at IS NULL",
  },
  restore: {
    statement: `UPDATE jobs SET deleted_at = NULL, version = version + 1
      WHERE ${ASKED} AND purged_at IS NULL AND deleted_at > ?3`,
    more: () => [restorableSince()],
    done: "deleted_at IS NULL",
  },
  favorite: {
    statement: `UPDATE jobs SET is_favorite = 1, version = version + 1, expires_at = ${daysAfterCreation("?3")}
      WHERE id IN (SELECT id FROM jobs WHERE ${ASKED} AND is_favorite = 0 AND deleted_at IS NULL
        AND status = 'succeeded' ORDER BY id LIMIT MAX(0, ?4 - ${ARE_FAVORITES}))`,
    more: () => [`+${FAVORITE_DAYS} days`, MAX_FAVORITES],
    done: "deleted_at IS NULL AND is_favorite = 1",
  },
  unfavorite: {
    statement: `UPDATE jobs SET is_favorite = 0, version = version + 1,
        expires_at = MAX(?4, ${daysAfterCreation("?3")})
      WHERE ${ASKED} AND is_favorite = 1 AND deleted_at IS NULL`,
    more: () => [`+${RETENTION_DAYS} days`, inSeconds(GRACE_DAYS * DAY_SECONDS)],
    done: "deleted_at IS NULL AND is_favorite = 0",
  },
};

/** As the wire writes times. */
function daysAfterCreation(days: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', created_at, ${days})`;
}

/** Does the action to each of the jobs that allow it, and says which are now as it wants them. */
export async function changeSeveral(db: D1Database, owner: string, { action, ids }: BulkChange): Promise<BulkChanged> {
  const { statement, more, done } = ACTIONS[action];
  const asked = JSON.stringify(ids);
  const statements = [db.prepare(statement).bind(owner, asked, ...more())];
  if (action === "favorite") statements.push(keepPictures(db, owner, asked));
  statements.push(db.prepare(`SELECT id FROM jobs WHERE ${ASKED} AND ${done}`).bind(owner, asked));
  const results = await db.batch<{ id: string }>(statements);
  const found = new Set(results.at(-1)?.results.map(({ id }) => id));
  return { done: ids.filter((id) => found.has(id)), left: ids.filter((id) => !found.has(id)) };
}

/** A picture is there for as long as a job that was made from it may be made again. */
function keepPictures(db: D1Database, owner: string, asked: string): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE uploads SET expires_at = MAX(expires_at, (
         SELECT MAX(jobs.expires_at) FROM job_uploads JOIN jobs ON jobs.id = job_uploads.job_id
         WHERE job_uploads.upload_id = uploads.id AND jobs.is_favorite = 1))
       WHERE owner = ?1 AND id IN (SELECT upload_id FROM job_uploads JOIN jobs ON jobs.id = job_uploads.job_id
         WHERE jobs.owner = ?1 AND jobs.is_favorite = 1 AND job_id IN (SELECT value FROM json_each(?2)))`,
    )
    .bind(owner, asked);
}

/** Throws job-not-finished for what is no clip yet, and too-many. */
export async function favor(db: D1Database, row: JobRow, isFavorite: boolean): Promise<void> {
  const action = isFavorite ? "favorite" : "unfavorite";
  const { done } = await changeSeveral(db, row.owner, { action, ids: [row.id] });
  if (done.length === 1) return;
  throw new ProblemError(row.status === "succeeded" ? "too-many" : "job-not-finished");
}

/** An empty title takes the name away. */
export async function rename(db: D1Database, row: JobRow, to: string): Promise<void> {
  const title = to.normalize("NFC").trim() || null;
  await db
    .prepare("UPDATE jobs SET title = ?2, search = ?3, version = version + 1 WHERE id = ?1 AND deleted_at IS NULL")
    .bind(row.id, title, searchText(title, row.picture_name, requestOf(row).prompt))
    .run();
}
