/** Starts the page: brings the draft back, loads menu and jobs, follows what runs. */

import type { Job } from "../../functions/_generated/contract";
import { keepDraft } from "./state/draft";
import { loadMe, onReturn } from "./state/identity";
import { follow, loadJobs, onJobChange } from "./state/jobs";
import { t } from "./state/language";
import { checkVersion, loadMenu } from "./state/menu";
import { announcement, watchNetwork } from "./state/notices";
import { retryUnidentified } from "./state/pictures";
import { startPictureReader } from "./state/picture-reader";
import { standing } from "./stages";
import "./parts/app";

function announce(job: Job, before: Job | undefined): void {
  // Stages and ends alone: each percent would talk without a pause.
  if (before && (before.status !== job.status || before.stage !== job.stage)) {
    announcement.set(t("announce", { standing: standing(job) }));
  }
}

async function start(): Promise<void> {
  onJobChange(announce);
  startPictureReader();
  const reload = (): void => {
    void loadMenu();
    void loadJobs();
  };
  watchNetwork(reload);
  onReturn(() => {
    reload();
    void retryUnidentified();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    follow();
    void checkVersion();
  });
  // A file dropped beside the drop zone would replace the page.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => event.preventDefault());
  // The first call goes ahead of the others. The list asks the database alone; the menu may wait for the GPU service.
  await Promise.all([keepDraft(), loadJobs(), loadMe(), loadMenu(), checkVersion()]);
}

void start();
