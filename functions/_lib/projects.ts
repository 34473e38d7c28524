/** An owner's scene tables as a list: begun, deleted, restored. What is in a table, others know. */

import type { ProjectRequest, ProjectSummary } from "../_generated/contract.d.ts";
import { newId } from "./id.ts";
import { restorableSince } from "./library.ts";
import { ProblemError } from "./problem.ts";
import { withSettings } from "./scene-cells.ts";
import { timestamp } from "./time.ts";

const MOST_PROJECTS = 200;

/** Begins a table, or finds the one that the same key has begun. Returns its id. Throws too-many. */
export async function beginProject(
  db: D1Database,
  owner: string,
  { title, settings }: ProjectRequest,
  key: string | undefined,
): Promise<string> {
  const id = newId();
  const [, found] = await db.batch<{ id: string }>([
    db
      .prepare(
        `INSERT INTO projects (id, owner, title, settings, idempotency_key, created_at, updated_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6
         WHERE (SELECT COUNT(*) FROM projects WHERE owner = ?2 AND deleted_at IS NULL) < ?7
           AND NOT EXISTS (SELECT 1 FROM projects WHERE owner = ?2 AND idempotency_key = ?5)`,
      )
      .bind(
        id,
        owner,
        title ?? "",
        JSON.stringify(withSettings(settings)),
        key ?? null,
        timestamp(),
        MOST_PROJECTS,
      ),
    db
      .prepare("SELECT id FROM projects WHERE id = ?1 OR (owner = ?2 AND idempotency_key = ?3)")
      .bind(id, owner, key ?? null),
  ]);
  const begun = found?.results[0]?.id;
  if (begun === undefined) throw new ProblemError("too-many");
  return begun;
}

export async function listProjects(db: D1Database, owner: string, isDeleted: boolean): Promise<ProjectSummary[]> {
  const which = isDeleted ? "deleted_at > ?3" : "deleted_at IS NULL AND ?3 = ?3";
  const made = "jobs.project_id = projects.id AND jobs.owner = ?1 AND jobs.deleted_at IS NULL";
  const clip = `${made} AND jobs.status = 'succeeded' AND jobs.video_key IS NOT NULL`;
  const isThere = "EXISTS (SELECT 1 FROM scenes WHERE project_id = projects.id AND id = jobs.scene_id AND is_removed = 0)";
  const { results } = await db
    .prepare(
      `SELECT id, title, revision, created_at, updated_at, deleted_at,
         (SELECT COUNT(*) FROM scenes WHERE project_id = projects.id AND is_removed = 0) AS scenes,
         (SELECT COUNT(DISTINCT scene_id) FROM jobs WHERE ${clip} AND ${isThere}) AS delivered,
         (SELECT COUNT(*) FROM jobs WHERE ${made} AND status IN ('queued', 'running')) AS open,
         (SELECT COALESCE(SUM(billed_micro_won), 0) FROM jobs WHERE project_id = projects.id AND owner = ?1)
           AS billed_micro_won,
         (SELECT id FROM jobs WHERE ${clip} AND poster_key IS NOT NULL ORDER BY scene_number, id DESC LIMIT 1)
           AS poster_job
       FROM projects WHERE owner = ?1 AND ${which} ORDER BY updated_at DESC, id DESC LIMIT ?2`,
    )
    .bind(owner, MOST_PROJECTS, restorableSince())
    .all<ProjectSummary>();
  return results;
}

/** Throws project-not-found. Its jobs go on, and its clips stay in the library. */
export async function deleteProject(db: D1Database, owner: string, id: string): Promise<void> {
  const deleted = await db
    .prepare("UPDATE projects SET deleted_at = ?3 WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL RETURNING id")
    .bind(id, owner, timestamp())
    .first();
  if (deleted === null) throw new ProblemError("project-not-found");
}

/** Throws project-not-found for one that was not deleted lately. Idempotent. */
export async function restoreProject(db: D1Database, owner: string, id: string): Promise<void> {
  const restored = await db
    .prepare(
      `UPDATE projects SET deleted_at = NULL WHERE id = ?1 AND owner = ?2
         AND (deleted_at IS NULL OR deleted_at > ?3) RETURNING id`,
    )
    .bind(id, owner, restorableSince())
    .first();
  if (restored === null) throw new ProblemError("project-not-found");
}
