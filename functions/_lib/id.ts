/** Ids that sort by time and cannot be guessed: 9 characters of time, 20 of chance (100 bits); the contract's `Id`. */

export const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export function newId(milliseconds: number = Date.now()): string {
  const time = milliseconds.toString(36).padStart(9, "0");
  let chance = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(20))) chance += ALPHABET[byte & 31];
  return time + chance;
}

/** When an id of ours was made, in milliseconds since 1970. */
export function madeAt(id: string): number {
  return Number.parseInt(id.slice(0, 9), 36);
}

export function isId(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-z]{8,40}$/.test(text);
}

/** A seed for a person who gave none: uniform over 0 … 2^32-1. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
