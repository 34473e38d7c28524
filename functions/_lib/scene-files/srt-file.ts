/**
 * Subtitles (SRT, and WebVTT's plain cues) as scenes: a cue is a scene, its times are the scene's. It knows no lengths
 * that are offered.
 */

import type { SceneTexts } from "./cell-values.ts";
import { type LineFault, SceneFileFault } from "./scene-file-fault.ts";

const TIME = String.raw`(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}`;
const TIMES = new RegExp(String.raw`^\s*(${TIME})\s*-->\s*(${TIME})(?:\s.*)?$`);
/** Marks of style and place, which are no text. */
const MARKS = /<\/?(?:i|b|u|font)(?:\s[^>]*)?>|\{\\an?\d\}/gi;
const FAULTS_NAMED = 20;

/** Whether a cue's times stand in the first lines. */
export function isSrt(text: string): boolean {
  return text
    .slice(0, 2_000)
    .split(/\r\n|\n|\r/, 12)
    .some((line) => TIMES.test(line));
}

/** Throws SceneFileFault with the line of every cue that has no times, or ends before it begins. */
export function readSrt(text: string): SceneTexts[] {
  const scenes: SceneTexts[] = [];
  const faults: LineFault[] = [];
  for (const { at, lines } of blocksOf(text)) {
    if (/^(WEBVTT|NOTE|STYLE|REGION)\b/.test(lines[0] ?? "")) continue;
    const timed = lines.slice(0, 2).findIndex((line) => TIMES.test(line));
    const [, start = "", end = ""] = TIMES.exec(lines[timed] ?? "") ?? [];
    if (timed === -1) faults.push({ at, words: NO_TIMES });
    else if (milliseconds(end) <= milliseconds(start)) faults.push({ at: at + timed, words: ENDS_BEFORE });
    else {
      const words = lines.slice(timed + 1).join("\n").replace(MARKS, "");
      scenes.push({ at, texts: { subtitle: words, start: start.trim(), end: end.trim() } });
    }
  }
  if (faults.length > 0) throw new SceneFileFault(...faults.slice(0, FAULTS_NAMED));
  return scenes;
}

/** Lines between blank lines, with the number of the first. */
function blocksOf(text: string): { at: number; lines: string[] }[] {
  const blocks: { at: number; lines: string[] }[] = [];
  let isInside = false;
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === "") isInside = false;
    else if (isInside) blocks.at(-1)?.lines.push(line);
    else {
      blocks.push({ at: index + 1, lines: [line] });
      isInside = true;
    }
  }
  return blocks;
}

function milliseconds(time: string): number {
  const [seconds = 0, minutes = 0, hours = 0] = time.replace(",", ".").split(":").reverse().map(Number);
  return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1_000);
}

const NO_TIMES = {
  ko: "자막의 시간(00:00:01,000 --> 00:00:04,000)이 없어요.",
  en: "This subtitle has no times (00:00:01,000 --> 00:00:04,000).",
};
const ENDS_BEFORE = { ko: "끝 시간이 시작 시간보다 빨라요.", en: "This subtitle ends before it begins." };
