/** One picture read off the page's own thread: how large it is upright, a small copy, and, where the service would not
 * take the file, a JPEG that it takes. Runs in `picture-worker.ts`; knows no page. */

import type { Size } from "./crop";

export interface Question {
  id: number;
  file: Blob;
  /** The service reads no such file, so it becomes another. */
  isForeign: boolean;
  mostBytes: number;
}

export interface Reading extends Size {
  /** A WebP or PNG of at most 720 pixels a side. */
  thumbnail: Blob;
  /** To be sent in place of the file; null where the file can go as it is. */
  made: Blob | null;
  isSmaller: boolean;
}

export type Answer = { id: number; reading: Reading | null };

/** What `gpu/media/pictures.py` takes. */
const MOST_SIDE = 12_000;
const MOST_PIXELS = 40_000_000;
/** Canvases of iPhones hold no more; seven times what the largest clip shows. */
const MADE_PIXELS = 16_000_000;
const THUMBNAIL_SIDE = 720;
/** Tried one after the other until the file is small enough. */
const QUALITIES = [0.95, 0.85, 0.7];

/** Null where this browser cannot open the file, or makes nothing of it that could be sent. */
export async function read({ file, isForeign, mostBytes }: Omit<Question, "id">): Promise<Reading | null> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  try {
    const own = { width: bitmap.width, height: bitmap.height };
    const thumbnail = await drawn(bitmap, atMost(own, THUMBNAIL_SIDE, Infinity)).convertToBlob({
      type: "image/webp",
      quality: 0.85,
    });
    const isTooLarge = Math.max(own.width, own.height) > MOST_SIDE || own.width * own.height > MOST_PIXELS;
    if (!isForeign && !isTooLarge && file.size <= mostBytes) {
      return { ...own, thumbnail, made: null, isSmaller: false };
    }
    const size = atMost(own, MOST_SIDE, MADE_PIXELS);
    const made = await jpeg(drawn(bitmap, size), mostBytes);
    return made && { ...size, thumbnail, made, isSmaller: size.width < own.width };
  } catch {
    return null; // no memory for it
  } finally {
    bitmap.close();
  }
}

/** The size of a picture that is made smaller until it has no longer side and no more pixels than that. */
export function atMost({ width, height }: Size, side: number, pixels: number): Size {
  const scale = Math.min(1, side / Math.max(width, height), Math.sqrt(pixels / (width * height)));
  if (scale === 1) return { width, height };
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** On white, as models see what is transparent. */
function drawn(bitmap: ImageBitmap, { width, height }: Size): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas of this size");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

async function jpeg(canvas: OffscreenCanvas, mostBytes: number): Promise<Blob | null> {
  for (const quality of QUALITIES) {
    const made = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (made.size <= mostBytes) return made;
  }
  return null;
}
