/** The table of scenes that is open: its rows as they are edited here, and the steps that can be taken back. It saves
 * nothing: `scene-saving.ts` does. */

import type { BatchNow, Scene, SceneSettings } from "../../../functions/_generated/contract";
import * as edits from "../scenes/edits";
import { Steps } from "../scenes/history";
import { copyOf, emptyRow, isBlank, type Row, restOf } from "../scenes/rows";
import { Store } from "./store";

export interface Table {
  id: string;
  title: string;
  settings: SceneSettings;
  rows: readonly Row[];
}

/** What a person changes; null while none is open. */
export const table = new Store<Table | null>(null);
/** What has become of each scene, as the server told it last, by id. */
export const standings = new Store<ReadonlyMap<string, Scene>>(new Map());
/** The newest press for many scenes; null where there was none. */
export const batch = new Store<BatchNow | null>(null);
/** Ids of rows that are selected. */
export const selected = new Store<ReadonlySet<string>>(new Set());
/** How many lines the last edit had no room for. */
export const leftOut = new Store(0);

/** The cells that a key can empty. */
const CLEARED: Readonly<Record<string, Partial<Row>>> = {
  line: { line: "" },
  picture: { first_upload_id: null, first_crop: null, picture_name: null },
  seconds: { seconds: null },
  quality: { quality: null },
};

let steps = new Steps<Table>();

/** Shows another table, whose steps begin anew. */
export function showTable(next: Table | null): void {
  if (next?.id !== table.value?.id) {
    steps = new Steps();
    selected.set(new Set());
    standings.set(new Map());
    batch.set(null);
  }
  table.set(next);
}

/** Puts other rows in place of those that are shown, without a step: what another device has changed. */
export function refreshRows(next: Partial<Pick<Table, "title" | "settings" | "rows">>): void {
  table.update((now) => now && { ...now, ...next });
}

/** `typing`: in which cell something is typed; each letter of it is no step of its own. */
function change(next: (now: Table) => Table, typing = ""): void {
  const now = table.value;
  if (now === null) return;
  steps.remember(now, typing);
  table.set(next(now));
}

function changeRows(next: (rows: readonly Row[]) => readonly Row[]): void {
  change((now) => ({ ...now, rows: next(now.rows) }));
}

/** Nothing is typed in any cell any more. */
export function endTyping(): void {
  steps.rest();
}

export function setTitle(title: string): void {
  change((now) => ({ ...now, title }), "title");
}

export function setSettings(part: Partial<SceneSettings>, typing = ""): void {
  change((now) => ({ ...now, settings: { ...now.settings, ...part } }), typing);
}

export function setCells(id: string, part: Partial<Row>, typing = ""): void {
  change((now) => ({ ...now, rows: edits.changed(now.rows, new Set([id]), part) }), typing && `${id} ${typing}`);
}

/** What arrived for a row, an uploaded picture say: no step of a person's. */
export function fillCells(id: string, part: Partial<Row>): void {
  table.update((now) => now && { ...now, rows: edits.changed(now.rows, new Set([id]), part) });
}

export function setMany(ids: ReadonlySet<string>, part: Partial<Row>): void {
  changeRows((rows) => edits.changed(rows, ids, part));
}

export function clearCell(id: string, cell: string): void {
  const part = CLEARED[cell];
  if (part) setCells(id, part);
}

/** Returns the new row's id; the id of the row at that place where the table is full. */
export function addScene(after: number): string {
  const rows = table.value?.rows ?? [];
  if (rows.length >= edits.MOST_SCENES) {
    leftOut.set(1);
    return rows[after]?.id ?? "";
  }
  const made = emptyRow();
  changeRows((now) => edits.inserted(now, after, [made]));
  return made.id;
}

export function duplicateScene(id: string): string {
  const rows = table.value?.rows ?? [];
  const index = rows.findIndex((row) => row.id === id);
  const row = rows[index];
  if (row === undefined || rows.length >= edits.MOST_SCENES) return id;
  const made = copyOf(row);
  changeRows((now) => edits.inserted(now, index, [made]));
  return made.id;
}

export function removeScenes(ids: ReadonlySet<string>): void {
  changeRows((rows) => edits.without(rows, ids));
  selected.update((now) => new Set([...now].filter((id) => !ids.has(id))));
}

export function moveScene(id: string, by: number): void {
  changeRows((rows) => edits.moved(rows, id, by));
}

/** Returns the new row's id; null where the table is full. */
export function splitScene(id: string, at: number): string | null {
  if ((table.value?.rows.length ?? 0) >= edits.MOST_SCENES) return null;
  const row = table.value?.rows.find((one) => one.id === id);
  if (row === undefined) return null;
  const made = restOf(row);
  changeRows((rows) => edits.split(rows, id, at, () => made));
  return made.id;
}

/** Returns the row that the line went into, and where in it; null for the first row. */
export function mergeScene(id: string): { into: string; at: number } | null {
  const found = edits.merged(table.value?.rows ?? [], id);
  if (found === null) return null;
  changeRows(() => found.rows);
  return found;
}

export function pasteLines(from: number, lines: readonly string[]): void {
  const { rows, left } = edits.filled(table.value?.rows ?? [], from, lines, emptyRow);
  changeRows(() => rows);
  leftOut.set(left);
}

/** Rows that a file brought: behind those that are there, or in their place. Blank rows at the end give way. A table without
 * a title takes the one that is given. */
export function takeRows(made: readonly Row[], isReplacing: boolean, title = ""): void {
  const now = table.value?.rows ?? [];
  const kept = isReplacing ? [] : now.slice(0, now.findLastIndex((row) => !isBlank(row)) + 1);
  const all = [...kept, ...made];
  change((before) => ({
    ...before,
    title: before.title.trim() === "" ? title : before.title,
    rows: all.slice(0, edits.MOST_SCENES),
  }));
  leftOut.set(Math.max(0, all.length - edits.MOST_SCENES));
}

export function toggleSelected(id: string): void {
  selected.update((now) => (now.has(id) ? new Set([...now].filter((one) => one !== id)) : new Set([...now, id])));
}

export function undo(): boolean {
  return take((now) => steps.back(now));
}

export function redo(): boolean {
  return take((now) => steps.forward(now));
}

/** Pictures that have arrived since stay where their row is still there. */
function take(step: (now: Table) => Table | null): boolean {
  const now = table.value;
  const found = now && step(now);
  if (found) table.set(found);
  return Boolean(found);
}
