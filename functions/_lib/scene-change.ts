/**
 * Writes a change of a scene table. Of two changes at the same time one is written first, and the other is merged anew over
 * it, so nothing is lost. It decides nothing about cells: scene-merge.ts does.
 */

import { RETENTION_DAYS } from "../_generated/constants.ts";
import type { ProjectChange, ProjectChanged } from "../_generated/contract.d.ts";
import { newId } from "./id.ts";
import { ProblemError } from "./problem.ts";
import { storedCells } from "./scene-cells.ts";
import { type Merge, type MergedScene, merge } from "./scene-merge.ts";
import { readTable, scenesOf, type Table } from "./scene-table.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

/** Others may write at the same moment. */
const TRIES = 8;
/** D1 takes texts of two megabytes as a parameter. */
const CHUNK_CHARACTERS = 400_000;
const MAX_REMOVED = 400;

/** Throws project-not-found, too-many-scenes, and busy where others write without a pause. */
export async function changeTable(
  db: D1Database,
  owner: string,
  id: unknown,
  change: ProjectChange,
): Promise<ProjectChanged> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await readTable(db, owner, id);
    const merged = merge(before, change);
    if (merged.table !== before && !(await write(db, before, merged))) continue;
    return changedOf({ ...before, ...merged.table }, change.base_revision, merged);
  }
  throw new ProblemError("busy");
}

async function changedOf(table: Table, base: number, { overwritten }: Merge): Promise<ProjectChanged> {
  return {
    revision: table.revision,
    title: table.title,
    settings: table.settings,
    order: table.scenes.filter(({ is_removed }) => !is_removed).map(({ id }) => id),
    rows: await scenesOf(table, ({ revision }) => revision > base),
    removed: table.scenes.filter((scene) => scene.is_removed && scene.revision > base).map(({ id }) => id),
    overwritten,
  };
}

/** False: the table was changed meanwhile, and nothing is written. */
async function write(db: D1Database, before: Table, { table, written }: Merge): Promise<boolean> {
  const { id, owner } = before.project;
  const writer = newId();
  const isMine = "EXISTS (SELECT 1 FROM projects WHERE id = ?1 AND writer = ?2)";
  const [mine] = await db.batch([
    db
      .prepare(
        `UPDATE projects SET title = ?4, settings = ?5, changed_in = ?6, revision = revision + 1, writer = ?2,
           updated_at = ?7
         WHERE id = ?1 AND revision = ?3 AND deleted_at IS NULL RETURNING id`,
      )
      .bind(
        id,
        writer,
        before.revision,
        table.title,
        JSON.stringify(table.settings),
        JSON.stringify(table.changed_in),
        timestamp(),
      ),
    ...chunksOf(written).map((rows) =>
      db
        .prepare(
          `INSERT INTO scenes (project_id, id, position, cells, changed_in, revision, is_removed)
           SELECT ?1, value ->> '$.id', value ->> '$.position', value ->> '$.cells', value ->> '$.changed_in',
             value ->> '$.revision', value ->> '$.is_removed' FROM json_each(?3) WHERE ${isMine}
           ON CONFLICT (project_id, id) DO UPDATE SET position = excluded.position, cells = excluded.cells,
             changed_in = excluded.changed_in, revision = excluded.revision, is_removed = excluded.is_removed`,
        )
        .bind(id, writer, rows),
    ),
    db
      .prepare(
        `DELETE FROM scenes WHERE project_id = ?1 AND is_removed = 1 AND ${isMine} AND id NOT IN (
           SELECT id FROM scenes WHERE project_id = ?1 AND is_removed = 1 ORDER BY revision DESC, id LIMIT ?3)`,
      )
      .bind(id, writer, MAX_REMOVED),
    keepPictures(db, id, owner),
  ]);
  return (mine?.results.length ?? 0) === 1;
}

/** A picture is there for as long as somebody works on its table, and a while longer. */
function keepPictures(db: D1Database, project: string, owner: string): D1PreparedStatement {
  const picture = (which: string) =>
    `SELECT json_extract(cells, '$.${which}_upload_id') FROM scenes WHERE project_id = ?1 AND is_removed = 0`;
  return db
    .prepare(
      `UPDATE uploads SET expires_at = ?3 WHERE owner = ?2 AND expires_at > ?5 AND expires_at < ?4
         AND id IN (${picture("first")} UNION ${picture("last")})`,
    )
    .bind(
      project,
      owner,
      inSeconds((RETENTION_DAYS + 1) * DAY_SECONDS),
      inSeconds(RETENTION_DAYS * DAY_SECONDS),
      timestamp(),
    );
}

/** As JSON lists. */
function chunksOf(scenes: readonly MergedScene[]): string[] {
  const chunks: string[] = [];
  let rows: string[] = [];
  let characters = 0;
  for (const { id, position, cells, changed_in, revision, is_removed } of scenes) {
    const row = JSON.stringify({
      id,
      position,
      cells: storedCells(cells),
      changed_in: JSON.stringify(changed_in),
      revision,
      is_removed: is_removed ? 1 : 0,
    });
    if (rows.length > 0 && characters + row.length > CHUNK_CHARACTERS) {
      chunks.push(`[${rows.join(",")}]`);
      [rows, characters] = [[], 0];
    }
    rows.push(row);
    characters += row.length;
  }
  return rows.length === 0 ? chunks : [...chunks, `[${rows.join(",")}]`];
}
