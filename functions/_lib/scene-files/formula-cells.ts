/**
 * Cells that a spreadsheet would run as a formula: they are written with an apostrophe before them, which shows the text
 * and runs nothing, and are read without it. What was written is read as the same text.
 */

/** The signs that begin a formula, also in full width, after any apostrophes that are the text's own. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;

export function forSheet(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function fromSheet(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
