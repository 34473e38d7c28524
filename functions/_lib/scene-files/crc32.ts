/** CRC-32 as ZIP has it, eight bytes a step: a gigabyte takes a second or two of a Function's time, not thirteen. */

const STRIDE = 8;
const TABLES = tables();

/** Of the bytes after those whose CRC is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  const steps = Math.floor(bytes.byteLength / STRIDE);
  const words = bytes.byteOffset % 4 === 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, steps * 2) : undefined;
  let crc = ~before;
  let at = 0;
  if (words !== undefined) {
    // Every index is below 256, and each table has 256 numbers; words are little-endian wherever this runs.
    for (let word = 0; word < words.length; word += 2) {
      const one = crc ^ (words[word] as number);
      const two = words[word + 1] as number;
      crc =
        (t7[one & 255] as number) ^
        (t6[(one >>> 8) & 255] as number) ^
        (t5[(one >>> 16) & 255] as number) ^
        (t4[one >>> 24] as number) ^
        (t3[two & 255] as number) ^
        (t2[(two >>> 8) & 255] as number) ^
        (t1[(two >>> 16) & 255] as number) ^
        (t0[two >>> 24] as number);
    }
    at = steps * STRIDE;
  }
  for (; at < bytes.byteLength; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}

type Eight<Item> = readonly [Item, Item, Item, Item, Item, Item, Item, Item];

/** Table `n` is a byte's effect after `n` further bytes. */
function tables(): Eight<Uint32Array> {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const made = [first];
  while (made.length < STRIDE) {
    const last = made.at(-1) as Uint32Array;
    made.push(last.map((crc) => (crc >>> 8) ^ (first[crc & 255] as number)));
  }
  return made as unknown as Eight<Uint32Array>;
}
