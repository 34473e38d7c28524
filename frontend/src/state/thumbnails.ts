/** Small copies of uploaded pictures, kept in this browser so that drafts and running jobs can show them after a
 * reload. The server has the originals; losing these copies loses nothing else. */

import type { Upload } from "../../../functions/_generated/contract";
import { IndexedStore } from "./indexed-store";

export interface KeptThumbnail {
  upload: Upload;
  name: string;
  thumbnail: Blob;
}

const kept = new IndexedStore<KeptThumbnail>("clipwright", "pictures");

/** Keeps a picture under its upload's id. Silent where the browser keeps no storage. */
export async function keepThumbnail(picture: KeptThumbnail): Promise<void> {
  await kept.put(picture.upload.id, picture);
  await forgetExpired();
}

/** The kept copy, and whether the server has deleted its picture by now; null when there is none. */
export async function keptThumbnail(uploadId: string): Promise<(KeptThumbnail & { isExpired: boolean }) | null> {
  const found = await kept.get(uploadId);
  return found ? { ...found, isExpired: Date.parse(found.upload.expires_at) <= Date.now() } : null;
}

/** Keeps a copy as long as the server keeps the picture: a job that was made from it ends its short life of hours. */
export async function extendThumbnail(uploadId: string, until: string): Promise<void> {
  const found = await kept.get(uploadId);
  if (!found || found.upload.expires_at >= until) return;
  const upload = { ...found.upload, expires_at: until };
  await kept.put(uploadId, { ...found, upload });
}

async function forgetExpired(): Promise<void> {
  for (const { upload } of (await kept.all()) ?? []) {
    if (Date.parse(upload.expires_at) <= Date.now()) await kept.delete(upload.id);
  }
}
