/** The beginnings of picture files, byte by byte, with everything that a test wants wrong in them. */

export function bytes(...parts: (readonly number[] | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...part].map((one) => one.charCodeAt(0)) : [...part])),
  );
}

/** `value` in `length` bytes, most significant first. */
export function big(value: number, length: number): number[] {
  return Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256);
}

export function little(value: number, length: number): number[] {
  return big(value, length).reverse();
}

export function png(width: number, height: number, { first = "IHDR" } = {}): Uint8Array {
  return bytes([0x89], "PNG\r\n", [0x1a], "\n", big(13, 4), first, big(width, 4), big(height, 4), [8, 2, 0, 0, 0]);
}

/** A JPEG's marker with its segment: the length counts itself. */
export function segment(marker: number, content: readonly number[] = []): Uint8Array {
  return bytes([0xff, marker], big(content.length + 2, 2), content);
}

export function frame(width: number, height: number, marker = 0xc0): Uint8Array {
  return segment(marker, [8, ...big(height, 2), ...big(width, 2), 1, 1, 0x11, 0]);
}

export function jpeg(...segments: Uint8Array[]): Uint8Array {
  return bytes([0xff, 0xd8], ...segments);
}

export function webp(chunk: string, content: readonly number[], { declared = 1_000 } = {}): Uint8Array {
  const padded = [...content, ...new Array<number>(Math.max(0, 10 - content.length)).fill(0)];
  return bytes("RIFF", little(declared, 4), "WEBP", chunk, little(padded.length, 4), padded);
}

/** The three layouts of WebP, each at a size. */
export const WEBP = {
  extended: (width: number, height: number) =>
    webp("VP8X", [0, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3)]),
  lossless: (width: number, height: number) => webp("VP8L", [0x2f, ...little(width - 1 + (height - 1) * 2 ** 14, 4)]),
  lossy: (width: number, height: number) =>
    webp("VP8 ", [0, 0, 0, 0x9d, 0x01, 0x2a, ...little(width, 2), ...little(height, 2)]),
};
