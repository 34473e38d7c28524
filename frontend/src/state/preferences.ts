/** What a person prefers on this page and this browser keeps, beside language and theme. Knows no job. */

import { Store } from "./store";

const PREVIEWS = "clipwright.previews";
const MOTIONS = "clipwright.motions";
const NOTIFICATION = "clipwright.notification";

/** Whether clips play silently while the pointer rests on them. */
export const previewsOnHover = new Store(kept(PREVIEWS) !== "off");
/** Whether spoken lines in the form suggest motions. */
export const suggestsMotions = new Store(kept(MOTIONS) !== "off");
/** Whether the browser says when all work is done, and may. */
export const wantsNotification = new Store(kept(NOTIFICATION) === "on" && mayNotify());

export function preferPreviews(onHover: boolean): void {
  previewsOnHover.set(onHover);
  keep(PREVIEWS, onHover ? "on" : "off");
}

export function preferMotions(areSuggested: boolean): void {
  suggestsMotions.set(areSuggested);
  keep(MOTIONS, areSuggested ? "on" : "off");
}

/** Asks the browser for its consent where it has none. */
export async function wantNotification(wanted: boolean): Promise<void> {
  const isWanted = wanted && (mayNotify() || (await Notification.requestPermission()) === "granted");
  wantsNotification.set(isWanted);
  keep(NOTIFICATION, isWanted ? "on" : "off");
}

function mayNotify(): boolean {
  return "Notification" in globalThis && Notification.permission === "granted";
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Kept for this page alone.
  }
}

function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
