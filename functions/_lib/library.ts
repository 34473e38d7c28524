/**
 * Reads one owner's library: which jobs a filter lets through, page by page, and the sums of its days.
 *
 * A search is a look into each of the owner's texts (`jobs.search`): the words of a Korean title have two letters, which
 * no index of three letters finds, and D1 bounds a LIKE pattern to 50 bytes. It changes nothing.
 */

import {
  DELETED_HOURS,
  FAVORITE_DAYS,
  MAX_FAVORITES,
  MAX_LIST,
  MAX_SEARCH,
  STORAGE_MICRO_WON_PER_GB_MONTH,
} from "../_generated/constants.ts";
import type { JobList, LibraryDay, LibraryDays } from "../_generated/contract.d.ts";
import document from "../_generated/openapi.json" with { type: "json" };
import type { Language } from "./env.ts";
import { isId } from "./id.ts";
import { type FieldFault, ProblemError, type Words } from "./problem.ts";
import { type AttemptRow, type JobRow, jobOf } from "./row.ts";
import { HOUR_SECONDS, inSeconds } from "./time.ts";

const MAX_WORDS = 8;
const USUAL_LIST = 20;
const GB = 1e9;
const DAY = /^2\d{3}-[01]\d-[0-3]\d$/;

export type Sort = "newest" | "oldest" | "dearest";

export interface Filter {
  words: readonly string[];
  status: string | null;
  preset: string | null;
  ratio: string | null;
  from: string | null;
  to: string | null;
  isFavorite: boolean;
  isDeleted: boolean;
  rerunOf: string | null;
}

export interface Page {
  cursor: string | null;
  limit: number;
  sort: Sort;
}

export const EVERYTHING: Filter = {
  words: [],
  status: null,
  preset: null,
  ratio: null,
  from: null,
  to: null,
  isFavorite: false,
  isDeleted: false,
  rerunOf: null,
};

/** Title, picture and prompt as `jobs.search` keeps them: what is typed on a Mac is found by what is typed elsewhere. */
export function searchText(...parts: readonly (string | null)[]): string {
  return folded(parts.filter((part) => part !== null && part !== "").join("\n"));
}

function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** Throws invalid-job, naming each member of the query that is wrong. */
export function filterOf(query: URLSearchParams): Filter {
  const faults: FieldFault[] = [];
  const q = query.get("q") ?? "";
  if ([...q].length > MAX_SEARCH) faults.push({ pointer: "/q", detail: TOO_LONG });
  const filter: Filter = {
    words: folded(q).split(/\s+/).filter(Boolean).slice(0, MAX_WORDS),
    status: wordOf(query, "status", faults),
    preset: wordOf(query, "preset", faults),
    ratio: wordOf(query, "ratio", faults),
    from: matching(query, "from", DAY.test.bind(DAY), A_DAY, faults),
    to: matching(query, "to", DAY.test.bind(DAY), A_DAY, faults),
    isFavorite: wordOf(query, "favorite", faults) === "1",
    isDeleted: wordOf(query, "deleted", faults) === "1",
    rerunOf: matching(query, "rerun_of", isId, AN_ID, faults),
  };
  if (faults.length > 0) throw new ProblemError("invalid-job", undefined, { errors: faults });
  return filter;
}

/** Throws invalid-job, as `filterOf` does. */
export function pageOf(query: URLSearchParams): Page {
  const faults: FieldFault[] = [];
  const cursor = matching(query, "cursor", isId, A_CURSOR, faults);
  const sort = (wordOf(query, "sort", faults) ?? "newest") as Sort;
  const limit = Number(query.get("limit") ?? USUAL_LIST);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST) faults.push({ pointer: "/limit", detail: LIMIT });
  if (faults.length > 0) throw new ProblemError("invalid-job", undefined, { errors: faults });
  return { cursor, limit, sort };
}

/** A page of the owner's jobs. The cursor is the last id of the page before. */
export async function list(
  db: D1Database,
  owner: string,
  page: Page,
  language: Language,
  filter: Filter = EVERYTHING,
): Promise<JobList> {
  const values = new Values();
  const where = conditions(filter, owner, values);
  const after = page.cursor === null ? "" : `AND ${AFTER[page.sort](values.add(page.cursor))}`;
  const order = page.sort === "dearest" ? ORDER.dearest : orderOf(filter, page.sort === "oldest" ? "ASC" : "DESC");
  const chosen = `${where} ${after} ORDER BY ${order} LIMIT ${values.add(page.limit + 1)}`;
  const [jobs, attempts] = await db.batch([
    db.prepare(`SELECT * FROM jobs WHERE ${chosen}`).bind(...values.all),
    db
      .prepare(`SELECT * FROM attempts WHERE job_id IN (SELECT id FROM jobs WHERE ${chosen}) ORDER BY attempt`)
      .bind(...values.all),
  ]);
  const rows = (jobs?.results ?? []) as JobRow[];
  const shown = rows.slice(0, page.limit);
  const found = (attempts?.results ?? []) as AttemptRow[];
  return {
    jobs: shown.map((row) => jobOf(row, found, language)),
    next_cursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** The days that the filter leaves, newest first, with their sums; the favourites; what can be restored. */
export async function daysOf(db: D1Database, owner: string, filter: Filter): Promise<LibraryDays> {
  const values = new Values();
  const where = conditions(filter, owner, values);
  const [days, kept, deleted] = await db.batch([
    db
      .prepare(
        `SELECT day, COUNT(*) AS jobs, SUM(status = 'succeeded') AS clips,
           SUM(COALESCE(billed_micro_won, 0)) AS billed_micro_won
         FROM jobs WHERE ${where} GROUP BY day ORDER BY day DESC`,
      )
      .bind(...values.all),
    db
      .prepare(
        `SELECT COUNT(*) AS clips, COALESCE(SUM(json_extract(video, '$.bytes')), 0) AS bytes
         FROM jobs WHERE owner = ?1 AND is_favorite = 1 AND deleted_at IS NULL`,
      )
      .bind(owner),
    db
      .prepare(
        `SELECT COUNT(*) AS jobs FROM jobs WHERE owner = ?1 AND deleted_at IS NOT NULL AND deleted_at > ?2
           AND purged_at IS NULL AND kind = 'clip'`,
      )
      .bind(owner, restorableSince()),
  ]);
  const { clips = 0, bytes = 0 } = (kept?.results[0] ?? {}) as { clips?: number; bytes?: number };
  return {
    days: (days?.results ?? []) as LibraryDay[],
    favorites: {
      clips,
      most: MAX_FAVORITES,
      bytes,
      micro_won_a_month: Math.round((bytes / GB) * STORAGE_MICRO_WON_PER_GB_MONTH),
      days: FAVORITE_DAYS,
    },
    deleted: (deleted?.results[0] as { jobs: number } | undefined)?.jobs ?? 0,
  };
}

/** What was deleted since then can be restored. */
export function restorableSince(): string {
  return inSeconds(-DELETED_HOURS * HOUR_SECONDS);
}

/** The parameters of a statement that is put together. */
class Values {
  readonly all: (string | number)[] = [];

  add(value: string | number): string {
    this.all.push(value);
    return `?${this.all.length}`;
  }
}

function conditions(filter: Filter, owner: string, values: Values): string {
  const found = [`owner = ${values.add(owner)}`, "kind = 'clip'"];
  if (filter.isDeleted) {
    found.push(`deleted_at IS NOT NULL AND deleted_at > ${values.add(restorableSince())} AND purged_at IS NULL`);
  } else {
    found.push("deleted_at IS NULL");
  }
  if (filter.from !== null) found.push(`day >= ${values.add(filter.from)}`);
  if (filter.to !== null) found.push(`day <= ${values.add(filter.to)}`);
  if (filter.isFavorite) found.push("is_favorite = 1");
  if (filter.rerunOf !== null) found.push(`rerun_of = ${values.add(filter.rerunOf)}`);
  if (filter.status !== null) found.push(`status = ${values.add(filter.status)}`);
  if (filter.preset !== null) found.push(`json_extract(input, '$.preset') = ${values.add(filter.preset)}`);
  if (filter.ratio !== null) found.push(`json_extract(input, '$.ratio') = ${values.add(filter.ratio)}`);
  for (const word of filter.words) found.push(`instr(search, ${values.add(word)}) > 0`);
  return found.join(" AND ");
}

/** Ids sort by time. Within days the index of days has them in the same order. */
function orderOf({ from, to }: Filter, direction: "ASC" | "DESC"): string {
  return from === null && to === null ? `id ${direction}` : `day ${direction}, id ${direction}`;
}

const PRICE = "COALESCE(billed_micro_won, 0)";
const ORDER = { dearest: `${PRICE} DESC, id DESC` };
const AFTER: Record<Sort, (cursor: string) => string> = {
  newest: (cursor) => `id < ${cursor}`,
  oldest: (cursor) => `id > ${cursor}`,
  dearest: (cursor) => `(${PRICE}, id) < (SELECT ${PRICE}, id FROM jobs WHERE id = ${cursor} AND owner = ?1)`,
};

type Parameter = { name?: string; schema?: { enum?: string[] } };
/** The words that each member of the query may have, from the API's document. */
const WORDS = new Map(
  (document.paths["/api/jobs"].get.parameters as Parameter[]).map(({ name, schema }) => [name, schema?.enum ?? []]),
);

function wordOf(query: URLSearchParams, name: string, faults: FieldFault[]): string | null {
  const words = WORDS.get(name) ?? [];
  const list = words.join(", ");
  const oneOf = { ko: `다음 중 하나여야 해요: ${list}`, en: `It must be one of: ${list}` };
  return matching(query, name, (value) => words.includes(value), oneOf, faults);
}

function matching(
  query: URLSearchParams,
  name: string,
  isRight: (value: string) => boolean,
  detail: Words,
  faults: FieldFault[],
): string | null {
  const value = query.get(name);
  if (value === null || isRight(value)) return value;
  faults.push({ pointer: `/${name}`, detail });
  return null;
}

const TOO_LONG = { ko: `${MAX_SEARCH}자까지 찾을 수 있어요.`, en: `It may have at most ${MAX_SEARCH} characters.` };
const A_DAY = { ko: "2026-11-26 같은 날짜여야 해요.", en: "It must be a day such as 2026-11-26." };
const AN_ID = { ko: "영상 번호여야 해요.", en: "It must be the id of a job." };
const A_CURSOR = { ko: "앞선 목록의 next_cursor여야 해요.", en: "It must be a next_cursor." };
const LIMIT = { ko: `1~${MAX_LIST} 사이의 정수여야 해요.`, en: `It must be a whole number from 1 to ${MAX_LIST}.` };
