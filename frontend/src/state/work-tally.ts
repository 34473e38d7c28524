/** How the work that is under way has gone since it began, and the one notice at its end. It knows no page, and of a
 * notification only whether it is wanted. */

import type { Job } from "../../../functions/_generated/contract";
import { endOffer } from "./drawer";
import { isActive, onJobChange, work } from "./jobs";
import { t } from "./language";
import { announcement, note } from "./notices";
import { wantsNotification } from "./preferences";
import { Store } from "./store";

export interface Tally {
  succeeded: number;
  failed: number;
  canceled: number;
}

const NOTHING: Tally = { succeeded: 0, failed: 0, canceled: 0 };

/** Of the jobs that have ended since nothing was under way. */
export const tally = new Store<Tally>(NOTHING);
/** What the tab's title says of work that ended while nobody looked; null once somebody has. */
export const unseen = new Store<string | null>(null);

interface Page {
  /** Leads to what is finished. */
  toLibrary: () => void;
  /** Whether the room is open where a finished clip appears by itself. */
  showsClips: () => boolean;
}

/** Counts from now on. */
export function watchWork(page: Page): void {
  let wasBusy = false;
  onJobChange((job, before) => {
    if (before && isActive(before) && !isActive(job)) count(job);
  });
  work.watch(() => {
    const isBusy = work.value.open.length > 0;
    if (isBusy && !wasBusy) tally.set(NOTHING);
    if (!isBusy && wasBusy) {
      endOffer();
      end(tally.value, page);
    }
    wasBusy = isBusy;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) unseen.set(null);
  });
}

function count({ status }: Job): void {
  if (status === "succeeded" || status === "failed" || status === "canceled") {
    tally.update((now) => ({ ...now, [status]: now[status] + 1 }));
  }
}

function end({ succeeded, failed }: Tally, { toLibrary, showsClips }: Page): void {
  if (succeeded + failed === 0) return; // what was canceled needs no news
  const text = failed === 0 ? t("work_done", { n: succeeded }) : t("work_done_some", { n: succeeded, failed });
  announcement.set(text);
  // A single clip that somebody waits for appears before their eyes.
  const isSeen = succeeded === 1 && failed === 0 && showsClips() && !document.hidden;
  if (!isSeen) note(text, { label: t("work_show"), run: toLibrary });
  if (!document.hidden) return;
  unseen.set(text);
  if (wantsNotification.value) new Notification("Clipwright", { body: text, tag: "clipwright.done", icon: "/icon-192.png" });
}
