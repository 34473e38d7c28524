/** Starts every page: the frame, the room of the address, what is under way. */

import type { Job } from "../../functions/_generated/contract";
import { loadMe, onReturn } from "./state/identity";
import { follow, loadJobs, onJobChange } from "./state/jobs";
import { language, t } from "./state/language";
import { checkVersion } from "./state/menu";
import { announcement, watchNetwork } from "./state/notices";
import { sendWhatIsLeft } from "./state/orders";
import { followLinks } from "./state/place";
import { loadToday } from "./state/spending";
import { standing } from "./stages";
import "./parts/app";

function announce(job: Job, before: Job | undefined): void {
  // Stages and ends alone: each percent would talk without a pause.
  if (before && (before.status !== job.status || before.stage !== job.stage)) {
    announcement.set(t("announce", { standing: standing(job) }));
  }
}

async function start(): Promise<void> {
  followLinks();
  onJobChange(announce);
  onJobChange((job) => void (job.finished_at && loadToday()));
  const reload = (): void => void Promise.all([loadJobs(), loadToday()]);
  watchNetwork(reload);
  onReturn(reload);
  language.watch(() => void loadJobs()); // problems come worded by the server
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    follow();
    void checkVersion();
  });
  // A file dropped beside the drop zone would replace the page.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => event.preventDefault());
  // The list asks the database alone. It goes first: its answer brings the cookie.
  await Promise.all([loadJobs(), loadMe(), loadToday(), checkVersion()]);
  await sendWhatIsLeft();
}

void start();
