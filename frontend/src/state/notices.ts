/** What the page tells without being asked: short notes with an optional undo, spoken announcements, the tab's title.
 * Knows no job. */

import { Store } from "./store";

export interface Note {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

export const notes = new Store<readonly Note[]>([]);
/** Read out by screen readers, politely. */
export const announcement = new Store("");
export const isOnline = new Store(navigator.onLine);

export const UNDO_MS = 10_000;
const NOTE_MS = 5_000;
const HELD_MS = 2_000;
let next = 1;

/** Shows a note; with an action it stays for ten seconds. */
export function note(text: string, action?: Note["action"]): void {
  const id = next++;
  notes.update((all) => [...all.slice(-2), action ? { id, text, action } : { id, text }]);
  expire(id, action ? UNDO_MS : NOTE_MS);
}

/** Takes a note away after its time, unless somebody is at it: then once they have left. */
function expire(id: number, afterMs: number): void {
  setTimeout(() => {
    if (document.querySelector(".notes:hover, .notes:focus-within")) expire(id, HELD_MS);
    else dismiss(id);
  }, afterMs);
}

export function dismiss(id: number): void {
  notes.update((all) => all.filter((one) => one.id !== id));
}

export function watchNetwork(onReturn: () => void): void {
  addEventListener("offline", () => isOnline.set(false));
  addEventListener("online", () => {
    isOnline.set(true);
    onReturn();
  });
}
