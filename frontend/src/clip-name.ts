/** What a clip is called: its owner's name for it, else its picture's file and its words. */

import type { Job } from "../../functions/_generated/contract";

/** One line: `장면_17 · 아이가 문을 연다`. */
export function nameOf({ title, picture_name, input }: Job): string {
  if (title) return title;
  const words = input.prompt.replace(/\s+/g, " ").trim();
  const stem = stemOf(picture_name);
  return stem === null ? words : `${stem} · ${words}`;
}

/** A file's name without what says its format. */
export function stemOf(name: string | null): string | null {
  return name?.replace(/\.[A-Za-z0-9]{2,5}$/, "") || null;
}
