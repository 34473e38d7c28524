/**
 * A scene file, or a pasted text, as scenes: tells the format, and takes each column for a field of a scene. The page and
 * the command line read through it alike. It knows no database.
 */

import { MAX_SCENES } from "../../_generated/constants.ts";
import type { SceneFile, SceneFileColumn, SceneFileRow } from "../../_generated/contract.d.ts";
import { decodeText } from "./decode-text.ts";
import { fromSheet } from "./formula-cells.ts";
import { fieldsOf, type SceneField } from "./headings.ts";
import { type CellNote, rowsOf, type SceneTexts } from "./cell-values.ts";
import { fromMarkdown } from "./markdown-table.ts";
import { isSceneJson, readSceneJson } from "./scene-json.ts";
import { SceneFileFault, TooManyScenes } from "./scene-file-fault.ts";
import { isSrt, readSrt } from "./srt-file.ts";
import { type Delimiter, isTable, readTable, type Table } from "./table-file.ts";

export interface HowToRead {
  /** The file's name; empty for a pasted text. */
  name: string;
  /** What each column of a table is, in order; null for one that is not taken. Else told by the headings. */
  fields?: readonly (SceneField | null)[] | undefined;
  /** Whether a table's first record is a heading. Else told by its words. */
  has_heading?: boolean | undefined;
}

export interface ReadScenes {
  format: SceneFile["format"];
  encoding: SceneFile["encoding"];
  delimiter: Delimiter | null;
  has_heading: boolean;
  columns: SceneFileColumn[];
  rows: SceneFileRow[];
  notes: CellNote[];
}

const MOST_COLUMNS = 100;
const SAMPLES = 3;
const SAMPLE_CHARACTERS = 80;
const PICTURE = /\.(png|jpe?g|webp|gif|heic|avif|bmp)$/i;

/** Throws SceneFileFault, with lines of the file, and TooManyScenes. */
export function readScenes(bytes: Uint8Array, how: HowToRead): ReadScenes {
  const { text: written, encoding } = decodeText(bytes);
  const text = fromMarkdown(written) ?? written;
  const format = formatOf(text, how.name);
  if (format === "table") {
    const table = readTable(text, how.has_heading);
    if (how.fields || how.has_heading !== undefined || !isProse(table, text)) return { format, encoding, ...fromTable(table, how.fields) };
    return { format: "text", encoding, delimiter: null, has_heading: false, columns: [], ...taken(linesOf(text)) };
  }
  const scenes = { text: linesOf, srt: readSrt, json: readSceneJson }[format](text);
  return { format, encoding, delimiter: null, has_heading: false, columns: [], ...taken(scenes) };
}

/** Many more are counted and not looked at. */
function taken(scenes: readonly SceneTexts[]): ReturnType<typeof rowsOf> {
  if (scenes.length > MAX_SCENES) throw new TooManyScenes(scenes.length);
  return rowsOf(scenes);
}

/** By the name's ending; a text, and what has another ending, by what it holds. */
function formatOf(text: string, name: string): SceneFile["format"] {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  if (["csv", "tsv"].includes(ending)) return "table";
  if (["srt", "vtt"].includes(ending)) return "srt";
  if (["json", "jsonl", "ndjson"].includes(ending)) return "json";
  if (isSrt(text)) return "srt";
  if (isTable(text) || (ending !== "txt" && isSheet(text))) return "table";
  return isSceneJson(text) ? "json" : "text";
}

/** Cells that were copied from a sheet: every line has a tab. */
function isSheet(text: string): boolean {
  return linesOf(text).every(({ texts }) => texts.line?.includes("\t")) && text.trim() !== "";
}

/** A script whose file is called a table: its lines have as many parts as they have commas, and none is anything else. */
function isProse(table: Table, text: string): boolean {
  if (table.heading !== null || text.includes('"') || table.delimiter === "\t") return false;
  const widths = new Set(table.records.map(({ cells }) => cells.length));
  return widths.size > 1 && guessed(table, Math.max(...widths)).every((field) => field === null || field === "line");
}

/** A line is a scene; blank lines are none. */
function linesOf(text: string): SceneTexts[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ at: index + 1, texts: { line } }))
    .filter(({ texts: { line } }) => line.trim() !== "");
}

function fromTable(table: Table, fields: HowToRead["fields"]): Omit<ReadScenes, "format" | "encoding"> {
  const width = widthOf(table);
  const headings = Array.from({ length: width }, (_, at) => table.heading?.[at] ?? "");
  const used = fields ?? (table.heading ? fieldsOf(headings) : guessed(table, width));
  const scenes = table.records.map(({ at, cells }) => ({ at, texts: textsOf(cells, used) }));
  const { rows, notes } = taken(scenes.filter(({ texts }) => Object.values(texts).some((cell) => cell.trim() !== "")));
  return {
    delimiter: table.delimiter,
    has_heading: table.heading !== null,
    columns: headings.map((heading, at) => ({
      heading,
      field: used[at] ?? null,
      samples: table.records.slice(0, SAMPLES).map(({ cells }) => (cells[at] ?? "").slice(0, SAMPLE_CHARACTERS)),
    })),
    rows,
    notes: [...table.above.map(({ at }) => ({ at, field: null, words: ABOVE })), ...tooWide(table), ...notes],
  };
}

/** Throws SceneFileFault for a line with more cells than any table of scenes has. */
function widthOf({ heading, records }: Table): number {
  const wide = records.find(({ cells }) => cells.length > MOST_COLUMNS);
  if (wide || (heading?.length ?? 0) > MOST_COLUMNS) throw new SceneFileFault({ at: wide?.at ?? 1, words: TOO_MANY_CELLS });
  return records.reduce((most, { cells }) => Math.max(most, cells.length), heading?.length ?? 0);
}

function textsOf(cells: readonly string[], fields: readonly (SceneField | null)[]): SceneTexts["texts"] {
  const texts: SceneTexts["texts"] = {};
  for (const [at, field] of fields.entries()) {
    if (field !== null) texts[field] = fromSheet(cells[at] ?? "");
  }
  return texts;
}

/** Without headings: the pictures' names, numbers that count up, lengths, and the longest text as the line. */
function guessed({ records }: Table, width: number): (SceneField | null)[] {
  const columns = Array.from({ length: width }, (_, at) => records.map(({ cells }) => (cells[at] ?? "").trim()));
  const fields: (SceneField | null)[] = columns.map((cells) => {
    if (cells.every((cell) => PICTURE.test(cell))) return "picture_name";
    if (!cells.every((cell) => /^\d+(\.\d+)?$/.test(cell))) return null;
    return cells.every((cell, at) => at === 0 || Number(cell) > Number(cells[at - 1])) ? "number" : "seconds";
  });
  const lengths = columns.map((cells, at) => (fields[at] === null ? cells.join("").length : -1));
  const longest = lengths.indexOf(Math.max(...lengths));
  return fields.map((field, at) => (at === longest ? "line" : fields.indexOf(field) === at ? field : null));
}

/** A text with commas and without quotes becomes cells that the heading does not have. */
function tooWide({ heading, records }: Table): CellNote[] {
  if (heading === null) return [];
  const wider = records.filter(({ cells }) => cells.slice(heading.length).some((cell) => cell.trim() !== ""));
  return wider.map(({ at }) => ({ at, field: "line", words: TOO_WIDE }));
}

const ABOVE = {
  ko: "제목 줄 위에 있어서 장면으로 넣지 않았어요.",
  en: "This line stands above the headings and was not taken as a scene.",
};
const TOO_MANY_CELLS = {
  ko: `한 줄에 칸이 너무 많아요. ${MOST_COLUMNS}칸까지 읽을 수 있어요.`,
  en: `This line has too many cells. Up to ${MOST_COLUMNS} are read.`,
};
const TOO_WIDE = {
  ko: "제목 줄보다 칸이 많아요. 쉼표가 든 글은 큰따옴표로 묶어야 잘리지 않아요.",
  en: "This line has more cells than the heading. A text with commas is cut unless it is in quotes.",
};
