/** Whether one more card of a kind is wanted now: none lives, or a deadline would not be kept (decision 31). It opens
 * nothing. */

import { COLD_START_SECONDS, MAX_CONTAINERS } from "../_generated/constants.ts";
import { doing, type LiveCard, takesNextAt } from "./cards.ts";
import { type WaitingClip, wantsAnother } from "./evening.ts";
import type { HeldJob } from "./line.ts";
import { clipMs, type WorkAsked } from "./prices.ts";

/** `cards`: all that live of this kind. `line`: the jobs that wait for it, in their order. */
export function isAnotherWanted(cards: readonly LiveCard[], line: readonly HeldJob[]): boolean {
  if (line.length === 0 || cards.length >= MAX_CONTAINERS) return false;
  const ready_ms = Date.now() + COLD_START_SECONDS * 1_000;
  return wantsAnother(cards.map(takesNextAt), [...firstClips(cards), ...line.map(waitingClip)], ready_ms);
}

/** What cards that are starting have as their first clip waits as well. */
export function firstClips(cards: readonly LiveCard[]): WaitingClip[] {
  return cards.flatMap((card) => (doing(card) === "starting" && card.work !== null ? [waitingClip(card.work)] : []));
}

export function waitingClip(job: WorkAsked & Pick<HeldJob, "wanted_at">): WaitingClip {
  return { clip_ms: clipMs(job), due_ms: job.wanted_at === null ? null : Date.parse(job.wanted_at) };
}
