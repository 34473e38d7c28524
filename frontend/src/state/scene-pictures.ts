/** The pictures of scenes: files that are on their way, by the row and frame that they are for, and what this browser knows
 * of those that have arrived. A file that has not arrived is kept in this browser, so that a reload goes on with it. */

import type { Crop, Problem, Ratio, Upload } from "../../../functions/_generated/contract";
import { Failure, localProblem, sendPicture } from "../api";
import type { Framed } from "../crop";
import { carried, usualCrop } from "../scenes/crops";
import { settledOf } from "../scenes/rows";
import { IndexedStore } from "./indexed-store";
import { t } from "./language";
import { menu } from "./menu";
import { isOnline } from "./notices";
import { readPicture, UnreadablePicture } from "./picture-reader";
import { seenByModels } from "./pictures";
import { fillCells, table } from "./scene-table";
import { Store } from "./store";
import { keepThumbnail, keptThumbnail } from "./thumbnails";

export type Frame = "first" | "last";

/** A file on its way. */
export interface Sending {
  row: string;
  frame: Frame;
  file: File;
  share: number;
  problem: Problem | null;
}

/** What is known of a picture that has arrived. Without a size this browser has never seen it. */
export interface SceneImage extends Framed {
  name: string;
  address: string;
}

interface KeptFile {
  key: string;
  table: string;
  row: string;
  frame: Frame;
  file: File;
}

/** Pictures read and sent at a time; phones have little memory. */
const LANES = 2;
const AGAIN_MS = 5_000;
const kept = new IndexedStore<KeptFile>("clipwright-scene-files", "files");

/** By `row frame`. */
export const scenePictures = new Store<ReadonlyMap<string, Sending>>(new Map());
/** By upload. */
export const sceneImages = new Store<ReadonlyMap<string, SceneImage>>(new Map());

const waiting: string[] = [];
const asked = new Set<string>();
let lanes = 0;

/** Gives files to rows of the open table and sends them, two at a time. */
export function givePictures(given: readonly { row: string; frame: Frame; file: File }[]): void {
  const id = table.value?.id;
  if (id === undefined) return;
  for (const { row, frame, file } of given) {
    const key = keyOf(row, frame);
    void kept.put(key, { key, table: id, row, frame, file });
    begin({ row, frame, file, share: 0, problem: null });
  }
}

/** Goes on with what a reload has left. */
export async function resumePictures(): Promise<void> {
  const id = table.value?.id;
  const rows = new Set(table.value?.rows.map((row) => row.id));
  for (const one of (await kept.all()) ?? []) {
    if (one.table !== id) continue;
    if (!rows.has(one.row)) await kept.delete(one.key);
    else if (!scenePictures.value.has(one.key)) begin({ ...one, share: 0, problem: null });
  }
}

/** Sends a failed picture once more. */
export function retryScenePicture(row: string, frame: Frame): void {
  const one = scenePictures.value.get(keyOf(row, frame));
  if (one) begin({ ...one, share: 0, problem: null });
}

export function dropScenePicture(row: string, frame: Frame): void {
  forget(keyOf(row, frame));
}

/** How many are on their way. */
export function underway(all: ReadonlyMap<string, Sending>): number {
  return [...all.values()].filter(({ problem }) => problem === null).length;
}

/** Asks for what is known of a picture; it comes with `sceneImages`. */
export function wantImage(uploadId: string, name = ""): SceneImage | undefined {
  if (!asked.has(uploadId)) {
    asked.add(uploadId);
    void learn(uploadId, name);
  }
  return sceneImages.value.get(uploadId);
}

/** Takes the size of a picture that this browser sees for the first time. */
export function measureImage(uploadId: string, width: number, height: number): void {
  const known = sceneImages.value.get(uploadId);
  if (known?.width === 0) know(uploadId, { ...known, width, height });
}

/** Another ratio needs other parts: those that nobody chose follow it, the others keep their middle. */
export async function cropAnew(before: Ratio, now: Ratio): Promise<void> {
  const rows = table.value?.rows ?? [];
  const uploads = rows.flatMap(({ first_upload_id, last_upload_id }) => [first_upload_id, last_upload_id]).filter((id) => id !== null);
  await Promise.all(uploads.map((id) => learn(id, "")));
  if (table.value?.settings.ratio !== now) return;
  for (const row of table.value.rows) {
    const { borders } = settledOf(row, table.value.settings);
    const part = (uploadId: string | null, crop: Crop | null): Crop | null => {
      const image = uploadId ? sceneImages.value.get(uploadId) : undefined;
      return image ? carried(image, crop, before, now, borders) : null;
    };
    const [first, last] = [part(row.first_upload_id, row.first_crop), part(row.last_upload_id, row.last_crop)];
    if (JSON.stringify([first, last]) !== JSON.stringify([row.first_crop, row.last_crop])) {
      fillCells(row.id, { first_crop: first, last_crop: last });
    }
  }
}

function keyOf(row: string, frame: Frame): string {
  return `${row} ${frame}`;
}

function begin(one: Sending): void {
  const key = keyOf(one.row, one.frame);
  put(key, one);
  waiting.push(key);
  while (lanes < LANES && lanes < waiting.length) void lane();
}

async function lane(): Promise<void> {
  lanes += 1;
  for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) await send(key);
  lanes -= 1;
}

async function send(key: string): Promise<void> {
  const one = scenePictures.value.get(key);
  if (!one) return;
  const isStill = (): boolean => scenePictures.value.get(key)?.file === one.file;
  try {
    const read = await readPicture(one.file, menu.value?.max_upload_bytes ?? Infinity);
    const share = (sent: number): void => {
      if (isStill()) put(key, { ...one, share: sent });
    };
    const upload = await sendPicture<Upload>(read.file, one.file.name, share, new AbortController().signal);
    const facts = { ...upload, width: read.width, height: read.height };
    await keepThumbnail({ upload: facts, name: one.file.name, thumbnail: read.thumbnail });
    if (isStill()) arrived(key, one, facts, read.thumbnail);
  } catch (error) {
    if (!isStill()) return;
    if (error instanceof Failure && error.unreachable) return later(key, one);
    put(key, { ...one, problem: problemOf(error) });
  }
}

function arrived(key: string, { row, frame, file }: Sending, upload: Upload, thumbnail: Blob): void {
  const { id, width, height, faces } = upload;
  asked.add(id);
  know(id, { name: file.name, address: URL.createObjectURL(thumbnail), width, height, faces: faces ?? [], framing: null });
  const now = table.value;
  const found = now?.rows.find((one) => one.id === row);
  if (now && found) {
    const crop = usualCrop({ width, height, faces: faces ?? [], framing: null }, now.settings.ratio, settledOf(found, now.settings).borders);
    const cells = frame === "first" ? { first_upload_id: id, first_crop: crop } : { last_upload_id: id, last_crop: crop };
    fillCells(row, frame === "first" && !found.picture_name ? { ...cells, picture_name: file.name.slice(0, 255) } : cells);
  }
  forget(key);
}

/** Offline: again once the network is back, or after a while. */
function later(key: string, one: Sending): void {
  put(key, { ...one, share: 0 });
  const again = (): void => {
    clearTimeout(timer);
    end();
    if (scenePictures.value.get(key)?.file === one.file) begin({ ...one, share: 0 });
  };
  const timer = setTimeout(again, AGAIN_MS);
  const end = isOnline.watch(() => isOnline.value && again());
}

function problemOf(error: unknown): Problem {
  if (error instanceof Failure) return error.problem;
  if (!(error instanceof UnreadablePicture)) throw error;
  if (error.format === "HEIC") return localProblem(t("picture_heic"), t("picture_heic_fix"), 415);
  if (error.format === "AVIF") return localProblem(t("picture_avif"), t("picture_avif_fix"), 415);
  return localProblem(t("picture_unreadable"), t("picture_unreadable_fix"), 415);
}

async function learn(uploadId: string, name: string): Promise<void> {
  const found = await keptThumbnail(uploadId);
  if (sceneImages.value.has(uploadId)) return;
  if (found) {
    const { width, height, faces } = found.upload;
    const address = URL.createObjectURL(found.thumbnail);
    know(uploadId, { name: found.name, address, width, height, faces: faces ?? [], framing: null });
  } else know(uploadId, { name, address: seenByModels(uploadId), width: 0, height: 0, faces: [], framing: null });
}

function know(uploadId: string, image: SceneImage): void {
  sceneImages.update((all) => new Map([...all, [uploadId, image]]));
}

function put(key: string, one: Sending): void {
  scenePictures.update((all) => new Map([...all, [key, one]]));
}

function forget(key: string): void {
  void kept.delete(key);
  scenePictures.update((all) => new Map([...all].filter(([other]) => other !== key)));
}
