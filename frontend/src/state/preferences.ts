/** What a person prefers on this page and this browser keeps, beside language and theme. Knows no job. */

import { Store } from "./store";

const PREVIEWS = "clipwright.previews";

/** Whether clips play silently while the pointer rests on them. */
export const previewsOnHover = new Store(keptPreviews());

export function preferPreviews(onHover: boolean): void {
  previewsOnHover.set(onHover);
  try {
    localStorage.setItem(PREVIEWS, onHover ? "on" : "off");
  } catch {
    // Kept for this page alone.
  }
}

function keptPreviews(): boolean {
  try {
    return localStorage.getItem(PREVIEWS) !== "off";
  } catch {
    return true;
  }
}
