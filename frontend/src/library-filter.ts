/** What the library shows, as its address says it, and as the API is asked for it. Holds nothing. */

import type { JobStatus, LibrarySort, PresetName, Ratio } from "../../functions/_generated/contract";

const DAY_MS = 86_400_000;
const SEOUL_MS = 9 * 3_600_000;

/** Clips alone, unless somebody asks for what failed. */
export type Ending = Extract<JobStatus, "succeeded" | "failed" | "canceled"> | "all";

export interface LibraryFilter {
  q: string;
  ending: Ending;
  preset: PresetName | "";
  ratio: Ratio | "";
  /** Days of Seoul, `2026-11-24`; empty: without that end. */
  from: string;
  to: string;
  isFavorite: boolean;
  isDeleted: boolean;
  sort: LibrarySort;
}

export const NO_FILTER: LibraryFilter = {
  q: "",
  ending: "succeeded",
  preset: "",
  ratio: "",
  from: "",
  to: "",
  isFavorite: false,
  isDeleted: false,
  sort: "newest",
};

/** A member that means nothing here is as none. */
export function filterOf(query: URLSearchParams): LibraryFilter {
  const word = <One extends string>(name: string, words: readonly One[], usual: One): One => {
    const value = query.get(name) as One;
    return words.includes(value) ? value : usual;
  };
  const day = (name: string): string => (/^2\d{3}-\d\d-\d\d$/.test(query.get(name) ?? "") ? (query.get(name) ?? "") : "");
  return {
    q: query.get("q") ?? "",
    ending: word("status", ["succeeded", "failed", "canceled", "all"], "succeeded"),
    preset: (query.get("preset") ?? "") as PresetName | "",
    ratio: word("ratio", ["", "9:16", "16:9", "1:1"], ""),
    from: day("from"),
    to: day("to"),
    isFavorite: query.get("favorite") === "1",
    isDeleted: query.get("deleted") === "1",
    sort: word("sort", ["newest", "oldest", "dearest"], "newest"),
  };
}

/** The address's query: what differs from no filter, in one order. */
export function queryOf(filter: LibraryFilter): string {
  const query = new URLSearchParams();
  const add = (name: string, value: string): void => (value === "" ? undefined : query.set(name, value));
  add("q", filter.q.trim());
  add("status", filter.ending === "succeeded" ? "" : filter.ending);
  add("preset", filter.preset);
  add("ratio", filter.ratio);
  add("from", filter.from);
  add("to", filter.to);
  add("favorite", filter.isFavorite ? "1" : "");
  add("deleted", filter.isDeleted ? "1" : "");
  add("sort", filter.sort === "newest" ? "" : filter.sort);
  return String(query);
}

/** What the API is asked, without days and order. What was deleted comes whatever its end. */
export function askedOf(filter: LibraryFilter): URLSearchParams {
  const query = new URLSearchParams();
  if (filter.q.trim() !== "") query.set("q", filter.q.trim());
  if (filter.ending !== "all" && !filter.isDeleted) query.set("status", filter.ending);
  if (filter.preset !== "") query.set("preset", filter.preset);
  if (filter.ratio !== "") query.set("ratio", filter.ratio);
  if (filter.isFavorite) query.set("favorite", "1");
  if (filter.isDeleted) query.set("deleted", "1");
  return query;
}

/** The day in Seoul, by which money and clips are counted. */
export function seoulDay(milliseconds: number = Date.now()): string {
  return new Date(milliseconds + SEOUL_MS).toISOString().slice(0, 10);
}

export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}

/** Where a clip's page is, with the list that it was opened from. */
export function addressOfClip(library: string, id: string, filter: LibraryFilter = NO_FILTER): string {
  const query = queryOf(filter);
  return `${library}?clip=${id}${query === "" ? "" : `&${query}`}`;
}
