/** Opens a table of scenes and keeps it: in this browser at once, at the server as soon as the typing rests. What another
 * device has changed meanwhile is put together with it, cell by cell. It draws nothing. */

import type { Problem, Project, ProjectChange, ProjectChanged, Scene, SceneSettings } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { changesOf, isNothing, rebased } from "../scenes/merge";
import { type Row, rowOf } from "../scenes/rows";
import { onReturn } from "./identity";
import { IndexedStore } from "./indexed-store";
import { isOnline } from "./notices";
import { batch, refreshRows, showTable, standings, type Table, table } from "./scene-table";
import { Store } from "./store";

export type Saving = "saved" | "saving" | "offline" | "failed";

/** What the server has, as far as it is known here. */
interface Base {
  revision: number;
  title: string;
  settings: SceneSettings;
  rows: readonly Row[];
}

/** What is not saved yet, with what it was written upon. */
interface Unsaved {
  key: string;
  at: number;
  base: Base;
  mine: Table;
}

export const saving = new Store<Saving>("saved");
/** Why it cannot be saved, or opened. */
export const saveProblem = new Store<Problem | null>(null);
/** Texts of another device that were written over, by scene and cell. */
export const overwritten = new Store<ProjectChanged["overwritten"]>([]);

const REST_MS = 600;
const KEEP_MS = 120;
const AGAIN_MS = 4_000;
const kept = new IndexedStore<Unsaved>("clipwright-scenes", "unsaved");
/** This tab's; each table that it leaves unsaved has an entry of its own. */
const tab = crypto.randomUUID();

let base: Base | null = null;
let etag: string | null = null;
let resting: ReturnType<typeof setTimeout> | undefined;
let keeping: ReturnType<typeof setTimeout> | undefined;
let isSending = false;
let isFollowing = false;
/** Grows with each table that is opened: answers for one that was left are worthless. */
let generation = 0;

/** Opens a table; null closes the open one. What this browser has kept of it goes on top. */
export async function openTable(id: string | null): Promise<void> {
  follow();
  await keepNow();
  const mine = ++generation;
  base = null;
  etag = null;
  saveProblem.set(null);
  saving.set("saved");
  showTable(null);
  if (id === null) return;
  const left = ((await kept.all()) ?? []).filter((one) => one.mine.id === id).sort((a, b) => a.at - b.at);
  try {
    const { body, etag: tag } = await call<Project>(`/api/projects/${id}`);
    if (mine !== generation || body === null) return;
    etag = tag;
    takeProject(body);
    for (const one of left) putOnTop(one);
    for (const one of left) if (one.key !== keyOf(id)) await kept.delete(one.key);
    await keepNow();
    saveSoon(0);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (mine !== generation) return;
    const last = left.at(-1);
    if (!error.unreachable || last === undefined) {
      saveProblem.set(error.problem);
      return;
    }
    base = last.base; // offline: what is kept can be gone on with
    showTable(last.mine);
    saving.set("offline");
  }
}

/** Asks for what has changed since, where nothing is being saved. */
export async function refreshTable(): Promise<void> {
  const now = table.value;
  const mine = generation;
  if (now === null || isSending || base === null) return;
  try {
    const answer = await call<Project>(`/api/projects/${now.id}`, etag ? { headers: { "if-none-match": etag } } : {});
    if (mine !== generation || isSending || answer.body === null) return;
    etag = answer.etag;
    takeProject(answer.body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Resolves once what is shown is saved, or cannot be. */
export async function saveNow(): Promise<boolean> {
  clearTimeout(resting);
  while (isSending) await new Promise((done) => setTimeout(done, 30));
  await save();
  return saving.value === "saved";
}

function follow(): void {
  if (isFollowing) return;
  isFollowing = true;
  table.watch(() => {
    if (base === null || !isUnsaved()) return;
    if (saving.value === "saved") saving.set(isOnline.value ? "saving" : "offline");
    keeping ??= setTimeout(() => void keepNow(), KEEP_MS);
    saveSoon(REST_MS);
  });
  onReturn(() => saveSoon(0));
  isOnline.watch(() => {
    if (isOnline.value) saveSoon(0);
    else if (saving.value === "saving") saving.set("offline");
  });
  for (const kind of ["pagehide", "visibilitychange"]) addEventListener(kind, () => void keepNow(), { capture: true });
}

function keyOf(id: string): string {
  return `${id} ${tab}`;
}

function isUnsaved(): boolean {
  const now = table.value;
  return now !== null && base !== null && changeOf(base, now) !== null;
}

/** Keeps what is not saved in this browser, or forgets it where all is saved. */
async function keepNow(): Promise<void> {
  clearTimeout(keeping);
  keeping = undefined;
  const mine = table.value;
  if (mine === null || base === null) return;
  const key = keyOf(mine.id);
  if (isUnsaved()) await kept.put(key, { key, at: Date.now(), base, mine });
  else await kept.delete(key);
}

function saveSoon(afterMs: number): void {
  clearTimeout(resting);
  resting = setTimeout(() => void save(), afterMs);
}

async function save(): Promise<void> {
  const now = table.value;
  const mine = generation;
  if (now === null || base === null || isSending) return;
  const body = changeOf(base, now);
  if (body === null) {
    saving.set("saved");
    return keepNow();
  }
  isSending = true;
  saving.set(isOnline.value ? "saving" : "offline");
  try {
    const { body: answer } = await call<ProjectChanged>(`/api/projects/${now.id}`, { method: "PATCH", body });
    if (mine === generation && answer) takeChanged(now, answer);
    saveProblem.set(null);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (mine !== generation) return;
    saving.set(error.unreachable ? "offline" : "failed");
    if (!error.unreachable) saveProblem.set(error.problem);
    if (error.unreachable || error.problem.retryable) saveSoon(AGAIN_MS);
    return;
  } finally {
    isSending = false;
  }
  await keepNow();
  if (isUnsaved()) saveSoon(REST_MS);
  else saving.set("saved");
}

/** What is to be saved; null where nothing is. */
function changeOf(before: Base, now: Table): ProjectChange | null {
  const changes = changesOf(before.rows, now.rows);
  const settings = partChanged(before.settings, now.settings);
  if (isNothing(changes) && settings === null && before.title === now.title) return null;
  const rows = changes.rows.map(({ id, ...cells }) => ({ id, cells }));
  return {
    base_revision: before.revision,
    rows,
    removed: changes.removed,
    ...(changes.order ? { order: changes.order } : {}),
    ...(settings ? { settings } : {}),
    ...(before.title === now.title ? {} : { title: now.title }),
  } as ProjectChange;
}

function partChanged(before: SceneSettings, now: SceneSettings): Partial<SceneSettings> | null {
  const names = (Object.keys(now) as (keyof SceneSettings)[]).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]),
  );
  return names.length === 0 ? null : (Object.fromEntries(names.map((name) => [name, now[name]])) as Partial<SceneSettings>);
}

/** The whole table as the server has it: what is not saved here stays on top. */
function takeProject({ id, title, settings, revision, scenes, batch: newest }: Project): void {
  const before = base;
  const rows = alike(before?.rows ?? [], scenes.map(rowOf));
  base = { revision, title, settings, rows };
  if (table.value === null) showTable({ id, title, settings, rows });
  else if (before) goOn(before, base);
  standings.set(new Map(scenes.map((scene) => [scene.id, scene])));
  batch.set(newest);
}

/** The answer to a change: what has changed since the revision that it was written upon, ours too. */
function takeChanged(sent: Table, { revision, title, settings, order, rows, removed, overwritten: lost }: ProjectChanged): void {
  const told = new Map(rows.map((scene) => [scene.id, rowOf(scene)]));
  const gone = new Set(removed);
  const own = new Map(sent.rows.map((row) => [row.id, row]));
  const there = order.flatMap((id) => (gone.has(id) ? [] : (told.get(id) ?? own.get(id) ?? [])));
  const before: Base = { revision, title: sent.title, settings: sent.settings, rows: sent.rows };
  base = { revision, title, settings, rows: alike(sent.rows, there) };
  goOn(before, base);
  standings.update((now) => withScenes(now, rows, gone));
  if (lost.length > 0) overwritten.set(lost);
}

function withScenes(now: ReadonlyMap<string, Scene>, rows: readonly Scene[], gone: ReadonlySet<string>): ReadonlyMap<string, Scene> {
  const all = new Map([...now].filter(([id]) => !gone.has(id)));
  for (const scene of rows) all.set(scene.id, scene);
  return all;
}

/** Puts what was changed here since `before` upon what the server has now. */
function goOn(before: Base, theirs: Base): void {
  const mine = table.value;
  if (mine === null) return;
  const rows = alike(mine.rows, rebased(before.rows, mine.rows, theirs.rows));
  const settings = { ...theirs.settings, ...partChanged(before.settings, mine.settings) };
  const title = mine.title === before.title ? theirs.title : mine.title;
  refreshRows({ title, rows, settings: JSON.stringify(settings) === JSON.stringify(mine.settings) ? mine.settings : settings });
}

function putOnTop(left: Unsaved): void {
  const now = table.value;
  if (now === null || base === null) return;
  const rows = alike(now.rows, rebased(left.base.rows, left.mine.rows, now.rows));
  const settings = { ...now.settings, ...partChanged(left.base.settings, left.mine.settings) };
  refreshRows({ rows, settings, title: left.mine.title === left.base.title ? now.title : left.mine.title });
}

/** The same rows, and where one is as it was, the very object: what has not changed is not drawn anew. */
function alike(before: readonly Row[], now: readonly Row[]): readonly Row[] {
  const known = new Map(before.map((row) => [row.id, row]));
  const rows = now.map((row) => {
    const old = known.get(row.id);
    return old && isSame(old, row) ? old : row;
  });
  return rows.length === before.length && rows.every((row, index) => row === before[index]) ? before : rows;
}

function isSame(one: Row, other: Row): boolean {
  return (Object.keys(one) as (keyof Row)[]).every((name) => one[name] === other[name] || JSON.stringify(one[name]) === JSON.stringify(other[name]));
}
