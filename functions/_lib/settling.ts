/** Settles a job by its marker, and ends one that nobody reported: never without a look at the marker. */

import type { ProblemSlug } from "../_generated/problems.ts";
import { alarm } from "./alarm.ts";
import { conclude, concludeLate } from "./ending.ts";
import { type Env, leaseSeconds } from "./env.ts";
import * as lease from "./lease.ts";
import { readMarker } from "./marker.ts";
import { isPast, RUN_LIMIT_SECONDS, secondsSince } from "./patience.ts";
import type { JobRow } from "./row.ts";
import * as state from "./state.ts";

/** Follows the marker of an open job. False: there is none, and the job is as it was. */
export async function settleFromMarker(env: Env, row: JobRow): Promise<boolean> {
  const marker = await readMarker(env.MEDIA, row.id, row.attempt);
  if (marker.kind === "absent") return false;
  if (marker.kind === "unreadable") await hold(env, row, marker);
  else await conclude(env.DB, marker.outcome, { attempt: row.attempt });
  return true;
}

/** Fails an open job for the site's own reason, free of charge, unless its marker says otherwise. */
export async function giveUp(
  env: Env,
  row: JobRow,
  slug: ProblemSlug,
  detail: string | null = null,
): Promise<JobRow | undefined> {
  if (await settleFromMarker(env, row)) return undefined;
  return state.failed(env.DB, row, slug, detail);
}

/** Looks once more at the marker of a job that ended without a worker's report, and sets the next look. */
export async function lookAgain(env: Env, row: JobRow): Promise<void> {
  const marker = await readMarker(env.MEDIA, row.id, row.attempt);
  if (marker.kind === "outcome") await concludeLate(env.DB, marker.outcome);
  if (marker.kind === "unreadable") await report(env, row, marker);
  await lease.lookLater(env.DB, row, marker.kind === "unreadable");
}

/** Once for a job. */
async function report(env: Env, row: JobRow, { key, faults }: { key: string; faults: string[] }): Promise<void> {
  if (row.unreadable_since !== null) return;
  await alarm(env, "marker-unreadable", { job_id: row.id, attempt: row.attempt, key, faults });
}

/** A later release may be able to read it: the job waits to the end of its time, then ends and keeps its objects. */
async function hold(env: Env, row: JobRow, marker: { key: string; faults: string[] }): Promise<void> {
  await report(env, row, marker);
  const since = row.unreadable_since;
  const isOver =
    row.deadline_at === null ? since !== null && secondsSince(since) > RUN_LIMIT_SECONDS : isPast(row.deadline_at);
  if (isOver) await state.failed(env.DB, row, "marker-unreadable");
  else await lease.holdUnreadable(env.DB, row, leaseSeconds(env));
}
