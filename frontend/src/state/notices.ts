/** What the page tells without being asked: short notes with an optional undo, spoken announcements, the tab's title.
 * Knows no job. */

import { Store } from "./store";

export interface Note {
  id: number;
  text: string;
  action?: { label: string; run: () => unknown };
  /** The notes of one kind that are shown as one. */
  together?: { kind: string; runs: readonly (() => void)[] };
}

export const notes = new Store<readonly Note[]>([]);
/** Read out by screen readers, politely. */
export const announcement = new Store("");
export const isOnline = new Store(navigator.onLine);

export const UNDO_MS = 10_000;
const NOTE_MS = 5_000;
const HELD_MS = 2_000;
let next = 1;

/** Shows a note; with an action it stays for ten seconds, whatever comes after it. */
export function note(text: string, action?: Note["action"]): void {
  show(action ? { id: next++, text, action } : { id: next++, text });
}

/** Shows one note for several of a kind: another one joins it, its ten seconds begin anew, and its action runs for all. */
export function noteTogether(kind: string, text: (n: number) => string, { label, run }: NonNullable<Note["action"]>): void {
  const before = notes.value.find(({ together }) => together?.kind === kind);
  const runs = [...(before?.together?.runs ?? []), run];
  if (before) dismiss(before.id);
  const all = (): void => {
    for (const one of runs) one();
  };
  show({ id: next++, text: text(runs.length), action: { label, run: all }, together: { kind, runs } });
}

function show(note: Note): void {
  notes.update((all) => {
    const plain = all.filter(({ action }) => !action).slice(-2);
    return [...all.filter((one) => one.action || plain.includes(one)), note];
  });
  expire(note.id, note.action ? UNDO_MS : NOTE_MS);
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
