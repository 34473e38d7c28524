/** Starts every page: the frame, the room of the address, what is under way. */

import type { Job } from "../../functions/_generated/contract";
import { startFeed } from "./state/feed";
import { loadMe, onReturn } from "./state/identity";
import { loadJobs, onJobChange } from "./state/jobs";
import { language, t } from "./state/language";
import { checkVersion } from "./state/menu";
import { announcement, watchNetwork } from "./state/notices";
import { sendWhatIsLeft } from "./state/orders";
import { followLinks, go, place } from "./state/place";
import { watchWork } from "./state/work-tally";
import { nameOf } from "./clip-name";
import { addressOf } from "./rooms";
import { standing } from "./stages";
import "./parts/app";

/** So much of a clip's name tells it apart to somebody who listens. */
const SPOKEN = 40;

function announce(job: Job, before: Job | undefined): void {
  // Stages and ends alone: each percent would talk without a pause.
  if (before && (before.status !== job.status || before.stage !== job.stage)) {
    announcement.set(t("announce", { title: nameOf(job).slice(0, SPOKEN), standing: standing(job) }));
  }
}

async function start(): Promise<void> {
  followLinks();
  onJobChange(announce);
  watchWork({
    toLibrary: () => go(addressOf("library", language.value)),
    showsClips: () => place.value.room === "make",
  });
  const reload = (): void => void loadJobs();
  watchNetwork(reload);
  onReturn(reload);
  language.watch(() => void loadJobs()); // problems come worded by the server
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void checkVersion();
  });
  // A file dropped beside the drop zone would replace the page.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => event.preventDefault());
  // The list asks the database alone. It goes first: its answer brings the cookie.
  startFeed();
  await Promise.all([loadJobs(), loadMe(), checkVersion()]);
  await sendWhatIsLeft();
}

void start();
