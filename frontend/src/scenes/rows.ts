/** A scene as the page edits it: its id and its cells, side by side. What has become of it, the server tells apart. */

import { EMPTY_CELLS } from "../../../functions/_generated/constants";
import type { Scene, SceneCells, SceneSettings } from "../../../functions/_generated/contract";
import { newId } from "./edits";

export type Row = SceneCells & { id: string };

export function emptyRow(cells: Partial<SceneCells> = {}): Row {
  return { ...EMPTY_CELLS, ...cells, id: newId() };
}

export function rowOf({ id, cells }: Scene): Row {
  return { ...cells, id };
}

/** A row with the same text, pictures and settings, which has no clips yet. */
export function copyOf(row: Row): Row {
  return { ...row, chosen_job: null, id: newId() };
}

/** A row for the rest of a line: the settings are the same, the pictures stay where they are. */
export function restOf(row: Row): Row {
  const { seconds, quality, sound, negative_prompt, borders } = row;
  return emptyRow({ seconds, quality, sound, negative_prompt, borders });
}

/** Whether nothing was put into it. */
export function isBlank({ line, subtitle, first_upload_id, last_upload_id, picture_name }: Row): boolean {
  return line.trim() === "" && subtitle === "" && !first_upload_id && !last_upload_id && !picture_name;
}

/** What a scene is made with, as far as it or its table says so. */
export function settledOf(row: Row, settings: SceneSettings): Pick<SceneSettings, "seconds" | "quality" | "sound" | "borders"> {
  return {
    seconds: row.seconds ?? settings.seconds,
    quality: row.quality ?? settings.quality,
    sound: row.sound ?? settings.sound,
    borders: row.borders ?? settings.borders,
  };
}

/** `003` */
export function numberOf(index: number): string {
  return String(index + 1).padStart(3, "0");
}
