/** Small copies of uploaded pictures, kept in this browser so that drafts and running jobs can show them after a
 * reload. The server has the originals; losing these copies loses nothing else. */

import type { Upload } from "../../../functions/_generated/contract";

export interface KeptThumbnail {
  upload: Upload;
  name: string;
  thumbnail: Blob;
}

const STORE = "pictures";

/** Keeps a picture under its upload's id. Silent where the browser keeps no storage. */
export async function keepThumbnail(picture: KeptThumbnail): Promise<void> {
  await exchange("readwrite", (store) => store.put(picture, picture.upload.id));
  await forgetExpired();
}

/** The kept copy, and whether the server has deleted its picture by now; null when there is none. */
export async function keptThumbnail(uploadId: string): Promise<(KeptThumbnail & { isExpired: boolean }) | null> {
  const found = (await exchange("readonly", (store) => store.get(uploadId))) as KeptThumbnail | undefined | null;
  return found ? { ...found, isExpired: Date.parse(found.upload.expires_at) <= Date.now() } : null;
}

/** Keeps a copy as long as the server keeps the picture: a job that was made from it ends its short life of hours. */
export async function extendThumbnail(uploadId: string, until: string): Promise<void> {
  const found = (await exchange("readonly", (store) => store.get(uploadId))) as KeptThumbnail | undefined | null;
  if (!found || found.upload.expires_at >= until) return;
  const upload = { ...found.upload, expires_at: until };
  await exchange("readwrite", (store) => store.put({ ...found, upload }, uploadId));
}

async function forgetExpired(): Promise<void> {
  const all = (await exchange("readonly", (store) => store.getAll())) as KeptThumbnail[] | null;
  for (const { upload } of all ?? []) {
    if (Date.parse(upload.expires_at) <= Date.now()) await exchange("readwrite", (store) => store.delete(upload.id));
  }
}

async function exchange(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await opened();
  if (database === null) return null;
  return new Promise((resolve) => {
    const request = ask(database.transaction(STORE, mode).objectStore(STORE));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => resolve(null));
  });
}

let opening: Promise<IDBDatabase | null> | undefined;

function opened(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open("clipwright", 1);
      request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
      request.addEventListener("success", () => resolve(request.result));
      request.addEventListener("error", () => resolve(null));
      request.addEventListener("blocked", () => resolve(null));
    } catch {
      resolve(null); // private windows of some browsers forbid it
    }
  });
  return opening;
}
