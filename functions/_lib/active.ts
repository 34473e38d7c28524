/** An owner's jobs that have not ended, in one answer with one ETag. An unchanged one costs a look at the versions. */

import type { ActiveJobs } from "../_generated/contract.d.ts";
import type { Language } from "./env.ts";
import { HELD } from "./line.ts";
import { matches } from "./range.ts";
import { type AttemptRow, type JobRow, jobOf } from "./row.ts";
import { timestamp } from "./time.ts";

/** Whole jobs in an answer: more than run at once; those behind them only wait. */
const SHOWN = 50;
const OPEN = "owner = ?1 AND status IN ('queued', 'running')";

interface Version {
  id: string;
  version: number;
  lease_until: string;
  is_held: number;
}

/** The answer, and whether a job is due for the sweep. */
export async function activeJobs(
  db: D1Database,
  owner: string,
  known: string | null,
  language: Language,
): Promise<{ response: Response; isDue: boolean }> {
  const { results } = await db
    .prepare(`SELECT id, version, lease_until, ${HELD} AS is_held FROM jobs WHERE ${OPEN} ORDER BY id`)
    .bind(owner)
    .all<Version>();
  const now = timestamp();
  const isDue = results.some(({ lease_until }) => lease_until <= now);
  const etag = `W/"${await digest(results.map(stateOf).join())}.${language}"`;
  const headers = { etag, "cache-control": "private, no-cache", vary: "accept-language, cookie" };
  if (matches(known, etag)) return { response: new Response(null, { status: 304, headers }), isDue };
  const body: ActiveJobs = {
    open: results.map(({ id }) => id),
    held: results.filter(({ is_held }) => is_held).map(({ id }) => id),
    jobs: await shown(db, owner, language),
  };
  return { response: Response.json(body, { headers }), isDue };
}

/** What the answer depends on. A job that is handed to the GPU service keeps its version: nothing of it changes but that. */
function stateOf({ id, version, is_held }: Version): string {
  return `${id}.${version}.${is_held}`;
}

async function shown(db: D1Database, owner: string, language: Language): Promise<ActiveJobs["jobs"]> {
  const first = `FROM jobs WHERE ${OPEN} ORDER BY status DESC, id LIMIT ?2`;
  const [jobs, attempts] = await db.batch([
    db.prepare(`SELECT * ${first}`).bind(owner, SHOWN),
    db
      .prepare(`SELECT * FROM attempts WHERE job_id IN (SELECT id ${first}) ORDER BY attempt`)
      .bind(owner, SHOWN),
  ]);
  const found = (attempts?.results ?? []) as AttemptRow[];
  return ((jobs?.results ?? []) as JobRow[]).map((row) => jobOf(row, found, language));
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
