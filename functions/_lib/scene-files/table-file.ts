/**
 * A table in a text file (CSV after RFC 4180, or with `;` or tabs) as records of cells, each with its line in the file.
 * Cells may hold newlines. It knows no headings' meaning, only which words are headings.
 */

import { CsvError, parse } from "csv-parse/browser/esm/sync";
import { isHeading } from "./headings.ts";
import { SceneFileFault } from "./scene-file-fault.ts";

export type Delimiter = "," | ";" | "\t";

export interface TableRecord {
  /** The line on which it begins, from 1. */
  at: number;
  cells: readonly string[];
}

export interface Table {
  delimiter: Delimiter;
  /** The first record, where it is a heading. */
  heading: readonly string[] | null;
  /** Records before the heading: a sheet's title. */
  above: readonly TableRecord[];
  records: readonly TableRecord[];
}

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t"];
const PROBED_CHARACTERS = 20_000;
/** Above its heading a sheet may have a title, and who made it. */
const PROBED_LINES = 4;
/** Excel's own first line, which names the delimiter. */
const NAMED = /^sep=([,;\t])(?:\r\n|\n|\r)/i;

/** `hasHeading`: as somebody said; else told by its words. Throws SceneFileFault where a quote has no end. */
export function readTable(text: string, hasHeading?: boolean): Table {
  const named = NAMED.exec(text);
  const delimiter = (named?.[1] as Delimiter | undefined) ?? likelyDelimiter(text);
  // The named delimiter's line is kept as an empty one, so that lines keep their numbers.
  const records = recordsOf(named ? text.slice(named[0].length - 1) : text, delimiter);
  const place = headingIn(records, hasHeading);
  const heading = records[place]?.cells ?? null;
  return { delimiter, heading, above: records.slice(0, Math.max(0, place)), records: records.slice(place + 1) };
}

/** The place of the heading; -1 where there is none. */
function headingIn(records: readonly TableRecord[], isFirst: boolean | undefined): number {
  const marks = records.slice(0, PROBED_LINES).map(({ cells }) => cells.filter(isHeading).length);
  if (isFirst === false || records.length === 0) return -1;
  if (isFirst || (marks[0] ?? 0) > 0) return 0;
  return marks.findIndex((count) => count >= 2); // one word alone may be a scene's
}

/** Whether the first record names at least two fields: no line of a script does. */
export function isTable(text: string): boolean {
  if (NAMED.test(text)) return true;
  const first = firstLine(text);
  return DELIMITERS.some((delimiter) => first.split(delimiter).filter((cell) => isHeading(unquoted(cell))).length >= 2);
}

/** The delimiter by which one of the first lines has most headings, else the first has most cells. */
function likelyDelimiter(text: string): Delimiter {
  const lines = text.slice(0, PROBED_CHARACTERS).split(/[\r\n]+/).filter(Boolean).slice(0, PROBED_LINES);
  const marks = DELIMITERS.map((delimiter) => {
    const rows = lines.map((line) => line.split(delimiter));
    const headings = rows.map((cells) => cells.filter((cell) => isHeading(unquoted(cell))).length);
    return { delimiter, mark: Math.max(0, ...headings) * 1_000 + (rows[0]?.length ?? 0) };
  });
  return marks.reduce((best, one) => (one.mark > best.mark ? one : best)).delimiter;
}

function firstLine(text: string): string {
  return /^[^\r\n]*/.exec(text.replace(/^[\r\n]+/, ""))?.[0] ?? "";
}

function unquoted(cell: string): string {
  return cell.trim().replace(/^"(.*)"$/, "$1");
}

/** Without those that have no text at all. */
function recordsOf(text: string, delimiter: Delimiter): TableRecord[] {
  const bytes = new TextEncoder().encode(text);
  const records: TableRecord[] = [];
  let place = { byte: 0, line: 1 }; // the library's own lines count CRLF in quotes twice
  try {
    parse(bytes, {
      delimiter,
      on_record: (cells, { bytes: end }) => {
        const at = afterBlankLines(bytes, place).line;
        if (cells.some((cell) => cell.trim() !== "")) records.push({ at, cells });
        place = forward(bytes, place, end);
        return null;
      },
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      relax_quotes: true, // 5" in a cell that is not quoted
      skip_empty_lines: true,
    });
    return records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const at = afterBlankLines(bytes, place).line;
    throw new SceneFileFault({ at, words: error.code === "CSV_QUOTE_NOT_CLOSED" ? NO_END : NOT_READ });
  }
}

interface Place {
  byte: number;
  /** From 1. */
  line: number;
}

/** The same place in the file, further on; CRLF is one newline. */
function forward(bytes: Uint8Array, from: Place, to: number): Place {
  let line = from.line;
  for (let at = from.byte; at < to; at++) {
    if (bytes[at] === NEWLINE || (bytes[at] === RETURN && bytes[at + 1] !== NEWLINE)) line += 1;
  }
  return { byte: Math.max(from.byte, to), line };
}

function afterBlankLines(bytes: Uint8Array, from: Place): Place {
  let at = from.byte;
  while (bytes[at] === NEWLINE || bytes[at] === RETURN) at += 1;
  return forward(bytes, from, at);
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const NO_END = {
  ko: "이 줄에서 열린 큰따옴표(\")가 닫히지 않았어요.",
  en: "A quote (\") is opened on this line and never closed.",
};
const NOT_READ = { ko: "이 줄을 표로 읽을 수 없어요.", en: "This line cannot be read as a table's." };
