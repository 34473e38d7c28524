/**
 * A month's rows as a CSV file that spreadsheets open by a double click: a byte order mark, without which Excel on
 * Korean Windows reads code page 949; CRLF; won with all their decimals. It knows no database.
 */

import type { Language } from "./env.ts";
import type { UsageRow } from "./usage.ts";

type Cell = string | number;
type Column = readonly [Record<Language, string>, (row: UsageRow) => Cell];

const COLUMNS: readonly Column[] = [
  [{ ko: "날짜", en: "day" }, ({ day }) => day],
  [{ ko: "화질", en: "preset" }, ({ preset }) => preset],
  [{ ko: "GPU", en: "gpu" }, ({ gpu }) => gpu],
  [{ ko: "장면 표", en: "scene table" }, ({ title, project_id }) => title ?? project_id ?? ""],
  [{ ko: "요청", en: "jobs" }, ({ jobs }) => jobs],
  [{ ko: "완성", en: "delivered" }, ({ delivered }) => delivered],
  [{ ko: "실패", en: "failed" }, ({ failed }) => failed],
  [{ ko: "취소", en: "canceled" }, ({ canceled }) => canceled],
  [{ ko: "예상 금액(원)", en: "estimate (won)" }, (row) => won(row.estimate_micro_won)],
  [{ ko: "실제 금액(원)", en: "billed (won)" }, (row) => won(billed(row))],
  [{ ko: "그중 영상(원)", en: "of it clips (won)" }, (row) => won(row.clips_micro_won)],
  [{ ko: "그중 준비(원)", en: "of it starts (won)" }, (row) => won(row.start_micro_won)],
  [{ ko: "그중 취소(원)", en: "of it canceled (won)" }, (row) => won(row.canceled_micro_won)],
];

export function usageCsv(rows: readonly UsageRow[], language: Language): string {
  const lines = [COLUMNS.map(([title]) => title[language]), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  return `\ufeff${lines.map((cells) => `${cells.map(written).join(",")}\r\n`).join("")}`;
}

function billed(row: UsageRow): number {
  return row.clips_micro_won + row.start_micro_won + row.canceled_micro_won;
}

/** Whole micro-won as won, exactly: `37.6`, `0.000001`. */
function won(microWon: number): string {
  const [whole, rest] = [Math.floor(microWon / 1e6), String(microWon % 1e6).padStart(6, "0").replace(/0+$/, "")];
  return rest === "" ? String(whole) : `${whole}.${rest}`;
}

/** A text that a spreadsheet would take for a formula is written with an apostrophe before it. */
function written(cell: Cell): string {
  const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
