/** Several clips as one ZIP, in the order in which they were made: `001_장면_01 · 아이가 문을 연다.mp4`. The bytes stream from
 * the site into the file; nothing is packed, since films are packed already. It asks for one clip at a time. */

import { downloadZip } from "client-zip";
import type { Job } from "../../functions/_generated/contract";
import { nameOf } from "./clip-name";

const MOST_CHARACTERS = 60;
/** A browser reads the file while it is saved. */
const KEPT_MS = 60_000;

/** Saves them under that name. Rejects where a clip cannot be fetched. */
export async function saveZip(clips: readonly Job[], name: string, onClip: (count: number) => void): Promise<void> {
  const inOrder = [...clips].sort((a, b) => a.id.localeCompare(b.id));
  const zip = await downloadZip(films(inOrder, onClip)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(zip);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

async function* films(clips: readonly Job[], onClip: (count: number) => void): AsyncGenerator<{ name: string; input: Response; lastModified: Date }> {
  const digits = Math.max(3, String(clips.length).length);
  for (const [index, job] of clips.entries()) {
    onClip(index + 1);
    const input = await fetch(job.links.download ?? "");
    if (!input.ok) throw new TypeError(`${job.id}: ${input.status}`);
    const number = String(index + 1).padStart(digits, "0");
    yield { name: `${number}_${fileWords(job)}.mp4`, input, lastModified: new Date(job.finished_at ?? job.created_at) };
  }
}

/** A clip's name without what file systems refuse. */
export function fileWords(job: Job): string {
  const words = nameOf(job)
    .normalize("NFC")
    .replace(/[\p{C}\\/:*?"<>|%]/gu, " ")
    .replace(/\s+/g, " ");
  return [...words].slice(0, MOST_CHARACTERS).join("").replace(/[. ]+$/, "").trim() || job.id;
}
