/** News of what is under way: a stream while something is, a question each half minute otherwise, in one tab for all. Where
 * no stream comes through, questions take its place. It does not know what a job is. */

import type { ActiveJobs } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { forget, jobs, onWork, takeWork, work } from "./jobs";
import { language } from "./language";
import { leadWhenSeen, toldByTabs } from "./leading-tab";
import { isOnline } from "./notices";
import { Store } from "./store";

const ADDRESS = "/api/jobs/active";
/** Between two questions, by what goes on. At most fifteen a minute, and two where nothing does. */
const SOON_MS = 4_000;
const IDLE_MS = 30_000;
const HIDDEN_MS = 15_000;
/** After a stream that brought nothing. */
const STREAMLESS_MS = 60_000;
const MOST_ENDED = 50;

/** When the server was last heard, in milliseconds since 1970; null before. */
export const heardAt = new Store<number | null>(null);

type Message = { told: ActiveJobs; language: string } | { begun: true };

let leads = false;
let etag: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let stream: EventSource | null = null;
let hasHeard = false;
let streamlessUntil = 0;
let tellTabs: (message: Message) => void = () => undefined;

/** Asks from now on, if this tab is the one that does. */
export function startFeed(): void {
  tellTabs = toldByTabs<Message>((message) => {
    if ("begun" in message) void look();
    else if (message.language === language.value && !leads) take(message.told);
  });
  onWork(() => {
    if (leads) void look();
    else tellTabs({ begun: true });
  });
  document.addEventListener("visibilitychange", () => void (document.hidden ? arrange() : look()));
  language.watch(() => {
    stopStream(); // problems come worded
    etag = null;
    void look();
  });
  isOnline.watch(() => void look());
  leadWhenSeen((now) => {
    leads = now;
    if (now) void look();
    else arrange();
  });
}

/** Looks at once; a stream says the same without being asked. */
async function look(): Promise<void> {
  clearTimeout(timer);
  if (!leads || !jobs.value.isLoaded) return;
  if (stream === null && !canStream() && isOnline.value) await ask();
  arrange();
}

function canStream(): boolean {
  return work.value.open.length > 0 && !document.hidden && isOnline.value && Date.now() >= streamlessUntil;
}

/** Sees to it that the next news comes, by the way that suits what goes on. */
function arrange(): void {
  clearTimeout(timer);
  const isBusy = work.value.open.length > 0;
  if (!leads || document.hidden || !isBusy || !isOnline.value) stopStream();
  if (!leads || !jobs.value.isLoaded) return;
  if (document.hidden) {
    if (isBusy) timer = setTimeout(() => void look(), HIDDEN_MS);
  } else if (!isBusy) timer = setTimeout(() => void look(), IDLE_MS);
  else if (stream !== null) return;
  else if (canStream()) openStream();
  else timer = setTimeout(() => void look(), SOON_MS);
}

async function ask(): Promise<void> {
  try {
    const answer = await call<ActiveJobs>(ADDRESS, etag ? { headers: { "if-none-match": etag } } : {});
    heardAt.set(Date.now());
    if (answer.body === null) return;
    etag = answer.etag;
    await share(answer.body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    streamlessUntil = Date.now() + SOON_MS;
  }
}

function openStream(): void {
  hasHeard = false;
  const opened = new EventSource(`${ADDRESS}?lang=${language.value}`);
  stream = opened;
  opened.addEventListener("same", () => {
    hasHeard = true;
    heardAt.set(Date.now());
  });
  opened.addEventListener("message", ({ data, lastEventId }: MessageEvent<string>) => {
    if (stream !== opened) return;
    hasHeard = true;
    heardAt.set(Date.now());
    etag = lastEventId;
    void share(JSON.parse(data) as ActiveJobs).then(arrange);
  });
  opened.addEventListener("error", () => {
    if (stream !== opened) return;
    if (hasHeard && opened.readyState === EventSource.CONNECTING) {
      hasHeard = false; // it has come to its usual end, and the browser asks for the next one
      return;
    }
    stopStream();
    streamlessUntil = Date.now() + STREAMLESS_MS;
    void look();
  });
}

function stopStream(): void {
  stream?.close();
  stream = null;
}

async function share(told: ActiveJobs): Promise<void> {
  tellTabs({ told, language: language.value });
  await askEnds(take(told));
}

function take(told: ActiveJobs): string[] {
  heardAt.set(Date.now());
  return takeWork({ ...told, ended: told.ended ?? [] });
}

/** What became of jobs whose end was not told: they ended between two questions. */
async function askEnds(ids: readonly string[]): Promise<void> {
  for (let first = 0; first < ids.length; first += MOST_ENDED) {
    const asked = ids.slice(first, first + MOST_ENDED);
    try {
      const { body } = await call<ActiveJobs>(`${ADDRESS}?ended=${asked.join()}`);
      if (body === null) continue;
      tellTabs({ told: body, language: language.value });
      take(body);
      const told = new Set(body.ended.map(({ id }) => id));
      for (const id of asked) if (!told.has(id)) forget(id);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}
