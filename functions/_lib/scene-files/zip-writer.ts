/**
 * A ZIP of files that are stored as they are: names in UTF-8 and marked so, sizes known before, checksums written behind
 * each file. The files' bytes pass through one buffer. It knows no bucket and no clip (decision 44 says why it is ours).
 */

import { crc32 } from "./crc32.ts";

export interface ZipEntry {
  name: string;
  bytes: number;
  /** Its year, month, … are those of UTC: a ZIP's times have no zone. */
  time: Date;
  /** Asked when its turn comes. A stream of exactly so many bytes. */
  open: () => Promise<ReadableStream<Uint8Array>>;
}

const LOCAL = { signature: 0x04034b50, bytes: 30 };
const DESCRIPTOR = { signature: 0x08074b50, bytes: 16 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const VERSION = 20;
/** Bit 3: the checksum follows the file. Bit 11: the name is UTF-8. */
const FLAGS = 0x0808;
const BUFFER_BYTES = 128 * 1024;
/** What the format holds without its 64-bit extension. */
export const MOST_ZIP_BYTES = 0xffff_ffff;

export function zipSize(entries: readonly Pick<ZipEntry, "name" | "bytes">[]): number {
  return entries.reduce(
    (sum, { name, bytes }) =>
      sum + LOCAL.bytes + DESCRIPTOR.bytes + CENTRAL.bytes + 2 * encoded(name).byteLength + bytes,
    END.bytes,
  );
}

/** Rejects, and aborts what it writes to, where a file has another size than was said. */
export async function writeZip(to: WritableStream<Uint8Array>, entries: readonly ZipEntry[]): Promise<void> {
  const out = to.getWriter();
  try {
    const directory: Uint8Array[] = [];
    let offset = 0;
    for (const entry of entries) {
      const name = encoded(entry.name);
      await out.write(localHeader(entry, name));
      const crc = await copy(entry, out);
      await out.write(descriptor(entry, crc));
      directory.push(centralHeader(entry, name, crc, offset));
      offset += LOCAL.bytes + name.byteLength + entry.bytes + DESCRIPTOR.bytes;
    }
    let size = 0;
    for (const header of directory) {
      await out.write(header);
      size += header.byteLength;
    }
    await out.write(end(entries.length, size, offset));
    await out.close();
  } catch (error) {
    await out.abort(error).catch(() => undefined); // its reader may be gone
    throw error;
  }
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

/** Returns the CRC-32 of what was copied. */
async function copy({ name, bytes, open }: ZipEntry, out: WritableStreamDefaultWriter<Uint8Array>): Promise<number> {
  const reader = (await open()).getReader({ mode: "byob" }) as FillingReader;
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  let copied = 0;
  let crc = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer), { min: BUFFER_BYTES });
      if (value !== undefined && value.byteLength > 0) {
        crc = crc32(value, crc);
        copied += value.byteLength;
        await out.write(value);
        buffer = value.buffer; // the same memory again: nothing is left for the garbage collector
      }
      if (done) break;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (copied !== bytes) throw new Error(`${name}: ${copied} bytes in place of ${bytes}`);
  return crc;
}

function localHeader({ time }: ZipEntry, name: Uint8Array): Uint8Array {
  const { bytes, view } = record(LOCAL, name);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, FLAGS, true);
  setTime(view, 10, time);
  view.setUint16(26, name.byteLength, true);
  return bytes;
}

function descriptor({ bytes: size }: ZipEntry, crc: number): Uint8Array {
  const { bytes, view } = record(DESCRIPTOR);
  view.setUint32(4, crc, true);
  view.setUint32(8, size, true);
  view.setUint32(12, size, true);
  return bytes;
}

function centralHeader({ bytes: size, time }: ZipEntry, name: Uint8Array, crc: number, offset: number): Uint8Array {
  const { bytes, view } = record(CENTRAL, name);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, VERSION, true);
  view.setUint16(8, FLAGS, true);
  setTime(view, 12, time);
  view.setUint32(16, crc, true);
  view.setUint32(20, size, true);
  view.setUint32(24, size, true);
  view.setUint16(28, name.byteLength, true);
  view.setUint32(42, offset, true);
  return bytes;
}

function end(count: number, directoryBytes: number, directoryAt: number): Uint8Array {
  const { bytes, view } = record(END);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, directoryBytes, true);
  view.setUint32(16, directoryAt, true);
  return bytes;
}

function record(kind: { signature: number; bytes: number }, name: Uint8Array = new Uint8Array()): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(kind.bytes + name.byteLength);
  bytes.set(name, kind.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind.signature, true);
  return { bytes, view };
}

/** In steps of two seconds, from 1980 on. */
function setTime(view: DataView, at: number, time: Date): void {
  view.setUint16(at, (time.getUTCSeconds() >> 1) | (time.getUTCMinutes() << 5) | (time.getUTCHours() << 11), true);
  const years = Math.max(0, time.getUTCFullYear() - 1980);
  view.setUint16(at + 2, time.getUTCDate() | ((time.getUTCMonth() + 1) << 5) | (years << 9), true);
}

function encoded(name: string): Uint8Array {
  return new TextEncoder().encode(name);
}
