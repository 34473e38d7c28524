/**
 * A ZIP of files that are stored as they are, or any part of it: sizes are known before, so each byte has its place. The
 * files' bytes pass through one buffer. It knows no bucket and no clip (decision 44 says why it is ours).
 *
 * Checksums stand behind each file and in the directory. A part that reaches the directory needs those of files before it,
 * too: they are reckoned between its own files, some behind each, so that it begins at once and does not halt at its end.
 */

import type { Span } from "../range.ts";
import { crc32 } from "./crc32.ts";
import * as records from "./zip-records.ts";

export interface ZipEntry extends records.ZipFile {
  /** Asked when its turn comes. A stream of exactly this part of it, of all its bytes without one. */
  open: (part?: Span) => Promise<ReadableStream<Uint8Array>>;
}

/** What the format holds without its 64-bit extension. */
export const MOST_ZIP_BYTES = 0xffff_ffff;
const BUFFER_BYTES = 128 * 1024;

type Out = WritableStreamDefaultWriter<Uint8Array>;

/** Neighbouring bytes of the ZIP, which can be written from any of them to any other. */
interface Piece {
  isFile?: boolean;
  bytes: number;
  write: (out: Out, part: Span) => Promise<void>;
}

export class Zip {
  readonly bytes: number;
  readonly #entries: readonly ZipEntry[];
  readonly #pieces: readonly Piece[];
  readonly #checksums = new Map<ZipEntry, Promise<number>>();
  /** Where the bytes of each entry begin. */
  readonly #starts: number[] = [];

  constructor(entries: readonly ZipEntry[]) {
    this.#entries = entries;
    this.#pieces = this.#laidOut();
    this.bytes = this.#pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  }

  /** All of it, or a part. Rejects, and aborts what it writes to, where a file has another size than was said. */
  async write(to: WritableStream<Uint8Array>, { offset, length }: Span = { offset: 0, length: this.bytes }): Promise<void> {
    const out = to.getWriter();
    const end = offset + length;
    const before = this.#entries.filter((_, index) => (this.#starts[index] as number) < offset).reverse();
    let files = end === this.bytes ? this.#entries.length - before.length + 1 : 0;
    try {
      let at = 0;
      for (const piece of this.#pieces) {
        const first = Math.max(offset, at);
        const last = Math.min(end, at + piece.bytes);
        if (first < last) await piece.write(out, { offset: first - at, length: last - first });
        at += piece.bytes;
        if (piece.isFile && at > offset && files > 0) {
          for (const entry of before.splice(0, Math.ceil(before.length / files))) await this.#checksum(entry);
          files -= 1;
        }
      }
      await out.close();
    } catch (error) {
      await out.abort(error).catch(() => undefined); // its reader may be gone
      throw error;
    }
  }

  #laidOut(): Piece[] {
    const files: Piece[] = [];
    const directory: Piece[] = [];
    let offset = 0;
    for (const entry of this.#entries) {
      const at = offset;
      this.#starts.push(at + records.localBytes(entry.name));
      const parts = [
        known(records.localBytes(entry.name), async () => records.localHeader(entry)),
        { isFile: true, bytes: entry.bytes, write: (out: Out, part: Span) => this.#copy(entry, out, part) },
        known(records.DESCRIPTOR_BYTES, async () => records.descriptor(entry, await this.#checksum(entry))),
      ];
      files.push(...parts);
      directory.push(
        known(records.centralBytes(entry.name), async () => records.centralHeader(entry, await this.#checksum(entry), at)),
      );
      offset += parts.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    const size = directory.reduce((sum, { bytes }) => sum + bytes, 0);
    const end = known(records.END_BYTES, async () => records.end(this.#entries.length, size, offset));
    return [...files, ...directory, end];
  }

  async #copy(entry: ZipEntry, out: Out, part: Span): Promise<void> {
    const isWhole = part.length === entry.bytes;
    const passed = pass(entry, isWhole ? undefined : part, out);
    if (isWhole) this.#checksums.set(entry, passed);
    await passed;
  }

  /** Of a file that was not written as a whole, it is read for that. */
  #checksum(entry: ZipEntry): Promise<number> {
    const known = this.#checksums.get(entry) ?? pass(entry);
    this.#checksums.set(entry, known);
    return known;
  }
}

function known(bytes: number, record: () => Promise<Uint8Array>): Piece {
  return {
    bytes,
    write: async (out, { offset, length }) => out.write((await record()).subarray(offset, offset + length)),
  };
}

/** A reader that fills the buffer before it answers, as the standard has it and the platform's declarations not yet. */
interface FillingReader {
  /** The last bytes come with `done` by the standard, and before it on the platform. */
  read: (into: Uint8Array<ArrayBuffer>, least: { min: number }) => Promise<Filled>;
  cancel: () => Promise<void>;
}
interface Filled {
  done: boolean;
  value?: Uint8Array<ArrayBuffer>;
}

/** Reads a file, or a part, and writes it where there is an `out`. Returns the CRC-32 of what was read. */
async function pass({ name, bytes, open }: ZipEntry, part?: Span, out?: Out): Promise<number> {
  const reader = (await open(part)).getReader({ mode: "byob" }) as FillingReader;
  const expected = part?.length ?? bytes;
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  let copied = 0;
  let crc = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer), { min: BUFFER_BYTES });
      if (value !== undefined && value.byteLength > 0) {
        if (part === undefined) crc = crc32(value, crc);
        copied += value.byteLength;
        await out?.write(value);
        buffer = value.buffer; // the same memory again: nothing is left for the garbage collector
      }
      if (done) break;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (copied !== expected) throw new Error(`${name}: ${copied} bytes in place of ${expected}`);
  return crc;
}
