/**
 * Names of files that every system takes: composed Hangul, no character that Windows refuses, none of its reserved
 * names, and a length that fits into 255 bytes. It knows no clip.
 */

const MOST_CHARACTERS = 80;
/** Of UTF-8: a number before it and an ending after it fit into 255. */
const MOST_BYTES = 235;
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Refused by Windows, or not seen: control characters, marks of direction, unassigned ones. A joiner of emoji stays. */
const REFUSED = /[\\/:*?"<>|]|(?!\u200d)\p{C}/gu;

/** `001_아이가 문을 연다.mp4`; `001.mp4` where nothing of the title can stand in a name. */
export function numberedName(number: number, title: string, ending: string, count = 0): string {
  const digits = Math.max(3, String(count).length);
  const words = plainName(title);
  return `${String(number).padStart(digits, "0")}${words === "" ? "" : `_${words}`}.${ending}`;
}

/** A whole name from words; `otherwise` where nothing of them can stand in one. */
export function nameOfFile(words: string, ending: string, otherwise: string): string {
  const plain = plainName(words) || otherwise;
  return `${RESERVED.test(plain) ? "_" : ""}${plain}.${ending}`;
}

/** Up to 80 characters as a person counts them, without blanks and dots at the ends. */
function plainName(words: string): string {
  const shown = words.normalize("NFC").replace(REFUSED, " ").replace(/\s+/gu, " ");
  let name = "";
  let characters = 0;
  for (const { segment } of new Intl.Segmenter("ko").segment(trimmed(shown))) {
    characters += 1;
    if (characters > MOST_CHARACTERS || bytesOf(name + segment) > MOST_BYTES) break;
    name += segment;
  }
  return trimmed(name);
}

function trimmed(text: string): string {
  return text.replace(/^[. ]+|[. ]+$/g, "");
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
