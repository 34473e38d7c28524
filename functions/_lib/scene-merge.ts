/**
 * A change of a scene table over what others have written meanwhile: of each cell the last writer wins, and whatever that
 * replaces unseen is named. It reads and writes no database.
 */

import { EMPTY_CELLS, MAX_SCENES } from "../_generated/constants.ts";
import type { Overwritten, ProjectChange, SceneCells, SceneSettings } from "../_generated/contract.d.ts";
import { ProblemError } from "./problem.ts";
import { changesOf, FIRST_SETTINGS } from "./scene-cells.ts";

/** Name of a cell → the revision that wrote it last. */
export type ChangedIn = Record<string, number>;

export interface MergedScene {
  id: string;
  position: number;
  cells: SceneCells;
  changed_in: ChangedIn;
  revision: number;
  is_removed: boolean;
}

export interface MergedTable {
  title: string;
  settings: SceneSettings;
  changed_in: ChangedIn;
  revision: number;
  /** Removed ones included; in the order of their positions. */
  scenes: readonly MergedScene[];
}

export interface Merge {
  /** The table afterwards; the same object where nothing has changed. */
  table: MergedTable;
  /** Those whose row differs now. */
  written: readonly MergedScene[];
  overwritten: Overwritten[];
}

/** Throws too-many-scenes. */
export function merge(before: MergedTable, change: ProjectChange): Merge {
  const revision = before.revision + 1;
  const base = change.base_revision;
  const overwritten: Overwritten[] = [];
  const scenes = new Map(before.scenes.map((scene) => [scene.id, scene]));
  let last = Math.max(0, ...before.scenes.map(({ position }) => position));

  for (const { id, cells } of change.rows ?? []) {
    const known = scenes.get(id);
    const scene: MergedScene = known ?? { id, position: ++last, cells: EMPTY_CELLS, changed_in: {}, revision, is_removed: false };
    const changes = changesOf(scene.cells, cells, EMPTY_CELLS);
    if (known?.is_removed && known.revision > base) overwritten.push(ofScene(known, null));
    const names = Object.keys(changes);
    for (const name of names) {
      if ((scene.changed_in[name] ?? 0) > base) overwritten.push(ofScene(scene, name));
    }
    if (known !== undefined && names.length === 0 && !known.is_removed) continue;
    const changed_in = { ...scene.changed_in, ...Object.fromEntries(names.map((name) => [name, revision])) };
    // One that comes back stands at the end, unless the change's order says where.
    const position = known?.is_removed ? ++last : scene.position;
    scenes.set(id, { ...scene, position, cells: { ...scene.cells, ...changes }, changed_in, revision, is_removed: false });
  }
  for (const id of change.removed ?? []) {
    const scene = scenes.get(id);
    if (scene === undefined || scene.is_removed) continue;
    if (scene.revision > base && scene.revision < revision) overwritten.push(ofScene(scene, null));
    scenes.set(id, { ...scene, revision, is_removed: true });
  }
  const live = inOrder([...scenes.values()].filter(({ is_removed }) => !is_removed), change.order ?? null);
  if (live.length > MAX_SCENES) throw new ProblemError("too-many-scenes");
  live.forEach((scene, index) => {
    if (scene.position !== index + 1) scenes.set(scene.id, { ...scene, position: index + 1 });
  });

  const settings = changesOf(before.settings, change.settings ?? {}, FIRST_SETTINGS);
  const title = change.title ?? before.title;
  const named = [...Object.keys(settings), ...(title === before.title ? [] : ["title"])];
  for (const name of named) {
    if ((before.changed_in[name] ?? 0) <= base) continue;
    const isTitle = name === "title";
    const was = { settings: isTitle ? null : before.settings, title: isTitle ? before.title : null };
    overwritten.push({ scene: null, cell: name, before: null, ...was });
  }

  const unchanged = new Set(before.scenes);
  const written = [...scenes.values()].filter((scene) => !unchanged.has(scene));
  if (written.length === 0 && named.length === 0) return { table: before, written, overwritten: [] };
  const all = [...scenes.values()].sort((one, other) => one.position - other.position);
  return {
    table: {
      title,
      settings: { ...before.settings, ...settings },
      changed_in: { ...before.changed_in, ...Object.fromEntries(named.map((name) => [name, revision])) },
      revision,
      scenes: all,
    },
    written,
    overwritten,
  };
}

/** As the sender orders them. One that the sender did not know stays behind the one that it stood behind. */
function inOrder(live: readonly MergedScene[], order: readonly string[] | null): MergedScene[] {
  const byPlace = [...live].sort((one, other) => one.position - other.position);
  if (order === null) return byPlace;
  const known = new Map(live.map((scene) => [scene.id, scene]));
  const sorted = [...new Set(order)].flatMap((id) => known.get(id) ?? []);
  const named = new Set(sorted);
  byPlace.forEach((scene, index) => {
    if (named.has(scene)) return;
    const neighbour = byPlace[index - 1];
    sorted.splice(neighbour === undefined ? 0 : sorted.indexOf(neighbour) + 1, 0, scene);
  });
  return sorted;
}

function ofScene({ id, cells }: MergedScene, cell: string | null): Overwritten {
  return { scene: id, cell, before: cells, settings: null, title: null };
}
