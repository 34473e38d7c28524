/** Which clips of the library are selected, for what is done to several at once. It knows no clip. */

import { Store } from "./store";

/** Whether a press on a clip selects it, also before the first one is. */
export const isSelecting = new Store(false);
export const selection = new Store<ReadonlySet<string>>(new Set());
/** From where a press with Shift selects on. */
let anchor: string | null = null;

/** Selects a clip or takes it out; with `order`, all between it and the last one that was pressed. */
export function toggle(id: string, order: readonly string[] | null = null): void {
  const next = new Set(selection.value);
  const [one, other] = order && anchor !== null ? [order.indexOf(anchor), order.indexOf(id)] : [-1, -1];
  if (order && one >= 0 && other >= 0) {
    for (const between of order.slice(Math.min(one, other), Math.max(one, other) + 1)) next.add(between);
  } else if (!next.delete(id)) next.add(id);
  anchor = id;
  isSelecting.set(true);
  selection.set(next);
}

export function selectAll(ids: readonly string[]): void {
  selection.set(new Set([...selection.value, ...ids]));
}

export function deselect(ids?: ReadonlySet<string>): void {
  if (!ids) isSelecting.set(false);
  selection.set(ids ? new Set([...selection.value].filter((id) => !ids.has(id))) : new Set());
}
