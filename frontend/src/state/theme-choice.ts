/** System, light or dark. `theme.ts` applies the same choice before the first paint. */

import { Store } from "./store";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];
const stated = document.documentElement.dataset["theme"] as Theme | undefined;

export const theme = new Store<Theme>(stated ?? "system");

export function chooseTheme(next: Theme): void {
  document.documentElement.dataset["theme"] = next;
  try {
    localStorage.setItem("clipwright.theme", next);
  } catch {
    // Kept for this page alone.
  }
  theme.set(next);
}
