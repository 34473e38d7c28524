/** The cells of a scene and the settings of its project: what is empty, what differs, and a change written over them. It
 * knows no database. */

import { DEFAULT_PRESET, DEFAULT_TIER, EMPTY_CELLS } from "../_generated/constants.ts";
import type {
  SceneCells,
  SceneCellsChange,
  SceneQuality,
  SceneSettings,
  SceneSettingsChange,
} from "../_generated/contract.d.ts";
import { sorted } from "./hash.ts";

/** Of a new project. */
export const FIRST_SETTINGS: SceneSettings = {
  ratio: "9:16",
  seconds: 8,
  quality: { preset: DEFAULT_PRESET, tier: DEFAULT_TIER },
  sound: true,
  words_in_front: "",
  negative_prompt: "",
  borders: "cut",
  dialogue_motions: false,
};

export const DRAFT: SceneQuality = { preset: "draft", tier: "352p" };

/** A stored text, which holds the members that are not empty: a member that a later release has added is kept out. */
export function cellsOf(stored: string): SceneCells {
  return complete(EMPTY_CELLS, JSON.parse(stored) as Partial<SceneCells>);
}

export function settingsOf(stored: string): SceneSettings {
  return complete(FIRST_SETTINGS, JSON.parse(stored) as Partial<SceneSettings>);
}

export function storedCells(cells: SceneCells): string {
  const names = Object.keys(EMPTY_CELLS) as (keyof SceneCells)[];
  return JSON.stringify(
    Object.fromEntries(names.filter((name) => differ(cells[name], EMPTY_CELLS[name])).map((name) => [name, cells[name]])),
  );
}

/** The members that the change really changes, with their new values. Null stands for an empty one. */
export function changesOf<Whole extends object>(
  before: Whole,
  change: SceneCellsChange | SceneSettingsChange,
  empty: Whole,
): Partial<Whole> {
  const names = (Object.keys(change) as (keyof Whole & string)[]).filter((name) => Object.hasOwn(empty, name));
  const values = names.map((name) => [name, (change as Partial<Whole>)[name] ?? empty[name]] as const);
  return Object.fromEntries(values.filter(([name, value]) => differ(before[name], value))) as Partial<Whole>;
}

export function withSettings(change: SceneSettingsChange | null | undefined): SceneSettings {
  return { ...FIRST_SETTINGS, ...changesOf(FIRST_SETTINGS, change ?? {}, FIRST_SETTINGS) };
}

function complete<Whole extends object>(empty: Whole, stored: Partial<Whole>): Whole {
  const names = Object.keys(empty) as (keyof Whole)[];
  return Object.fromEntries(names.map((name) => [name, stored[name] ?? empty[name]])) as Whole;
}

function differ(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) !== JSON.stringify(sorted(other));
}
