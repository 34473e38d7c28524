/** The motions that go with what is spoken in the form's text or in a scene: which are offered, which are on, and the text with them.
 * Changes nothing by itself. */

import { MOTIONS } from "../../functions/_generated/constants";
import type { Motion, SceneSettings } from "../../functions/_generated/contract";
import { dialogueMotions, motionsOfScene } from "../../functions/_lib/dialogue-motions";
import type { Row } from "./scenes/rows";
import type { Draft } from "./state/draft";
import { suggestsMotions } from "./state/preferences";

/** Where the person chose otherwise than the spoken lines suggest. */
export type MotionChoices = Partial<Record<Motion, boolean>>;

export interface OfferedMotion {
  name: Motion;
  title_ko: string;
  title_en: string;
  /** What is added to the text that is sent. */
  words: string;
  isOn: boolean;
}

const SENTENCE_END = /[.!?…。！？]["'”’」』)]*$/u;

/** `with_motions` in `gpu/core/motions.py` is the same rule; `tests/contract/prompts.json` holds both to it. */
export function withMotions(text: string, motions: readonly Motion[]): string {
  const added = MOTIONS.filter(({ name }) => motions.includes(name)).map(({ words }) => words).join(" ");
  if (!added || !text) return text || added;
  return `${text}${SENTENCE_END.test(text) ? "" : "."} ${added}`;
}

/** Those that the spoken lines suggest, and those that were switched on anyway, as of a clip that is made again. */
export function offeredMotions({ prompt, motions }: Pick<Draft, "prompt" | "motions">): OfferedMotion[] {
  const suggested = suggestedMotions(prompt);
  return offered(suggested, MOTIONS.filter(({ name }) => motions[name] ?? suggested.includes(name)).map(({ name }) => name));
}

/** Those that are sent. */
export function motionsOf(draft: Pick<Draft, "prompt" | "motions">): Motion[] {
  return offeredMotions(draft).filter(({ isOn }) => isOn).map(({ name }) => name);
}

/** The choices with which a text is sent with exactly these motions, whatever is suggested. */
export function choicesFor(prompt: string, motions: readonly Motion[]): MotionChoices {
  const suggested = suggestedMotions(prompt);
  const others = MOTIONS.filter(({ name }) => motions.includes(name) || suggested.includes(name));
  return Object.fromEntries(others.map(({ name }) => [name, motions.includes(name)]));
}

type Spoken = Pick<Row, "line" | "subtitle" | "motions">;

export function offeredInScene(row: Spoken, settings: SceneSettings): OfferedMotion[] {
  const isSuggested = suggestsMotions.value || settings.dialogue_motions;
  return offered(isSuggested ? dialogueMotions(row.line, row.subtitle) : [], motionsOfScene(row, settings));
}

/** A scene's own motions after one was turned on or off; null where they are its table's again. */
export function turnedInScene(row: Spoken, settings: SceneSettings, turned: Motion, isOn: boolean): Motion[] | null {
  const before = motionsOfScene(row, settings);
  const now = MOTIONS.map(({ name }) => name).filter((name) => (name === turned ? isOn : before.includes(name)));
  const usual = motionsOfScene({ ...row, motions: null }, settings);
  return now.join() === usual.join() ? null : now;
}

function offered(suggested: readonly Motion[], on: readonly Motion[]): OfferedMotion[] {
  const shown = MOTIONS.filter(({ name }) => on.includes(name) || suggested.includes(name));
  return shown.map((motion) => ({ ...motion, isOn: on.includes(motion.name) }));
}

function suggestedMotions(prompt: string): Motion[] {
  return suggestsMotions.value ? dialogueMotions(prompt) : [];
}
