/** What a file is by its first bytes. Names and types of files are only what somebody says: phones and other programs give
 * intact pictures none, or strange ones. */

export type Format = "PNG" | "JPEG" | "WebP" | "HEIC" | "AVIF";

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  PNG: "image/png",
  JPEG: "image/jpeg",
  WebP: "image/webp",
  HEIC: "image/heic",
  AVIF: "image/avif",
};

/** Those that the service reads; others have to become one of them first. */
export const TAKEN: readonly Format[] = ["PNG", "JPEG", "WebP"];

/** Enough for a signature and the brands of a file of boxes. */
export const SIGNATURE_BYTES = 64;

const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"];
const AVIF_BRANDS = ["avif", "avis"];

/** The format of a file that starts with `bytes`; null for anything else. */
export function formatOf(bytes: Uint8Array): Format | null {
  const text = String.fromCharCode(...bytes.subarray(0, SIGNATURE_BYTES));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "PNG";
  if (text.startsWith("\xff\xd8\xff")) return "JPEG";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "WebP";
  if (text.slice(4, 8) !== "ftyp") return null;
  const brands = brandsOf(text);
  if (brands.some((one) => AVIF_BRANDS.includes(one))) return "AVIF";
  return brands.some((one) => HEIC_BRANDS.includes(one)) ? "HEIC" : null;
}

/** The main brand of a file of boxes and those it is compatible with, as far as `text` goes. */
function brandsOf(text: string): string[] {
  const [high = 0, low = 0] = [text.charCodeAt(2), text.charCodeAt(3)];
  const compatible = text.slice(16, high * 256 + low).match(/.{4}/gs) ?? []; // the first box is a short one
  return [text.slice(8, 12), ...compatible];
}
