/** What is done to a table of scenes: each edit takes the rows and returns new ones. It knows no page, and saves nothing. */

export interface Line {
  id: string;
  line: string;
}

/** As many scenes as a table holds. */
export const MOST_SCENES = 200;

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const ID_LENGTH = 16;

/** A new row's id, made here so that a row that was added offline keeps it. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(ID_LENGTH)), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

export function changed<Row extends Line>(rows: readonly Row[], ids: ReadonlySet<string>, part: Partial<Row>): Row[] {
  return rows.map((row) => (ids.has(row.id) ? { ...row, ...part } : row));
}

/** Puts rows behind the one at `index`; -1 puts them first. */
export function inserted<Row extends Line>(rows: readonly Row[], index: number, added: readonly Row[]): Row[] {
  return [...rows.slice(0, index + 1), ...added, ...rows.slice(index + 1)];
}

export function without<Row extends Line>(rows: readonly Row[], ids: ReadonlySet<string>): Row[] {
  return rows.filter(({ id }) => !ids.has(id));
}

/** Moves a row by so many places, as far as the table goes. */
export function moved<Row extends Line>(rows: readonly Row[], id: string, by: number): Row[] {
  const from = rows.findIndex((row) => row.id === id);
  const row = rows[from];
  if (row === undefined) return [...rows];
  const others = rows.filter((one) => one !== row);
  const to = Math.max(0, Math.min(others.length, from + by));
  return [...others.slice(0, to), row, ...others.slice(to)];
}

/** Divides a row's line at a place in it: what is behind it becomes the next row's, `made` of the row. */
export function split<Row extends Line>(rows: readonly Row[], id: string, at: number, made: (row: Row) => Row): Row[] {
  return rows.flatMap((row) => {
    if (row.id !== id) return [row];
    const rest = { ...made(row), line: row.line.slice(at).trimStart() };
    return [{ ...row, line: row.line.slice(0, at).trimEnd() }, rest];
  });
}

/** Joins a row's line to the one before it, whose pictures and settings stay. Returns also where the lines meet. */
export function merged<Row extends Line>(rows: readonly Row[], id: string): { rows: Row[]; into: string; at: number } | null {
  const index = rows.findIndex((row) => row.id === id);
  const [before, row] = [rows[index - 1], rows[index]];
  if (before === undefined || row === undefined) return null;
  const gap = before.line !== "" && row.line !== "" ? " " : "";
  const line = before.line + gap + row.line;
  const joined = rows.flatMap((one) => (one === before ? [{ ...one, line }] : one === row ? [] : [one]));
  return { rows: joined, into: before.id, at: before.line.length };
}

/** Lines that were pasted at a row: the first is that row's, each further one the next row's, as a sheet does it. Rows are
 * added at the end where there are too few. `left` counts the lines for which the table has no room. */
export function filled<Row extends Line>(
  rows: readonly Row[],
  from: number,
  lines: readonly string[],
  made: () => Row,
): { rows: Row[]; left: number } {
  const fitting = lines.slice(0, Math.max(0, MOST_SCENES - from));
  const all = [...rows];
  fitting.forEach((line, index) => {
    all[from + index] = { ...(all[from + index] ?? made()), line };
  });
  return { rows: all, left: lines.length - fitting.length };
}

/** The lines of a pasted text: a row each, to the letter. Of a sheet, a cell with line breaks comes in quotes and is one
 * line; text that is no sheet's keeps its quotes. */
export function linesOf(text: string, isSheet: boolean): string[] {
  const clean = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  if (!isSheet) return clean.split("\n");
  const cells = clean.match(/"(?:[^"]|"")*"(?=\n|$)|[^\n]*(?=\n|$)/g) ?? [];
  // Behind each cell the pattern finds the nothing before its line's end once more.
  const lines = cells.filter((cell, index) => cell !== "" || (cells[index - 1] ?? "") === "");
  return lines.map((cell) => (/^".*(?:\n|"").*"$/s.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}
