/** A table of Markdown, as chat programs answer with one, as lines of cells between tabs. It knows no headings. */

/** `|---|:--:|`, the line below a heading. */
const RULE = /^[\s|:-]*-[\s|:-]*$/;
const ROW = /^\s*\|.*\|\s*$/;

/** The text with tabs between its cells, in the same lines; null for what is no such table. */
export function fromMarkdown(text: string): string | null {
  const lines = text.split(/\r\n|\n|\r/);
  const written = lines.filter((line) => line.trim() !== "");
  if (written.length < 2 || !written.every((line) => ROW.test(line)) || !RULE.test(written[1] ?? "")) return null;
  return lines.map((line) => (RULE.test(line) ? "" : cellsOf(line).join("\t"))).join("\n");
}

function cellsOf(line: string): string[] {
  const inner = line.trim().slice(1, -1);
  return inner.split(/(?<!\\)\|/).map((cell) => quoted(cell.trim().replaceAll("\\|", "|").replace(/<br\s*\/?>/gi, "\n")));
}

function quoted(cell: string): string {
  return /["\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
