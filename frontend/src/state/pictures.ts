/** The pictures of the composer: checked here, uploaded at once, one per slot. Of several that are given together each
 * after the first has a further slot. Does not know jobs or prices. */

import type { Crop, Upload } from "../../../functions/_generated/contract";
import type { Framing, Size } from "../crop";
import { Failure, localProblem, sendPicture, unreachableProblem } from "../api";
import type { Format } from "../picture-format";
import { Store } from "./store";
import { t } from "./language";
import { menu } from "./menu";
import { note } from "./notices";
import { type ReadPicture, readPicture, UnreadablePicture } from "./picture-reader";
import { keepThumbnail, keptThumbnail } from "./thumbnails";

const FURTHER = "further-";
type Further = `${typeof FURTHER}${number}`;
export type Slot = "picture" | "first" | "middle" | "last" | Further;

export interface Picture {
  name: string;
  /** An object URL of the small copy; null when this browser has none. */
  preview: string | null;
  width: number;
  height: number;
  state: "uploading" | "ready" | "failed";
  /** Share sent, 0 to 1. */
  share: number;
  uploadId: string | null;
  /** The part that was chosen for the clip; null while nothing was. */
  framing: Framing | null;
  /** The faces in it, the largest first; none until it has arrived. */
  faces: readonly Crop[];
  failure: Failure | null;
  file: File | null;
  /** What is sent of it; null until it is read. */
  read: ReadPicture | null;
}

/** What each slot holds. A further slot is there only while it holds a picture. */
export type Pictures = Readonly<Partial<Record<Slot, Picture>>>;

/** As many as are given to one press at most. */
const MOST_TOGETHER = 30;
/** Of files that are left out. */
const NAMES_TOLD = 3;
/** Pictures decoded and sent at a time; phones have little memory. */
const LANES = 2;

export const pictures = new Store<Pictures>({});
const running = new Map<Slot, AbortController>();

/** The slots whose pictures become a clip each, in the order in which they were given. */
export function givenTogether(all: Pictures): Slot[] {
  const further = Object.keys(all).filter((slot) => slot.startsWith(FURTHER)) as Slot[];
  further.sort((one, other) => place(one) - place(other));
  return all.picture ? ["picture", ...further] : further;
}

function place(slot: Slot): number {
  return slot.startsWith(FURTHER) ? Number(slot.slice(FURTHER.length)) : 0;
}

/** Puts a file into a slot and uploads it. What cannot be used stays visible in the slot with the reason. */
export async function choosePicture(slot: Slot, file: File): Promise<void> {
  begin(slot, file);
  await take(slot, file);
}

/** The same with a file that is still fetched. It has its slot at once, so that a press waits for it. */
export async function awaitPicture(slot: Slot, name: string, coming: Promise<File>): Promise<void> {
  const empty = new File([], name);
  begin(slot, empty);
  const file = await coming.catch(() => null);
  if (pictures.value[slot]?.file !== empty) return;
  if (file) await choosePicture(slot, file);
  else put(slot, { ...fresh(empty), state: "failed", file: null, failure: new Failure(unreachableProblem()) });
}

/** Gives each file a slot, the first one's being `picture` where that is free or `replacing`. Says how many were one too
 * many. */
export function choosePictures(files: readonly File[], replacing = false): void {
  if (replacing && files.length > 0) removePicture("picture");
  const fitting = files.slice(0, Math.max(0, MOST_TOGETHER - givenTogether(pictures.value).length));
  const waiting = fitting.map((file) => {
    const last = givenTogether(pictures.value).at(-1) ?? "picture";
    const slot: Slot = pictures.value.picture ? `${FURTHER}${place(last) + 1}` : "picture";
    begin(slot, file);
    return { slot, file };
  });
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await take(next.slot, next.file);
  };
  for (let count = 0; count < LANES; count++) void lane();
  sayLeftOut(files.slice(fitting.length), MOST_TOGETHER);
}

/** Names the files that found no place. */
export function sayLeftOut(files: readonly File[], most: number): void {
  if (files.length === 0) return;
  const names = files.slice(0, NAMES_TOLD).map(({ name }) => name);
  note(t("pictures_left_out", { n: files.length, most, names: names.join(", ") + (files.length > NAMES_TOLD ? "…" : "") }));
}

/** Takes out all but the first slot's picture. */
export function removeFurther(): void {
  for (const slot of givenTogether(pictures.value)) if (slot !== "picture") removePicture(slot);
}

function begin(slot: Slot, file: File): void {
  removePicture(slot);
  put(slot, { ...fresh(file), state: "uploading", failure: null });
}

function fresh(file: File): Omit<Picture, "state" | "failure"> {
  const nothing = { preview: null, width: 0, height: 0, share: 0, uploadId: null, framing: null, faces: [], read: null };
  return { name: file.name, ...nothing, file };
}

/** Looks at a file that has its slot and sends it, unless it has been taken out again meanwhile. */
async function take(slot: Slot, file: File): Promise<void> {
  if (pictures.value[slot]?.file !== file) return;
  const mostBytes = menu.value?.max_upload_bytes ?? Infinity;
  try {
    const read = await readPicture(file, mostBytes);
    const now = pictures.value[slot];
    if (now?.file !== file) return; // replaced or removed while it was read
    const { width, height } = read;
    put(slot, { ...now, preview: URL.createObjectURL(read.thumbnail), width, height, read });
  } catch (error) {
    if (!(error instanceof UnreadablePicture)) throw error;
    if (pictures.value[slot]?.file !== file) return;
    put(slot, { ...fresh(file), state: "failed", file: null, failure: refusal(error.format) });
    return;
  }
  await send(slot);
}

/** Sends a failed picture once more. */
export async function retryPicture(slot: Slot): Promise<void> {
  const picture = pictures.value[slot];
  if (!picture?.file) return;
  put(slot, { ...picture, state: "uploading", share: 0, failure: null });
  await send(slot);
}

/** Sends again what the site refused because it did not know who was asking. */
export async function retryUnidentified(): Promise<void> {
  for (const [slot, picture] of Object.entries(pictures.value) as [Slot, Picture][]) {
    if (picture.failure?.problem.status === 401) await retryPicture(slot);
  }
}

/** Sends again what did not reach the site. */
export async function retryUnreached(): Promise<void> {
  const failed = Object.entries(pictures.value) as [Slot, Picture][];
  await Promise.all(failed.map(([slot, { failure }]) => (failure?.problem.status === 0 ? retryPicture(slot) : undefined)));
}

/** Sends a picture again that the site has no more. Without its file it says that it must be chosen again. Returns the
 * upload's id; null where there is none. */
export async function renewPicture(slot: Slot): Promise<string | null> {
  const picture = pictures.value[slot];
  if (!picture) return null;
  if (picture.file && picture.read) {
    put(slot, { ...picture, state: "uploading", share: 0, uploadId: null });
    await send(slot);
  } else put(slot, gone(picture));
  return pictures.value[slot]?.uploadId ?? null;
}

function gone(picture: Picture): Picture {
  return { ...picture, state: "failed", uploadId: null, failure: new Failure(localProblem(t("picture_gone"), t("picture_gone_fix"), 404)) };
}

export function removePicture(slot: Slot): void {
  running.get(slot)?.abort();
  running.delete(slot);
  const old = pictures.value[slot];
  if (!old) return;
  if (old.preview) URL.revokeObjectURL(old.preview);
  pictures.update(({ [slot]: _, ...others }) => others);
}

/** Takes a part of a slot's picture; null: what is taken when nothing is chosen. */
export function framePicture(slot: Slot, framing: Framing | null): void {
  const picture = pictures.value[slot];
  if (picture) put(slot, { ...picture, framing });
}

/** Where an uploaded picture lies as models see it. */
export function seenByModels(uploadId: string): string {
  return `/api/uploads/${uploadId}/picture`;
}

/** Takes the size of a slot's picture where it is not known yet: one that this browser has never seen. */
export function measurePicture(slot: Slot, { width, height }: Size): void {
  const picture = pictures.value[slot];
  if (picture?.width === 0) put(slot, { ...picture, width, height });
}

/** Fills a slot with a picture that was uploaded before. Without a copy in this browser the slot shows no preview, or,
 * unless `evenUnseen`, stays empty. */
export async function recallPicture(
  slot: Slot,
  uploadId: string | undefined,
  framing: Framing | null,
  evenUnseen = false,
): Promise<void> {
  removePicture(slot);
  if (!uploadId) return;
  const kept = await keptThumbnail(uploadId);
  if (!kept && !evenUnseen) return;
  const recalled: Picture = {
    name: kept?.name ?? "",
    preview: kept ? URL.createObjectURL(kept.thumbnail) : null,
    width: kept?.upload.width ?? 0,
    height: kept?.upload.height ?? 0,
    state: "ready",
    share: 1,
    uploadId,
    framing,
    faces: kept?.upload.faces ?? [], // copies of before have none
    failure: null,
    file: null,
    read: null,
  };
  put(slot, kept?.isExpired ? gone(recalled) : recalled);
}

export function areUploading(all: Pictures): boolean {
  return Object.values(all).some((picture) => picture?.state === "uploading");
}

/** Resolves once nothing is being uploaded any more, whether it arrived or failed. */
export function uploadsSettled(): Promise<void> {
  if (!areUploading(pictures.value)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = pictures.watch(() => {
      if (areUploading(pictures.value)) return;
      end();
      resolve();
    });
  });
}

async function send(slot: Slot): Promise<void> {
  const picture = pictures.value[slot];
  if (!picture?.file || !picture.read) return;
  const { file, read } = picture;
  const ending = new AbortController();
  running.set(slot, ending);
  const current = () => (pictures.value[slot]?.file === file ? pictures.value[slot] : undefined);
  try {
    const upload = await sendPicture<Upload>(
      read.file,
      picture.name,
      (share) => {
        const now = current();
        if (now) put(slot, { ...now, share });
      },
      ending.signal,
    );
    const now = current();
    if (now) put(slot, { ...now, state: "ready", share: 1, uploadId: upload.id, faces: upload.faces ?? [] });
    const { width, height } = read; // as the parts of it are chosen here
    await keepThumbnail({ upload: { ...upload, width, height }, name: picture.name, thumbnail: read.thumbnail });
  } catch (error) {
    const now = current();
    if (error instanceof Failure && now) put(slot, { ...now, state: "failed", failure: error });
  }
}

function put(slot: Slot, picture: Picture): void {
  pictures.update((all) => ({ ...all, [slot]: picture }));
}

/** Says what it is where that is known, since another browser, or the camera's settings, may help. */
function refusal(format: Format | null): Failure {
  if (format === "HEIC") return new Failure(localProblem(t("picture_heic"), t("picture_heic_fix"), 415));
  if (format === "AVIF") return new Failure(localProblem(t("picture_avif"), t("picture_avif_fix"), 415));
  return new Failure(localProblem(t("picture_unreadable"), t("picture_unreadable_fix"), 415));
}
