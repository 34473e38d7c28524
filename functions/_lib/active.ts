/** An owner's jobs that have not ended, in one answer with one ETag. An unchanged one costs a look at the versions. */

import type { ActiveJobs, Today } from "../_generated/contract.d.ts";
import { type BatchRow, batchNowOf, selectBatches } from "./batch-row.ts";
import { loweredCap } from "./caps.ts";
import type { Language } from "./env.ts";
import { IN_LINE } from "./line.ts";
import { matches } from "./range.ts";
import { type AttemptRow, type JobRow, jobOf } from "./row.ts";
import { seoulDay, timestamp } from "./time.ts";

/** Whole jobs in an answer: more than run at once; those behind them only wait. */
const SHOWN = 50;
const OPEN = "owner = ?1 AND status IN ('queued', 'running') AND kind = 'clip'";

interface Version {
  id: string;
  version: number;
  lease_until: string;
  is_held: number;
  is_paused: number;
}

/** What is open now, without the jobs themselves. */
export interface Look {
  etag: string;
  open: readonly string[];
  held: readonly string[];
  /** Id → what an answer depends on. */
  states: ReadonlyMap<string, string>;
  /** Whether a job is due for the sweep. */
  isDue: boolean;
}

export interface Asker {
  owner: string;
  language: Language;
}

/** The answer, and whether a job is due for the sweep. `ended`: ids of jobs whose end is told along. */
export async function activeJobs(
  db: D1Database,
  asker: Asker,
  known: string | null,
  ended: readonly string[] = [],
): Promise<{ response: Response; isDue: boolean }> {
  const now = await look(db, asker);
  const headers = { etag: now.etag, "cache-control": "private, no-cache", vary: "accept, accept-language, cookie" };
  const response =
    ended.length === 0 && matches(known, now.etag)
      ? new Response(null, { status: 304, headers })
      : Response.json(await tell(db, asker, now, ended), { headers });
  return { response, isDue: now.isDue };
}

export async function look(db: D1Database, { owner, language }: Asker): Promise<Look> {
  const { results } = await db
    .prepare(`SELECT id, version, lease_until, ${IN_LINE} AS is_held, handed_at IS NULL AND paused_at IS NOT NULL AS is_paused
       FROM jobs WHERE ${OPEN} ORDER BY id`)
    .bind(owner)
    .all<Version>();
  const now = timestamp();
  const states = new Map(results.map((row) => [row.id, `${row.version}.${row.is_held}`]));
  const all = [seoulDay(), ...[...states].map((state) => state.join("."))].join();
  return {
    etag: `W/"${await digest(all)}.${language}"`,
    states,
    open: results.map(({ id }) => id),
    held: results.filter(({ is_held }) => is_held).map(({ id }) => id),
    isDue: results.some(({ lease_until, is_paused }) => lease_until <= now && !is_paused),
  };
}

/** `before`: what the reader was told, if that was less than an answer ago: jobs that have not changed since are left out.
 * A job that is handed to the GPU service keeps its version: nothing of it changes but that. */
export async function tell(
  db: D1Database,
  { owner, language }: Asker,
  { open, held, states }: Look,
  endedIds: readonly string[] = [],
  before: Look | null = null,
): Promise<ActiveJobs> {
  const isNews = before === null ? "" : "AND id IN (SELECT value FROM json_each(?3))";
  const news = before === null ? [] : [JSON.stringify(open.filter((id) => states.get(id) !== before.states.get(id)))];
  const shown = `FROM jobs WHERE ${OPEN} ${isNews} ORDER BY status DESC, id LIMIT ?2`;
  const ended = "FROM jobs WHERE id IN (SELECT value FROM json_each(?2)) AND owner = ?1 AND kind = 'clip' AND deleted_at IS NULL";
  const ids = JSON.stringify(endedIds);
  const day = seoulDay();
  const open_batches = `SELECT batch_id FROM jobs WHERE ${OPEN} UNION SELECT batch_id ${ended}`;
  const [openRows, openAttempts, endedRows, endedAttempts, sums, cap, batches] = await db.batch([
    db.prepare(`SELECT * ${shown}`).bind(owner, SHOWN, ...news),
    db
      .prepare(`SELECT * FROM attempts WHERE job_id IN (SELECT id ${shown}) ORDER BY attempt`)
      .bind(owner, SHOWN, ...news),
    db.prepare(`SELECT * ${ended}`).bind(owner, ids),
    db.prepare(`SELECT * FROM attempts WHERE job_id IN (SELECT id ${ended}) ORDER BY attempt`).bind(owner, ids),
    // A row for each day with a job: at most 31.
    db
      .prepare(
        `SELECT SUM(billed_micro_won) FILTER (WHERE day = ?2) AS billed_micro_won,
           SUM(held_micro_won) FILTER (WHERE day = ?2) AS held_micro_won, SUM(billed_micro_won) AS month_billed_micro_won
         FROM day_totals WHERE owner = ?1 AND day BETWEEN ?3 AND ?2`,
      )
      .bind(owner, day, `${day.slice(0, 7)}-01`),
    db.prepare(`SELECT ${loweredCap("?1")} AS micro_won FROM limits WHERE name = 'owner_day'`).bind(owner),
    db.prepare(selectBatches(`batches.id IN (${open_batches})`)).bind(owner, ids),
  ]);
  const jobs = (rows: D1Result | undefined, attempts: D1Result | undefined): ActiveJobs["jobs"] => {
    const found = (attempts?.results ?? []) as AttemptRow[];
    return ((rows?.results ?? []) as JobRow[]).map((row) => jobOf(row, found, language));
  };
  const spent = sums?.results[0] as { [Amount in Exclude<keyof Today, "day" | "cap_micro_won">]: number | null } | undefined;
  return {
    open: [...open],
    held: [...held],
    jobs: jobs(openRows, openAttempts),
    ended: jobs(endedRows, endedAttempts),
    today: {
      day,
      billed_micro_won: spent?.billed_micro_won ?? 0,
      held_micro_won: spent?.held_micro_won ?? 0,
      cap_micro_won: (cap?.results[0] as { micro_won: number } | undefined)?.micro_won ?? 0,
      month_billed_micro_won: spent?.month_billed_micro_won ?? 0,
    },
    now: timestamp(),
    batches: ((batches?.results ?? []) as BatchRow[]).map(batchNowOf),
  };
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
