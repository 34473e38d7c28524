/** Which cells of a long list are near the window, and how much room the others take. Pure arithmetic: sections with a
 * head each, rows of one height. It knows no clip and no page. */

export interface Measures {
  columns: number;
  /** Pixels of a row with the gap below it, and of a section's head. */
  row: number;
  head: number;
}

/** A section that is near: its cells from `from` to before `to`, and the pixels of those before and behind them. */
export interface Part {
  index: number;
  from: number;
  to: number;
  above: number;
  below: number;
}

export interface Window {
  /** Pixels of the sections before and behind the parts. */
  above: number;
  below: number;
  parts: readonly Part[];
}

export function heightOf(count: number, { columns, row, head }: Measures): number {
  return head + Math.ceil(count / columns) * row;
}

/** What lies between the pixels `top` and `bottom` of a list whose sections have so many cells. */
export function windowOf(counts: readonly number[], measures: Measures, top: number, bottom: number): Window {
  const { columns, row, head } = measures;
  let at = 0;
  let above = 0;
  let below = 0;
  const parts: Part[] = [];
  counts.forEach((count, index) => {
    const height = heightOf(count, measures);
    const [start, end] = [at, at + height];
    at = end;
    if (end <= top) above += height;
    else if (start >= bottom) below += height;
    else {
      const rows = Math.ceil(count / columns);
      const first = within(Math.floor((top - start - head) / row), 0, rows);
      const last = within(Math.ceil((bottom - start - head) / row), first, rows);
      const part = { index, from: first * columns, to: Math.min(count, last * columns) };
      parts.push({ ...part, above: first * row, below: (rows - last) * row });
    }
  });
  return { above, below, parts };
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
