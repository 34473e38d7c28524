/** A script on its way into the table: read by the server, shown, and taken by a press. And pictures that are given
 * together, with the rows that they are for. It draws nothing. */

import type { PairedPictures, PicturesToPair, SceneFile, SceneFileRow } from "../../../functions/_generated/contract";
import { call } from "../api";
import { emptyRow, isBlank, type Row } from "../scenes/rows";
import { titleOf } from "../scenes/title-of";
import { scenePictures, givePictures } from "./scene-pictures";
import { fillCells, table, takeRows } from "./scene-table";
import { Store } from "./store";

/** Whether the dialog of a script is to open with the table. */
export const wantsImport = new Store(false);
/** Pictures that no scene was found for. */
export const unmatched = new Store<readonly File[]>([]);
/** Names of the pictures with which rows shall end, as their script says, until they are given. By row. */
export const lastNames = new Store<ReadonlyMap<string, string>>(new Map());
/** Numbers that rows have in their script: pictures are named after them, wherever the rows stand now. By row. */
const ownNumbers = new Map<string, string>();
let ofTable: string | undefined;

table.watch(() => {
  if (table.value?.id === ofTable) return;
  ofTable = table.value?.id;
  unmatched.set([]);
});

/** Asks what is in a file or a pasted text. Raises `Failure`. */
export async function readScript(
  script: Blob,
  name: string,
  columns: readonly string[] | null,
  heading: boolean | null = null,
): Promise<SceneFile | null> {
  const asked = new URLSearchParams();
  if (name !== "") asked.set("name", name);
  if (columns !== null) asked.set("columns", columns.join());
  if (heading !== null) asked.set("heading", heading ? "1" : "0");
  const { body } = await call<SceneFile>(`/api/scenes/read?${asked}`, { method: "POST", raw: script });
  return body;
}

/** Takes the rows of a file of that name, or of a pasted text, which has none. Returns how many rows were taken. */
export function takeScript(rows: readonly SceneFileRow[], isReplacing: boolean, name: string): number {
  const before = table.value?.rows.length ?? 0;
  const made = rows.map(rowFrom);
  rows.forEach(({ number, last_picture_name }, index) => {
    const id = made[index]?.id ?? "";
    if (number !== null) ownNumbers.set(id, number);
    if (last_picture_name !== null) lastNames.update((names) => new Map([...names, [id, last_picture_name]]));
  });
  takeRows(made, isReplacing, titleOf(name));
  const after = table.value?.rows.length ?? 0;
  return isReplacing ? after : Math.max(0, after - before) || rows.length;
}

function rowFrom(read: SceneFileRow): Row {
  const { at: _, number: __, last_picture_name: ___, ...cells } = read;
  return emptyRow(cells as Partial<Row>);
}

/** Gives pictures to the rows that want one: by name, by number, else in order, as the server pairs them. What finds no
 * row is listed. Returns how many were given. Raises `Failure`. */
export async function giveTogether(files: readonly File[]): Promise<number> {
  const pictures = files.filter(isPicture);
  const rows = table.value?.rows ?? [];
  if (rows.every(isBlank)) return addForEach(pictures);
  const lasts = await giveLasts(pictures);
  return lasts.size + (await giveFirsts(pictures.filter((file) => !lasts.has(file))));
}

/** Rows whose last picture is still to come, with its name. */
export function wantingLast(): { row: string; name: string }[] {
  const rows = (table.value?.rows ?? []).filter((row) => !row.last_upload_id && !scenePictures.value.has(`${row.id} last`));
  return rows.flatMap(({ id }) => {
    const name = lastNames.value.get(id);
    return name === undefined ? [] : [{ row: id, name }];
  });
}

/** By their names alone. Returns the files that were given. */
async function giveLasts(pictures: readonly File[]): Promise<Set<File>> {
  const wanting = wantingLast();
  if (wanting.length === 0) return new Set();
  const found = await paired(pictures, wanting.map(({ name }) => ({ picture_name: name })));
  const given = found.pairs.flatMap(({ scene, picture }) => {
    const [to, file] = [wanting[scene], pictures[picture]];
    return to && file ? [{ row: to.row, frame: "last" as const, file }] : [];
  });
  givePictures(given);
  return new Set(given.map(({ file }) => file));
}

async function giveFirsts(pictures: readonly File[]): Promise<number> {
  const rows = table.value?.rows ?? [];
  const wanting = rows.filter((row) => !row.first_upload_id && !scenePictures.value.has(`${row.id} first`));
  const place = new Map(rows.map((row, index) => [row.id, index]));
  const scenes = wanting.map(({ id, picture_name }) => ({
    number: ownNumbers.get(id) ?? String((place.get(id) ?? 0) + 1),
    picture_name,
  }));
  const found = await paired(pictures, scenes);
  givePictures(
    found.pairs.flatMap(({ scene, picture }) => {
      const [to, file] = [wanting[scene], pictures[picture]];
      return to && file ? [{ row: to.id, frame: "first" as const, file }] : [];
    }),
  );
  unmatched.update((before) => [...before, ...found.pictures_left.flatMap((index) => pictures[index] ?? [])]);
  return found.pairs.length;
}

async function paired(pictures: readonly File[], scenes: PicturesToPair["scenes"]): Promise<PairedPictures> {
  const body = { pictures: pictures.map(({ name }) => name), scenes };
  const answer = await call<PairedPictures>("/api/scenes/pictures", { method: "POST", body });
  return answer.body ?? { pairs: [], pictures_left: [], scenes_left: [] };
}

/** Puts pictures without a scene into the rows that have none, in order. */
export function placeUnmatched(): number {
  const free = (table.value?.rows ?? []).filter((row) => !row.first_upload_id && !scenePictures.value.has(`${row.id} first`));
  const files = unmatched.value;
  givePictures(files.slice(0, free.length).map((file, index) => ({ row: free[index]?.id ?? "", frame: "first" as const, file })));
  unmatched.set(files.slice(free.length));
  return Math.min(files.length, free.length);
}

/** A new row for each picture that has no scene. */
export function addUnmatched(): number {
  const files = unmatched.value;
  unmatched.set([]);
  return addForEach(files);
}

function addForEach(files: readonly File[]): number {
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, "ko", { numeric: true }));
  const made = sorted.map((file) => emptyRow({ picture_name: file.name.slice(0, 255) }));
  takeRows(made, false);
  const there = new Set(table.value?.rows.map(({ id }) => id));
  const taken = made.filter(({ id }) => there.has(id));
  givePictures(taken.map((row, index) => ({ row: row.id, frame: "first" as const, file: sorted[index] as File })));
  return taken.length;
}

function isPicture(file: File): boolean {
  return file.type.startsWith("image/") || /\.(png|jpe?g|webp|heic|heif|avif|gif|bmp)$/i.test(file.name);
}

/** Gives a row one picture, whatever it had. */
export function giveOne(row: string, frame: "first" | "last", file: File): void {
  if (frame === "first") fillCells(row, { picture_name: file.name.slice(0, 255) });
  givePictures([{ row, frame, file }]);
}
