/**
 * Which motions suit a spoken line, by its signs and its length. The page suggests them with it, and a scene table asks
 * for them with it. It knows neither a request nor the words that a model gets.
 */

import type { Motion, SceneCells, SceneSettings } from "../_generated/contract.d.ts";

/** From here on a line is long: about three seconds of Korean speech. */
export const LONG_LINE_CHARACTERS = 20;

/** Signs that open and close a spoken line. A single straight one is an apostrophe as well, and counts for neither. */
const QUOTED = /"([^"\n]+)"|“([^“”\n]+)”|‘([^‘’\n]+)’|「([^「」\n]+)」|『([^『』\n]+)』/gu;

/** The quoted lines of a text, without their signs. One that is not closed yet is none. */
export function spokenLines(text: string): string[] {
  return [...text.matchAll(QUOTED)].flatMap(([, ...lines]) => lines.filter((line) => line !== undefined));
}

/** An exclamation turns the head, a question nods, a long line leans forward; each once, in this order. */
export function motionsOfLines(lines: readonly string[]): Motion[] {
  const suggested: [Motion, boolean][] = [
    ["turn_head", lines.some((line) => /[!！]/u.test(line))],
    ["nod", lines.some((line) => /[?？]/u.test(line))],
    ["lean_in", lines.some((line) => [...line.normalize("NFC").trim()].length >= LONG_LINE_CHARACTERS)],
  ];
  return suggested.filter(([, isSuggested]) => isSuggested).map(([motion]) => motion);
}

/** Of a text that describes a clip, and of the subtitle that is spoken in it. */
export function dialogueMotions(text: string, subtitle = ""): Motion[] {
  return motionsOfLines([...spokenLines(text), ...subtitle.split("\n")]);
}

/** Those that a scene asks for: its own, or those of its spoken lines where its table has them sent. */
export function motionsOfScene(
  { line, subtitle, motions }: Pick<SceneCells, "line" | "subtitle" | "motions">,
  { dialogue_motions }: Pick<SceneSettings, "dialogue_motions">,
): Motion[] {
  return motions ?? (dialogue_motions ? dialogueMotions(line, subtitle) : []);
}
