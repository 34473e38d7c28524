/** The library as the server tells it: the days that a filter leaves with their sums, and the jobs of those days that were
 * looked at. It draws nothing. */

import type { BulkAction, BulkChanged, Favorites, Job, JobList, LibraryDays } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { askedOf, type LibraryFilter, NO_FILTER } from "../library-filter";
import { jobs } from "./jobs";
import { Store } from "./store";

const PAGE = 60;
/** The section of a list that is not by days. */
const ALL = "all";

export interface Section {
  /** A day, or `all`. */
  key: string;
  jobs: number;
  clips: number;
  billed_micro_won: number;
}

export interface Shelf {
  sections: readonly Section[];
  /** Every day of the filter, whatever days are asked for: what one can choose from. */
  days: readonly Section[];
  favorites: Favorites | null;
  deleted: number;
  isLoaded: boolean;
  failure: Failure | null;
}

const EMPTY: Shelf = { sections: [], days: [], favorites: null, deleted: 0, isLoaded: false, failure: null };

export const shelf = new Store<Shelf>(EMPTY);
/** Grows with every job that is new or changed here. */
export const news = new Store(0);

interface Loaded {
  jobs: Job[];
  cursor: string | null;
  isWhole: boolean;
  loading: Promise<void> | null;
}

let filter: LibraryFilter = NO_FILTER;
let loaded = new Map<string, Loaded>();
/** A later filter makes the answers to an earlier one worthless. */
let generation = 0;

/** Asks for the days of a filter. What is shown stays until they are there. */
export async function loadShelf(wanted: LibraryFilter): Promise<void> {
  filter = wanted;
  const mine = ++generation;
  try {
    const { body } = await call<LibraryDays>(`/api/jobs/days?${askedOf(wanted)}`);
    if (mine !== generation || body === null) return;
    loaded = new Map();
    const days = body.days.map(({ day, ...sums }) => ({ key: day, ...sums }));
    shelf.set({ ...body, days, sections: sectionsOf(days, wanted), isLoaded: true, failure: null });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (mine === generation) shelf.update((now) => ({ ...now, failure: error }));
  }
}

/** What the list shows now. */
export function shelfFilter(): LibraryFilter {
  return filter;
}

export function sectionsOf(days: readonly Section[], { from, to, sort }: LibraryFilter): Section[] {
  const within = days.filter(({ key }) => (from === "" || key >= from) && (to === "" || key <= to));
  if (sort === "oldest") return within.reverse();
  if (sort === "newest" || within.length === 0) return within;
  return [within.reduce((sum, day) => ({ ...added(sum, day), key: ALL }))];
}

function added(one: Section, other: Section): Section {
  return {
    ...one,
    jobs: one.jobs + other.jobs,
    clips: one.clips + other.clips,
    billed_micro_won: one.billed_micro_won + other.billed_micro_won,
  };
}

/** Those of a section that are here, in its order. */
export function jobsOf(key: string): readonly Job[] {
  return loaded.get(key)?.jobs ?? [];
}

/** Every job that is here, in the order of the list. */
export function allHere(): Job[] {
  return shelf.value.sections.flatMap(({ key }) => jobsOf(key));
}

/** Loads a section until it has `count` jobs here, or all of them. */
export async function want(key: string, count: number): Promise<void> {
  const part = loaded.get(key) ?? { jobs: [], cursor: null, isWhole: false, loading: null };
  loaded.set(key, part);
  while (!part.isWhole && part.jobs.length < count) {
    part.loading ??= nextPage(key, part).finally(() => (part.loading = null));
    await part.loading;
    if (loaded.get(key) !== part) return;
  }
}

async function nextPage(key: string, part: Loaded): Promise<void> {
  const query = askedOf(filter);
  const [from, to] = key === ALL ? [filter.from, filter.to] : [key, key];
  if (from !== "") query.set("from", from);
  if (to !== "") query.set("to", to);
  query.set("sort", filter.sort);
  query.set("limit", String(PAGE));
  if (part.cursor !== null) query.set("cursor", part.cursor);
  try {
    const { body } = await call<JobList>(`/api/jobs?${query}`);
    part.jobs.push(...(body?.jobs ?? []));
    part.cursor = body?.next_cursor ?? null;
    part.isWhole = part.cursor === null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    part.isWhole = true; // asked again with the next look at the list
    shelf.update((now) => ({ ...now, failure: error }));
  }
  news.update((count) => count + 1);
}

/** The last job that was changed here. */
export const changedJob = new Store<Job | null>(null);

/** Takes what is new of a job, wherever it is shown. */
export function takeJob(job: Job): void {
  for (const part of loaded.values()) part.jobs = part.jobs.map((one) => (one.id === job.id ? job : one));
  if (jobs.value.list.some(({ id }) => id === job.id)) {
    jobs.update((now) => ({ ...now, list: now.list.map((one) => (one.id === job.id ? job : one)) }));
  }
  changedJob.set(job);
  news.update((count) => count + 1);
}

/** Takes jobs off the list and out of its sums, at once. */
export function dropJobs(ids: ReadonlySet<string>): void {
  const gone = new Map<string, Job[]>();
  for (const [key, part] of loaded) {
    gone.set(
      key,
      part.jobs.filter(({ id }) => ids.has(id)),
    );
    part.jobs = part.jobs.filter(({ id }) => !ids.has(id));
  }
  const less = (section: Section): Section => {
    const lost = gone.get(section.key) ?? [];
    return {
      ...section,
      jobs: section.jobs - lost.length,
      clips: section.clips - lost.filter(({ status }) => status === "succeeded").length,
      billed_micro_won: section.billed_micro_won - lost.reduce((sum, { cost }) => sum + (cost.billed_micro_won ?? 0), 0),
    };
  };
  const left = (all: readonly Section[]): Section[] => all.map(less).filter((section) => section.jobs > 0);
  shelf.update((now) => ({ ...now, sections: left(now.sections), days: left(now.days) }));
  jobs.update((now) => ({ ...now, list: now.list.filter(({ id }) => !ids.has(id)) }));
}

/** Names a clip, or makes it a favourite or none. */
export async function changeJob(id: string, change: { title?: string; favorite?: boolean }): Promise<void> {
  const { body } = await call<Job>(`/api/jobs/${id}`, { method: "PUT", body: change });
  if (body !== null) takeJob(body);
  if (change.favorite !== undefined) void countAgain();
}

/** Does one thing to many, in one request. Says which are as wanted. */
export async function changeMany(action: BulkAction, ids: readonly string[]): Promise<BulkChanged> {
  const { body } = await call<BulkChanged>("/api/jobs/bulk", { method: "POST", body: { action, ids } });
  const done = new Set(body?.done);
  if (action === "favorite" || action === "unfavorite") {
    for (const job of allHere()) if (done.has(job.id)) takeJob({ ...job, favorite: action === "favorite" });
  } else dropJobs(done);
  void countAgain();
  return body ?? { done: [], left: [...ids] };
}

/** The sums of favourites and of what was deleted, without a change of the list. */
async function countAgain(): Promise<void> {
  const mine = generation;
  try {
    const { body } = await call<LibraryDays>(`/api/jobs/days?${askedOf(filter)}`);
    if (mine !== generation || body === null) return;
    shelf.update((now) => ({ ...now, favorites: body.favorites, deleted: body.deleted }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the sums stay as they were
  }
}
