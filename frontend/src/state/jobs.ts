/** The caller's jobs as the server tells them: those of the list, and those under way. Draws nothing, and asks for no news:
 * `feed.ts` brings them. */

import type { ActiveJobs, BatchNow, Job, JobList, JobRequestBody, SceneQuality } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { setSiteClock } from "./site-clock";
import { today } from "./spending";
import { Store } from "./store";
import { extendThumbnail } from "./thumbnails";

export interface Jobs {
  /** Newest first. */
  list: readonly Job[];
  isLoaded: boolean;
  failure: Failure | null;
}

/** What has not ended. */
export interface Work {
  /** All of it, oldest first. */
  open: readonly string[];
  /** Those of them that wait until an earlier one ends, in the order in which they go on. */
  held: readonly string[];
  /** The running ones, then those that wait, up to the server's limit. */
  jobs: readonly Job[];
}

const PAGE = 24;
const RETRY_MS = 5_000;
const NOTHING: Work = { open: [], held: [], jobs: [] };
/** A limited number of jobs is canceled by one request. */
const CANCEL_ROUNDS = 10;

export const jobs = new Store<Jobs>({ list: [], isLoaded: false, failure: null });
export const work = new Store<Work>(NOTHING);
/** The presses for many scenes that have not ended, or have just now. */
export const openBatches = new Store<readonly BatchNow[]>([]);
/** Called with a job and what it was before, whenever the server told something new. */
const followers = new Set<(job: Job, before: Job | undefined) => void>();
/** Called when there is, or may be, something new to hear of. */
const wakers = new Set<() => void>();

/** Those of clips that were asked for and not answered yet, by what was asked. */
const idempotencyKeys = new Map<string, string>();

export function isActive(job: Job): boolean {
  return job.status === "queued" || job.status === "running";
}

export function onJobChange(follower: (job: Job, before: Job | undefined) => void): void {
  followers.add(follower);
}

export function onWork(waker: () => void): void {
  wakers.add(waker);
}

/** Loads the newest page, again and again until it is there. */
export async function loadJobs(): Promise<void> {
  const before = new Set(jobs.value.list.map((job) => job.id));
  try {
    const { body } = await call<JobList>(`/api/jobs?limit=${PAGE}`);
    const told = body?.jobs ?? [];
    const known = new Set([...before, ...told.map((job) => job.id)]);
    // Made while the answer was on its way, which cannot tell of it.
    const since = jobs.value.list.filter((job) => !known.has(job.id));
    const list = [...told, ...since].sort(newestFirst);
    jobs.set({ list, isLoaded: true, failure: null });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    jobs.update((now) => ({ ...now, failure: error }));
    if (!jobs.value.isLoaded) setTimeout(() => void loadJobs(), RETRY_MS);
  }
  wake();
}

/** Takes an answer about all that is under way. Returns the ids of jobs that are not, and of which it does not tell how
 * they ended: until that is known they count as they did. */
export function takeWork({ open, held, jobs: told, ended, batches, today: money, now }: ActiveJobs): string[] {
  setSiteClock(now);
  const known = new Set([...open, ...ended.map(({ id }) => id)]);
  const before = new Set([...work.value.open, ...jobs.value.list.filter(isActive).map(({ id }) => id)]);
  const unknown = [...before].filter((id) => !known.has(id));
  for (const job of [...told, ...ended]) tell(job);
  const all = [...unknown, ...open];
  const isNews = new Set(told.map(({ id }) => id));
  const asTheyWere = work.value.jobs.filter(({ id }) => all.includes(id) && !isNews.has(id));
  work.set({ open: all, held, jobs: [...told, ...asTheyWere].sort(runningFirst) });
  if (money) today.set(money);
  openBatches.set(batches ?? []); // a release before does not tell them
  return unknown;
}

/** Forgets a job that the server does not know any more. */
export function forget(id: string): void {
  const others = (all: readonly Job[]): Job[] => all.filter((job) => job.id !== id);
  jobs.update((now) => ({ ...now, list: others(now.list) }));
  work.update((now) => ({ ...now, open: now.open.filter((one) => one !== id), jobs: others(now.jobs) }));
}

/** `key`: of a clip whose key was kept before. */
export async function submit(request: JobRequestBody, key?: string): Promise<Job> {
  return make("/api/jobs", request, key);
}

export async function rerun(id: string, seed: "same" | "new", quality: SceneQuality | null = null): Promise<Job> {
  return make(`/api/jobs/${id}/rerun`, quality ? { seed, quality } : { seed });
}

/** Asks for one clip. Asked once more after a lost answer, it makes no second job: an error on the way back does not say
 * that no job was made. */
async function make(path: string, body: unknown, kept?: string): Promise<Job> {
  const asked = `${path} ${JSON.stringify(body)}`;
  const key = kept ?? idempotencyKeys.get(asked) ?? crypto.randomUUID();
  idempotencyKeys.set(asked, key);
  const answer = await call<Job>(path, { method: "POST", body, headers: { "idempotency-key": key } });
  idempotencyKeys.delete(asked); // the next press means another clip
  return begin(answer);
}

export async function cancel(id: string): Promise<void> {
  const { body } = await call<Job>(`/api/jobs/${id}/cancel`, { method: "POST" });
  if (body) take(body);
  wake();
}

/** Cancels all that has not ended. */
export async function cancelAll(): Promise<void> {
  for (let round = 0; round < CANCEL_ROUNDS; round++) {
    const { body } = await call<ActiveJobs>("/api/jobs/active", { method: "DELETE" });
    if (body === null) break;
    takeWork(body);
    if (body.open.length === body.jobs.length && body.jobs.every((job) => job.cancel_requested)) break;
  }
  wake();
}

/** Deletes a job that has ended; it can be brought back with `restore` for a while. */
export async function remove(job: Job): Promise<void> {
  jobs.update((now) => ({ ...now, list: now.list.filter((one) => one.id !== job.id) }));
  try {
    await call(`/api/jobs/${job.id}`, { method: "DELETE" });
  } catch (error) {
    putBack(job);
    throw error;
  }
}

export async function restore(job: Job): Promise<void> {
  await call(`/api/jobs/${job.id}/restore`, { method: "POST" });
  putBack(job);
}

function putBack(job: Job): void {
  jobs.update((now) => {
    const list = [...now.list.filter((one) => one.id !== job.id), job];
    return { ...now, list: list.sort(newestFirst) };
  });
}

function runningFirst(a: Job, b: Job): number {
  return b.status.localeCompare(a.status) || a.id.localeCompare(b.id);
}

function newestFirst(a: Job, b: Job): number {
  return b.created_at.localeCompare(a.created_at);
}

/** There is something new to hear of. */
export function wake(): void {
  for (const waker of wakers) waker();
}

function begin({ body }: { body: Job | null }): Job {
  if (body === null) throw new TypeError("the server accepted a job without telling it");
  take(body);
  work.update((now) => ({ ...now, open: [...now.open, body.id], jobs: [...now.jobs, body] }));
  for (const id of uploadsOf(body)) void extendThumbnail(id, body.expires_at);
  wake();
  return body;
}

function uploadsOf({ input }: Job): string[] {
  if ("source_job_id" in input) return [];
  const ids =
    input.preset === "keyframes"
      ? [input.first_upload_id, input.middle_upload_id, input.last_upload_id]
      : [input.upload_id];
  return ids.filter((id) => id !== null);
}

/** Takes what is new of a job. */
function tell(job: Job): void {
  const before = known(job.id);
  if (before === undefined || JSON.stringify(before) !== JSON.stringify(job)) take(job);
}

function known(id: string): Job | undefined {
  const isIt = (job: Job): boolean => job.id === id;
  return jobs.value.list.find(isIt) ?? work.value.jobs.find(isIt);
}

function take(job: Job): void {
  const before = known(job.id);
  jobs.update((now) => {
    const isListed = now.list.some(({ id }) => id === job.id);
    const list = isListed ? now.list.map((one) => (one.id === job.id ? job : one)) : [job, ...now.list];
    return { ...now, list: isListed ? list : list.sort(newestFirst) };
  });
  work.update((now) => ({ ...now, jobs: now.jobs.map((one) => (one.id === job.id ? job : one)) }));
  for (const follower of followers) follower(job, before);
}
