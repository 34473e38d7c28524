/** What was changed in a table since it was saved, and how that goes together with what another device has saved since:
 * cell by cell, so that only a cell that both have changed takes the later one's text. It knows no row's meaning. */

export interface Kept {
  id: string;
}

/** What there is to save. */
export interface Changes<Row extends Kept> {
  /** Of each row that is new or changed, the cells that are. */
  rows: (Partial<Row> & Kept)[];
  /** Every row's id in its order, where the order is another one; null where it is the same. */
  order: string[] | null;
  removed: string[];
}

export function changesOf<Row extends Kept>(before: readonly Row[], now: readonly Row[]): Changes<Row> {
  const known = new Map(before.map((row) => [row.id, row]));
  const rows = now.flatMap((row) => {
    const cells = cellsOf(known.get(row.id), row);
    return cells === null ? [] : [cells];
  });
  const staying = new Set(now.map(({ id }) => id));
  const removed = before.filter(({ id }) => !staying.has(id)).map(({ id }) => id);
  const order = now.map(({ id }) => id);
  const isSame = order.length === before.length && order.every((id, index) => before[index]?.id === id);
  return { rows, order: isSame ? null : order, removed };
}

export function isNothing<Row extends Kept>({ rows, order, removed }: Changes<Row>): boolean {
  return rows.length === 0 && order === null && removed.length === 0;
}

/** Puts what was changed here, since `before`, upon what is saved elsewhere by now. A row that was removed there and
 * changed here stays, since nothing that was written may be lost. */
export function rebased<Row extends Kept>(before: readonly Row[], mine: readonly Row[], theirs: readonly Row[]): Row[] {
  const { rows: changed, removed, order } = changesOf(before, mine);
  const cells = new Map(changed.map((row) => [row.id, row]));
  const gone = new Set(removed);
  const own = new Map(mine.map((row) => [row.id, row]));
  const there = new Set(theirs.map(({ id }) => id));
  const kept = theirs.filter(({ id }) => !gone.has(id)).map((row) => ({ ...row, ...cells.get(row.id) }));
  const added = changed.filter(({ id }) => !there.has(id)).map(({ id }) => own.get(id) as Row);
  return order === null && added.length === 0 ? kept : ordered([...kept, ...added], mine);
}

/** In the order of `like`; a row that it lacks stays behind the one that it stood behind. */
function ordered<Row extends Kept>(rows: readonly Row[], like: readonly Row[]): Row[] {
  const places = new Map(like.map(({ id }, index) => [id, index]));
  let last = -1;
  const placed = rows.map((row, index) => {
    last = places.get(row.id) ?? last;
    return { row, at: last, index, isKnown: places.has(row.id) };
  });
  placed.sort((a, b) => a.at - b.at || Number(b.isKnown) - Number(a.isKnown) || a.index - b.index);
  return placed.map(({ row }) => row);
}

function cellsOf<Row extends Kept>(before: Row | undefined, now: Row): (Partial<Row> & Kept) | null {
  if (before === now) return null;
  if (before === undefined) return now;
  const names = Object.keys(now) as (keyof Row)[];
  const changed = names.filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
  if (changed.length === 0) return null;
  const cells = Object.fromEntries(changed.map((name) => [name, now[name]])) as Partial<Row>;
  return { ...cells, id: now.id };
}
