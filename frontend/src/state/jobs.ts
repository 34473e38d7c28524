/** The caller's jobs as the server tells them: loaded from the list, polled while they run. Draws nothing. */

import type { ActiveJobs, Job, JobList, JobRequestBody } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { Store } from "./store";
import { extendThumbnail } from "./thumbnails";

export interface Jobs {
  /** Newest first. */
  list: readonly Job[];
  cursor: string | null;
  isLoaded: boolean;
  failure: Failure | null;
}

const PAGE = 24;
const FAST_MS = 700;
const SLOW_MS = 5_000;
const HIDDEN_MS = 15_000;
const GROWTH = 1.4;

export const jobs = new Store<Jobs>({ list: [], cursor: null, isLoaded: false, failure: null });
/** The jobs that wait until one before them ends, in the order in which they go on. */
export const held = new Store<readonly string[]>([]);
/** Called with a job and what it was before, whenever the server told something new. */
const followers = new Set<(job: Job, before: Job | undefined) => void>();

/** Of the last answer about all that runs, and the jobs that it named. */
let etag: string | null = null;
let open: ReadonlySet<string> = new Set();
/** Those of clips that were asked for and not answered yet, by what was asked. */
const idempotencyKeys = new Map<string, string>();
let delayMs = FAST_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

export function isActive(job: Job): boolean {
  return job.status === "queued" || job.status === "running";
}

export function onJobChange(follower: (job: Job, before: Job | undefined) => void): void {
  followers.add(follower);
}

/** Loads the newest page and follows whatever is still running. */
export async function loadJobs(): Promise<void> {
  const before = new Set(jobs.value.list.map((job) => job.id));
  try {
    const { body } = await call<JobList>(`/api/jobs?limit=${PAGE}`);
    const told = body?.jobs ?? [];
    const known = new Set([...before, ...told.map((job) => job.id)]);
    // Made while the answer was on its way, which cannot tell of it.
    const since = jobs.value.list.filter((job) => !known.has(job.id));
    etag = null;
    const list = [...told, ...since].sort(newestFirst);
    jobs.set({ list, cursor: body?.next_cursor ?? null, isLoaded: true, failure: null });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    jobs.update((now) => ({ ...now, failure: error }));
  }
  follow();
}

export async function loadMore(): Promise<void> {
  const { cursor } = jobs.value;
  if (cursor === null) return;
  const { body } = await call<JobList>(`/api/jobs?limit=${PAGE}&cursor=${encodeURIComponent(cursor)}`);
  jobs.update((now) => {
    const known = new Set(now.list.map((job) => job.id));
    const more = (body?.jobs ?? []).filter((job) => !known.has(job.id));
    return { ...now, list: [...now.list, ...more], cursor: body?.next_cursor ?? null };
  });
}

/** `key`: of a clip whose key was kept before. */
export async function submit(request: JobRequestBody, key?: string): Promise<Job> {
  return make("/api/jobs", request, key);
}

export async function rerun(id: string, seed: "same" | "new"): Promise<Job> {
  return make(`/api/jobs/${id}/rerun`, { seed });
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
  follow();
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

function newestFirst(a: Job, b: Job): number {
  return b.created_at.localeCompare(a.created_at);
}

/** Asks again soon: after a submit, a return to the tab or a return of the network. */
export function follow(): void {
  delayMs = FAST_MS;
  schedule();
}

function begin({ body }: { body: Job | null }): Job {
  if (body === null) throw new TypeError("the server accepted a job without telling it");
  take(body);
  for (const id of uploadsOf(body)) void extendThumbnail(id, body.expires_at);
  follow();
  return body;
}

function uploadsOf({ input }: Job): string[] {
  if (input.preset === "restyle") return [];
  const ids =
    input.preset === "keyframes"
      ? [input.first_upload_id, input.middle_upload_id, input.last_upload_id]
      : [input.upload_id];
  return ids.filter((id) => id !== null);
}

function schedule(): void {
  clearTimeout(timer);
  if (!jobs.value.isLoaded) {
    if (jobs.value.failure) timer = setTimeout(() => void loadJobs(), SLOW_MS);
    return;
  }
  if (!jobs.value.list.some(isActive)) return;
  timer = setTimeout(() => void round(), document.hidden ? HIDDEN_MS : delayMs);
}

/** One look at all that has not ended. An unchanged answer is a 304 and slows the next round down. */
async function round(): Promise<void> {
  let changed = false;
  try {
    const answer = await call<ActiveJobs>("/api/jobs/active", etag ? { headers: { "if-none-match": etag } } : {});
    if (answer.body) {
      etag = answer.etag;
      open = new Set(answer.body.open);
      held.set(answer.body.held ?? []); // a site of before does not tell
      for (const told of answer.body.jobs) changed = tell(told) || changed;
    }
    for (const { id } of jobs.value.list.filter((job) => isActive(job) && !open.has(job.id))) {
      changed = (await lookAt(id)) || changed;
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  delayMs = changed ? FAST_MS : Math.min(SLOW_MS, delayMs * GROWTH);
  schedule();
}

/** How a job ended that is not among the open ones any more. Only an unreachable server is thrown. */
async function lookAt(id: string): Promise<boolean> {
  try {
    const { body } = await call<Job>(`/api/jobs/${id}`);
    return body !== null && tell(body);
  } catch (error) {
    if (!(error instanceof Failure) || error.unreachable) throw error;
    if (error.problem.status === 404) {
      jobs.update((now) => ({ ...now, list: now.list.filter((job) => job.id !== id) }));
    }
    return false;
  }
}

/** Takes what is new of a job that the page shows. */
function tell(job: Job): boolean {
  const before = jobs.value.list.find(({ id }) => id === job.id);
  if (before === undefined || JSON.stringify(before) === JSON.stringify(job)) return false;
  take(job);
  return true;
}

function take(job: Job): void {
  const before = jobs.value.list.find((one) => one.id === job.id);
  jobs.update((now) => ({
    ...now,
    list: before ? now.list.map((one) => (one.id === job.id ? job : one)) : [job, ...now.list],
  }));
  for (const follower of followers) follower(job, before);
}
