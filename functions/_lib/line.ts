/**
 * The line of jobs that wait at the site for a card of one kind, in the order in which they go.
 *
 * Between owners it is fair: the next job is of whoever has the fewest jobs at work, then of whoever was served longest
 * ago. Within an owner the oldest goes first. It gives nothing to anybody.
 */

import { PASSED_OVER_SECONDS, secondsSince } from "./patience.ts";
import type { WorkAsked } from "./prices.ts";
import { timestamp } from "./time.ts";

/** A job that is not at the GPU service. Written exactly as in the indexes that serve it. */
export const HELD = "status = 'queued' AND handed_at IS NULL";
/** One of them that a card may be given: not of a paused batch. */
export const IN_LINE = `${HELD} AND paused_at IS NULL`;
/** A job whose ticket may be at the GPU service. */
export const HANDED_OVER = "(status = 'running' OR (status = 'queued' AND handed_at IS NOT NULL))";

/** One that the GPU service gave back rests for a while. `now`: SQL. */
export function isReady(now: string): string {
  return `${IN_LINE} AND (dispatch_tries = 0 OR lease_until <= ${now})`;
}

export type HeldJob = WorkAsked & Held;

interface Held {
  id: string;
  owner: string;
  gpu: string;
  attempt: number;
  created_at: string;
  wanted_at: string | null;
}

interface Standing {
  handed: number;
  served_at: string;
}

/** Kinds of cards that jobs wait for. `is_urgent`: one of them has a deadline. */
export async function kindsInLine(db: D1Database): Promise<{ gpu: string; is_urgent: boolean }[]> {
  const { results } = await db
    .prepare(`SELECT gpu, MAX(wanted_at) AS wanted_at FROM jobs WHERE ${isReady("?1")} GROUP BY gpu`)
    .bind(timestamp())
    .all<{ gpu: string; wanted_at: string | null }>();
  return results.map(({ gpu, wanted_at }) => ({ gpu, is_urgent: wanted_at !== null }));
}

/** The line for a kind of card. */
export async function lineFor(db: D1Database, gpu: string): Promise<HeldJob[]> {
  const choice = ["preset", "ratio", "seconds", "tier"].map((name) => `json_extract(input, '$.${name}') AS ${name}`);
  const [held, handed, served] = await db.batch([
    db
      .prepare(
        `SELECT id, owner, gpu, attempt, created_at, wanted_at, ${choice.join(", ")} FROM jobs
         WHERE gpu = ?1 AND ${isReady("?2")} ORDER BY id`,
      )
      .bind(gpu, timestamp()),
    db.prepare(`SELECT owner, COUNT(*) AS handed FROM jobs WHERE ${HANDED_OVER} GROUP BY owner`),
    db
      .prepare(
        `SELECT owner, served_at FROM totals WHERE served_at IS NOT NULL
           AND owner IN (SELECT DISTINCT owner FROM jobs WHERE gpu = ?1 AND ${IN_LINE})`,
      )
      .bind(gpu),
  ]);
  const standings = new Map<string, Standing>();
  for (const { owner, handed: count } of (handed?.results ?? []) as { owner: string; handed: number }[])
    standings.set(owner, { handed: count, served_at: "" });
  for (const { owner, served_at } of (served?.results ?? []) as { owner: string; served_at: string }[])
    standings.set(owner, { handed: standings.get(owner)?.handed ?? 0, served_at });
  return fairOrder((held?.results ?? []) as HeldJob[], standings);
}

/** `held`: the oldest first. An owner without a standing was never served. */
export function fairOrder(held: readonly HeldJob[], standings: ReadonlyMap<string, Standing>): HeldJob[] {
  const owners = new Map<string, { jobs: HeldJob[]; handed: number; served_at: string }>();
  for (const job of held) {
    const known = owners.get(job.owner);
    if (known !== undefined) known.jobs.push(job);
    else owners.set(job.owner, { jobs: [job], handed: 0, served_at: "", ...standings.get(job.owner) });
  }
  const order: HeldJob[] = [];
  const next = new Map([...owners].map(([owner]) => [owner, 0]));
  while (order.length < held.length) {
    let best: { owner: string; job: HeldJob; handed: number; served_at: string } | undefined;
    for (const [owner, { jobs, handed, served_at }] of owners) {
      const job = jobs[next.get(owner) ?? 0];
      if (job !== undefined && (best === undefined || goesBefore({ job, handed, served_at }, best)))
        best = { owner, job, handed, served_at };
    }
    if (best === undefined) break;
    order.push(best.job);
    next.set(best.owner, (next.get(best.owner) ?? 0) + 1);
    const served = owners.get(best.owner);
    // Whoever is served now goes behind everybody who was served before.
    const served_at = `~${String(order.length).padStart(9, "0")}`;
    if (served !== undefined) Object.assign(served, { handed: served.handed + 1, served_at });
  }
  return order;
}

interface Turn extends Standing {
  job: HeldJob;
}

function goesBefore(one: Turn, other: Turn): boolean {
  if (one.handed !== other.handed) return one.handed < other.handed;
  if (one.served_at !== other.served_at) return one.served_at < other.served_at;
  return one.job.id < other.job.id;
}

/**
 * The job for a card. Of the owner whose turn it is, one whose models the card has loaded may go before an older one
 * that would load others, for some minutes.
 */
export function nextFor(line: readonly HeldJob[], loaded: readonly string[]): HeldJob | undefined {
  const [first] = line;
  if (first === undefined || loaded.length === 0 || loaded.includes(first.preset)) return first;
  if (secondsSince(first.created_at) > PASSED_OVER_SECONDS) return first;
  return line.find(({ owner, preset }) => owner === first.owner && loaded.includes(preset)) ?? first;
}
