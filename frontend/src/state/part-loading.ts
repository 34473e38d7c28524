/** Fetches the script of a part of a room when somebody wants to see it, so that no room's first load carries it. It does
 * not know what the parts are. */

import { t } from "./language";
import { note } from "./notices";

/** The part's module, or null where it cannot be fetched now: that is said, and the next call tries again. */
export async function fetchPart<Part>(load: () => Promise<Part>): Promise<Part | null> {
  try {
    return await load();
  } catch {
    note(t("part_unreachable"));
    return null;
  }
}

/** Begins to fetch what may be asked for in a moment. */
export function prefetchPart(load: () => Promise<unknown>): void {
  load().catch(() => undefined); // whoever asks for it is told
}
