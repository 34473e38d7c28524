/**
 * Reads a scene table: the project, its scenes in their order, and what was made from each. It changes nothing.
 */

import { MAX_SHOWN_VERSIONS } from "../_generated/constants.ts";
import type {
  JobRequest,
  JobStatus,
  Project,
  Scene,
  SceneState,
  SceneVersion,
} from "../_generated/contract.d.ts";
import { type BatchRow, batchNowOf, selectBatchOfProject } from "./batch-row.ts";
import { isId } from "./id.ts";
import { ProblemError } from "./problem.ts";
import { DRAFT, cellsOf, settingsOf } from "./scene-cells.ts";
import type { ChangedIn, MergedScene, MergedTable } from "./scene-merge.ts";
import { hashOfScene, qualityOf } from "./scene-request.ts";

export interface ProjectRow {
  id: string;
  owner: string;
  title: string;
  settings: string;
  changed_in: string;
  revision: number;
  orders: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
}

interface SceneRow {
  id: string;
  position: number;
  cells: string;
  changed_in: string;
  revision: number;
  is_removed: number;
}

/** A job that was made from a scene, without its texts. */
export interface VersionRow {
  id: string;
  batch_id: string | null;
  scene_id: string;
  status: JobStatus;
  paused_at: string | null;
  preset: JobRequest["preset"];
  tier: JobRequest["tier"];
  seconds: JobRequest["seconds"];
  seed: number;
  input_hash: string | null;
  created_at: string;
  estimate_micro_won: number;
  billed_micro_won: number | null;
  /** Of all versions of the scene. */
  billed_of_scene: number;
  problem_slug: string | null;
  poster_key: string | null;
  video_key: string | null;
}

export interface Table extends MergedTable {
  project: ProjectRow;
  /** By scene, the newest first. */
  versions: ReadonlyMap<string, readonly VersionRow[]>;
  batch: BatchRow | undefined;
}

const FOUND = "FROM projects WHERE id = ?1 AND owner = ?2 AND deleted_at IS NULL";

/** Throws project-not-found for an unknown, deleted or foreign id alike. */
export async function readTable(db: D1Database, owner: string, id: unknown): Promise<Table> {
  if (!isId(id)) throw new ProblemError("project-not-found");
  const [projects, scenes, versions, batches] = await db.batch([
    db.prepare(`SELECT * ${FOUND}`).bind(id, owner),
    db
      .prepare(
        `SELECT id, position, cells, changed_in, revision, is_removed FROM scenes
         WHERE project_id = (SELECT id ${FOUND}) ORDER BY position, id`,
      )
      .bind(id, owner),
    selectVersions(db, id, owner),
    selectBatchOfProject(db, id, owner),
  ]);
  const project = projects?.results[0] as ProjectRow | undefined;
  if (project === undefined) throw new ProblemError("project-not-found");
  const byScene = new Map<string, VersionRow[]>();
  for (const version of (versions?.results ?? []) as VersionRow[]) {
    byScene.set(version.scene_id, [...(byScene.get(version.scene_id) ?? []), version]);
  }
  return {
    project,
    title: project.title,
    settings: settingsOf(project.settings),
    changed_in: JSON.parse(project.changed_in) as ChangedIn,
    revision: project.revision,
    scenes: ((scenes?.results ?? []) as SceneRow[]).map(sceneOf),
    versions: byScene,
    batch: batches?.results[0] as BatchRow | undefined,
  };
}

function sceneOf({ id, position, cells, changed_in, revision, is_removed }: SceneRow): MergedScene {
  return {
    id,
    position,
    cells: cellsOf(cells),
    changed_in: JSON.parse(changed_in) as ChangedIn,
    revision,
    is_removed: is_removed === 1,
  };
}

/** A few of each scene, the newest first, and the one that its owner chose. */
function selectVersions(db: D1Database, project: string, owner: string): D1PreparedStatement {
  const choice = ["preset", "tier", "seconds"].map((name) => `json_extract(input, '$.${name}') AS ${name}`).join(", ");
  return db
    .prepare(
      `SELECT id, batch_id, scene_id, status, paused_at, ${choice}, seed, input_hash, created_at, estimate_micro_won,
         billed_micro_won, problem_slug, poster_key, video_key, billed_of_scene
       FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY scene_id ORDER BY id DESC) AS place,
               SUM(COALESCE(billed_micro_won, 0)) OVER (PARTITION BY scene_id) AS billed_of_scene
             FROM jobs WHERE project_id = ?1 AND owner = ?2 AND deleted_at IS NULL)
       WHERE place <= ?3 OR id IN (SELECT json_extract(cells, '$.chosen_job') FROM scenes WHERE project_id = ?1)
       ORDER BY id DESC`,
    )
    .bind(project, owner, MAX_SHOWN_VERSIONS);
}

/** What a project's answer depends on. Throws project-not-found. */
export async function etagOf(db: D1Database, owner: string, id: unknown): Promise<string> {
  if (!isId(id)) throw new ProblemError("project-not-found");
  const row = await db
    .prepare(
      `SELECT revision, (SELECT COUNT(*) || '.' || COALESCE(SUM(version), 0) FROM jobs WHERE project_id = ?1) AS jobs
       ${FOUND}`,
    )
    .bind(id, owner)
    .first<{ revision: number; jobs: string }>();
  if (row === null) throw new ProblemError("project-not-found");
  return `W/"${id}.${row.revision}.${row.jobs}"`;
}

export async function projectOf(table: Table): Promise<Project> {
  const { project, batch } = table;
  return {
    id: project.id,
    title: table.title,
    revision: table.revision,
    created_at: project.created_at,
    updated_at: project.updated_at,
    deleted_at: project.deleted_at,
    settings: table.settings,
    scenes: await scenesOf(table),
    batch: batch === undefined ? null : batchNowOf(batch),
  };
}

/** Those of the table as it stands, with their numbers; `only` leaves the others out. */
export async function scenesOf(table: Table, only: (scene: MergedScene) => boolean = () => true): Promise<Scene[]> {
  const numbered = numberedScenes(table).filter(({ scene }) => only(scene));
  return Promise.all(
    numbered.map(async ({ scene, number }) => {
      const { id, cells, revision } = scene;
      const rows = table.versions.get(id) ?? [];
      const state = await stateOfScene(table, scene);
      return {
        id,
        number,
        revision,
        cells,
        state: state.state,
        clip: chosenOf(scene, rows)?.id ?? null,
        billed_micro_won: rows[0]?.billed_of_scene ?? 0,
        versions: rows.map((row) => versionOf(row, state.hash)),
      };
    }),
  );
}

export function numberedScenes({ scenes }: MergedTable): { scene: MergedScene; number: number }[] {
  return scenes.filter(({ is_removed }) => !is_removed).map((scene, index) => ({ scene, number: index + 1 }));
}

/** The version whose clip is the scene's: the chosen one, else the newest, a final one before a draft. A chosen draft stands
 * for the final clip that was made with its seed since. */
export function chosenOf({ cells }: MergedScene, versions: readonly VersionRow[]): VersionRow | undefined {
  const clips = versions.filter(({ status, video_key }) => status === "succeeded" && video_key !== null);
  const finals = clips.filter((row) => !isDraft(row));
  const chosen = clips.find(({ id }) => id === cells.chosen_job);
  if (chosen === undefined) return finals[0] ?? clips[0];
  return (isDraft(chosen) ? finals.find(({ id, seed }) => id > chosen.id && seed === chosen.seed) : undefined) ?? chosen;
}

export function isDraft({ preset }: VersionRow): boolean {
  return preset === "draft";
}

/** The state, and the hash of what the scene says now; null where it says nothing that can be made, or nothing was. */
export async function stateOfScene(
  { settings, versions }: Pick<Table, "settings" | "versions">,
  { id, cells }: MergedScene,
): Promise<{ state: SceneState; hash: string | null }> {
  const [newest, ...older] = versions.get(id) ?? [];
  if (newest === undefined) {
    const isEmpty = cells.line.trim() === "" && cells.first_upload_id === null && cells.last_upload_id === null;
    return { state: isEmpty ? "empty" : "new", hash: null };
  }
  const hash = await hashOfScene({ settings, cells });
  const rows = [newest, ...older];
  const open = rows.filter(({ status }) => status === "queued" || status === "running");
  if (open.length > 0) {
    if (open.some(({ status }) => status === "running")) return { state: "running", hash };
    return { state: open.every(({ paused_at }) => paused_at !== null) ? "paused" : "waiting", hash };
  }
  const made = rows.filter(({ status, video_key }) => status === "succeeded" && video_key !== null);
  const isMade = (wanted: string | null) => wanted !== null && made.some(({ input_hash }) => input_hash === wanted);
  if ((cells.quality ?? settings.quality).preset === "draft") {
    for (const version of made.filter((row) => !isDraft(row))) {
      const quality = qualityOf(version as unknown as JobRequest);
      if (isMade(await hashOfScene({ settings, cells, in_place: { quality } }))) return { state: "delivered", hash };
    }
    if (isMade(hash)) return { state: "drafted", hash };
  } else if (isMade(hash)) return { state: "delivered", hash };
  if (newest.status === "failed" || newest.status === "canceled") return { state: newest.status, hash };
  const draft = await hashOfScene({ settings, cells, in_place: { quality: DRAFT } });
  return { state: isMade(draft) ? "drafted" : "changed", hash };
}

function versionOf(row: VersionRow, hash: string | null): SceneVersion {
  return {
    job_id: row.id,
    batch_id: row.batch_id,
    status: row.status,
    paused: row.paused_at !== null && row.status === "queued",
    is_draft: isDraft(row),
    is_current: hash !== null && row.input_hash === hash,
    quality: qualityOf(row as unknown as JobRequest),
    seconds: row.seconds,
    seed: row.seed,
    created_at: row.created_at,
    estimate_micro_won: row.estimate_micro_won,
    billed_micro_won: row.billed_micro_won,
    problem_type: row.problem_slug === null ? null : `/problems/${row.problem_slug}`,
    has_poster: row.poster_key !== null,
  };
}
