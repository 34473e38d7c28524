/**
 * What a picture file says about itself: format and size from its first bytes, and whether its end is there.
 *
 * Nothing is decoded here; the GPU side does that and is the authority. This keeps what is no picture, or one of absurd
 * size, out of the bucket.
 */

export type PictureType = "image/png" | "image/jpeg" | "image/webp";

export interface PictureHead {
  content_type: PictureType;
  width: number;
  height: number;
  /** The least number of bytes the whole file has, where its head says so. */
  least_bytes: number;
  /** Bytes that a whole file contains somewhere after the head; undefined where the length alone tells. */
  end_mark: Uint8Array | undefined;
}

/** `"more"`: not enough bytes yet. `"unknown"`: none of the three formats. `"broken"`: one of them, but damaged. */
export type Reading = PictureHead | "more" | "unknown" | "broken";

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_END = Uint8Array.of(0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82);
const JPEG_END = Uint8Array.of(0xff, 0xd9);

export function readHead(bytes: Uint8Array): Reading {
  if (startsWith(bytes, PNG_SIGNATURE)) return readPng(bytes);
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return readJpeg(bytes);
  if (startsWith(bytes, ascii("RIFF")) && startsWith(bytes.subarray(8), ascii("WEBP"))) return readWebp(bytes);
  return bytes.length < 12 ? "more" : "unknown";
}

function readPng(bytes: Uint8Array): Reading {
  if (bytes.length < 24) return "more";
  if (!startsWith(bytes.subarray(12), ascii("IHDR"))) return "broken";
  const view = viewOf(bytes);
  return {
    content_type: "image/png",
    width: view.getUint32(16),
    height: view.getUint32(20),
    least_bytes: 57,
    end_mark: PNG_END,
  };
}

/** Walks the segments up to the start of frame, which holds the size. */
function readJpeg(bytes: Uint8Array): Reading {
  const view = viewOf(bytes);
  let at = 2;
  for (;;) {
    while (at < bytes.length && bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
    if (at + 4 > bytes.length) return "more";
    if (bytes[at] !== 0xff) return "broken";
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xd9 || marker === 0xda) return "broken";
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      if (at + 9 > bytes.length) return "more";
      const height = view.getUint16(at + 5);
      return {
        content_type: "image/jpeg",
        width: view.getUint16(at + 7),
        height,
        least_bytes: at + 9,
        end_mark: JPEG_END,
      };
    }
    const length = view.getUint16(at + 2);
    if (length < 2) return "broken";
    at += 2 + length;
  }
}

function readWebp(bytes: Uint8Array): Reading {
  if (bytes.length < 30) return "more";
  const view = viewOf(bytes);
  const head = { content_type: "image/webp" as const, least_bytes: view.getUint32(4, true) + 8, end_mark: undefined };
  const chunk = String.fromCharCode(...bytes.subarray(12, 16));
  switch (chunk) {
    case "VP8X":
      return { ...head, width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
    case "VP8L": {
      if (bytes[20] !== 0x2f) return "broken";
      const packed = view.getUint32(21, true);
      return { ...head, width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case "VP8 ":
      if (!startsWith(bytes.subarray(23), [0x9d, 0x01, 0x2a])) return "broken";
      return { ...head, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return "broken";
  }
}

/** Finds a short pattern in bytes that come in chunks. */
export class MarkFinder {
  readonly #mark: Uint8Array;
  #carry = new Uint8Array(0);
  found = false;

  constructor(mark: Uint8Array) {
    this.#mark = mark;
  }

  push(chunk: Uint8Array): void {
    if (this.found) return;
    const overlap = this.#mark.length - 1;
    const seam = new Uint8Array(this.#carry.length + Math.min(overlap, chunk.length));
    seam.set(this.#carry);
    seam.set(chunk.subarray(0, overlap), this.#carry.length);
    this.found = contains(seam, this.#mark) || contains(chunk, this.#mark);
    this.#carry = (chunk.length >= overlap ? chunk : seam).slice(-overlap);
  }
}

function contains(bytes: Uint8Array, mark: Uint8Array): boolean {
  const last = mark.length - 1;
  for (let at = bytes.indexOf(mark[last] ?? 0, last); at !== -1; at = bytes.indexOf(mark[last] ?? 0, at + 1)) {
    let same = last;
    while (same > 0 && bytes[at - last + same - 1] === mark[same - 1]) same -= 1;
    if (same === 0) return true;
  }
  return false;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length >= start.length && start.every((byte, index) => bytes[index] === byte);
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
