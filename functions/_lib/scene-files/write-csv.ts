/**
 * A table of scenes as a CSV file that reads again to the same table: a byte order mark, without which Excel on Korean
 * Windows reads code page 949; CRLF between rows. It knows no database.
 */

import type { SceneCells } from "../../_generated/contract.d.ts";
import type { Language } from "../env.ts";
import { forSheet } from "./formula-cells.ts";

export interface WrittenScene {
  number: number;
  cells: SceneCells;
  /** Names of its pictures, where they are known. */
  picture_name: string | null;
  last_picture_name: string | null;
  /** The name of its clip in the same ZIP; null: it has none. */
  clip_name: string | null;
}

type Column = readonly [Record<Language, string>, (scene: WrittenScene) => string | number | null];

/** The headings are words of headings.ts, except the last: a clip is no input. */
const COLUMNS: readonly Column[] = [
  [{ ko: "번호", en: "number" }, ({ number }) => number],
  [{ ko: "제목", en: "title" }, ({ cells }) => cells.title],
  [{ ko: "설명", en: "line" }, ({ cells }) => cells.line],
  [{ ko: "자막", en: "subtitle" }, ({ cells }) => cells.subtitle],
  [{ ko: "길이(초)", en: "seconds" }, ({ cells }) => cells.seconds],
  [{ ko: "화질", en: "quality" }, ({ cells: { quality } }) => quality && `${quality.preset} ${quality.tier}`],
  [{ ko: "소리", en: "sound" }, ({ cells: { sound } }) => (sound === null ? null : sound ? "on" : "off")],
  [{ ko: "시드", en: "seed" }, ({ cells }) => cells.seed],
  [{ ko: "제외할 것", en: "negative prompt" }, ({ cells }) => cells.negative_prompt],
  [{ ko: "이미지", en: "picture" }, ({ picture_name }) => picture_name],
  [{ ko: "끝 이미지", en: "last picture" }, ({ last_picture_name }) => last_picture_name],
  [{ ko: "이미지 ID", en: "picture id" }, ({ cells }) => cells.first_upload_id],
  [{ ko: "끝 이미지 ID", en: "last picture id" }, ({ cells }) => cells.last_upload_id],
  [{ ko: "영상 이름", en: "clip" }, ({ clip_name }) => clip_name],
];

export function writeCsv(scenes: readonly WrittenScene[], language: Language): string {
  const heading = COLUMNS.map(([title]) => title[language]);
  const rows = scenes.map((scene) => COLUMNS.map(([, cell]) => forSheet(String(cell(scene) ?? ""))));
  return `\ufeff${[heading, ...rows].map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("")}`;
}

/** Blanks at the ends are kept by some readers in quotes alone. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
