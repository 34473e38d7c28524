/**
 * Reads which scenes a person means: `1~4, 6, 8-10`, with spaces, full-width digits and signs, or `3번` as people write
 * them. The page and the command line ask the site, so this is the only reader. It knows no table.
 */

import type { Words } from "./problem.ts";

export type RangeVerdict = { ok: true; numbers: number[] } | { ok: false; detail: Words };

const DASHES = /[-~\u2010-\u2015\u2212\u223c\u301c\u30fc\uff5e]/g;
const BETWEEN = /[\s,;\u3001\u00b7\u30fb]+/;
const PART = /^(\d+)(?:~(\d+))?$/;
const MAX_SHOWN = 20;

/** The numbers meant, each once, smallest first. `last`: of the table's last scene. */
export function numbersOf(text: string, last: number): RangeVerdict {
  // The compatibility form turns full-width digits, commas and tildes into plain ones.
  const plain = text
    .normalize("NFKC")
    .replace(DASHES, "~")
    .replace(/(\d)\s*번/g, "$1")
    .replace(/\s*~\s*/g, "~");
  const parts = plain.split(BETWEEN).filter(Boolean);
  if (parts.length === 0) return { ok: false, detail: EMPTY };
  const numbers = new Set<number>();
  for (const part of parts) {
    const [, from = "", to = from] = PART.exec(part) ?? [];
    if (from === "") return { ok: false, detail: unreadable(part) };
    const ends = [Number(from), Number(to)];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    if (low < 1) return { ok: false, detail: FROM_ONE };
    if (high > last) return { ok: false, detail: beyond(last) };
    for (let number = low; number <= high; number++) numbers.add(number);
  }
  return { ok: true, numbers: [...numbers].sort((one, other) => one - other) };
}

const EMPTY: Words = { ko: "장면 번호를 1~4, 6처럼 써 주세요.", en: "Write the scenes' numbers, such as 1~4, 6." };
const FROM_ONE: Words = { ko: "장면 번호는 1부터예요.", en: "The first scene is number 1." };

function unreadable(part: string): Words {
  const shown = [...part].slice(0, MAX_SHOWN).join("");
  return {
    ko: `‘${shown}’ 부분을 읽을 수 없어요. 1~4, 6처럼 써 주세요.`,
    en: `“${shown}” cannot be read. Write it such as 1~4, 6.`,
  };
}

function beyond(last: number): Words {
  if (last === 0) return { ko: "표에 장면이 없어요.", en: "The table has no scene." };
  return { ko: `장면은 ${last}번까지 있어요.`, en: `The last scene is number ${last}.` };
}
