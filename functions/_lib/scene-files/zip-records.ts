/** The records of a ZIP, byte by byte: names in UTF-8 and marked so, nothing packed. It reads and writes no file. */

export interface ZipFile {
  name: string;
  bytes: number;
  /** Its year, month, … are those of UTC: a ZIP's times have no zone. */
  time: Date;
}

const LOCAL = { signature: 0x04034b50, bytes: 30 };
const DESCRIPTOR = { signature: 0x08074b50, bytes: 16 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const VERSION = 20;
/** Bit 3: the checksum follows the file. Bit 11: the name is UTF-8. */
const FLAGS = 0x0808;

export const DESCRIPTOR_BYTES = DESCRIPTOR.bytes;
export const END_BYTES = END.bytes;

export function localBytes(name: string): number {
  return LOCAL.bytes + encoded(name).byteLength;
}

export function centralBytes(name: string): number {
  return CENTRAL.bytes + encoded(name).byteLength;
}

/** Before a file's bytes. */
export function localHeader({ name, time }: ZipFile): Uint8Array {
  const { bytes, view } = record(LOCAL, encoded(name));
  view.setUint16(4, VERSION, true);
  view.setUint16(6, FLAGS, true);
  setTime(view, 10, time);
  view.setUint16(26, bytes.byteLength - LOCAL.bytes, true);
  return bytes;
}

/** Behind a file's bytes. */
export function descriptor({ bytes: size }: ZipFile, crc: number): Uint8Array {
  const { bytes, view } = record(DESCRIPTOR);
  view.setUint32(4, crc, true);
  view.setUint32(8, size, true);
  view.setUint32(12, size, true);
  return bytes;
}

/** A file's line in the directory. `offset` is that of its local header. */
export function centralHeader({ name, bytes: size, time }: ZipFile, crc: number, offset: number): Uint8Array {
  const { bytes, view } = record(CENTRAL, encoded(name));
  view.setUint16(4, VERSION, true);
  view.setUint16(6, VERSION, true);
  view.setUint16(8, FLAGS, true);
  setTime(view, 12, time);
  view.setUint32(16, crc, true);
  view.setUint32(20, size, true);
  view.setUint32(24, size, true);
  view.setUint16(28, bytes.byteLength - CENTRAL.bytes, true);
  view.setUint32(42, offset, true);
  return bytes;
}

export function end(count: number, directoryBytes: number, directoryAt: number): Uint8Array {
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
