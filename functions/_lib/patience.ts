/** How long the site waits for what, and how its pauses grow. It knows no row. */

import { timestamp } from "./time.ts";

/** Attempts that began on a card. One that nobody began is sent again under the same number and counts as none. */
export const MAX_ATTEMPTS = 2;
/** A card that has nothing in work and was not heard of for so long is gone. Its container asks each few seconds. */
export const SILENT_CARD_SECONDS = 20;
/** So long a call that was made for a canceled job is kept for others: a start, and some waiting for it. */
export const KEPT_CALL_SECONDS = 300;
/** So long a job may stay behind younger ones whose models a card has loaded. */
export const PASSED_OVER_SECONDS = 300;
/** A job that was handed over may wait so long for a card. */
export const QUEUE_LIMIT_SECONDS = 2 * 3_600;
/** An attempt may take so long from its first event; a clip takes minutes. */
export const RUN_LIMIT_SECONDS = 3_600;
/** So long the site goes on handing a job to a GPU service that refuses it. */
export const UNREACHABLE_LIMIT_SECONDS = 15 * 60;
/** So long a paused job waits before it is canceled. */
export const PAUSE_LIMIT_SECONDS = 7 * 24 * 3_600;
/** A job that ended without a worker's report is looked at again after this, and then ever more rarely. */
export const FIRST_LATE_LOOK_SECONDS = 300;
/** The marker of such a job is looked for no longer than this. */
export const LAST_LATE_LOOK_SECONDS = 24 * 3_600;

const SHORTEST_PAUSE_SECONDS = 2;
const LONGEST_HOLD_SECONDS = 1_800;

/** Before the next try to hand a job over: a third of a lease, then twice as long each time, at most a lease. */
export function pauseAfter(tries: number, lease: number): number {
  const seconds = (lease / 3) * 2 ** Math.min(tries - 1, 10);
  return Math.max(SHORTEST_PAUSE_SECONDS, Math.min(seconds, lease));
}

/** Of a job that the GPU service gave back, before it is handed over again: none the first time. */
export function restAfter(tries: number, lease: number): number {
  return tries === 0 ? 0 : pauseAfter(tries, lease);
}

/** Before the next look at something that began at `since`: as long as it has lasted, within bounds. */
export function pauseSince(since: string, shortest: number, longest: number = LONGEST_HOLD_SECONDS): number {
  return Math.max(shortest, Math.min(secondsSince(since), longest));
}

export function secondsSince(moment: string): number {
  return Math.max(0, (Date.now() - Date.parse(moment)) / 1_000);
}

export function isPast(moment: string | null): boolean {
  return moment !== null && moment <= timestamp();
}
