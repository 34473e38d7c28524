/**
 * What the clips of a press would cost and take, everything counted: the cheapest way, and quicker ones with more cards.
 *
 * The cards that live and the jobs that wait are taken as they are at this moment; nothing is reserved and nothing
 * changes. The sums are those of `gpu/core/delivered.py`.
 */

import {
  CLOSING_SECONDS,
  COLD_START_SECONDS,
  LOST_EVERY,
  MAX_CLIPS_OFFERED,
  MAX_CONTAINERS,
  MOMENTS_OF_LOSS,
} from "../_generated/constants.ts";
import type { ClipsAsked, Offer, Offers, OffersRequest } from "../_generated/contract.d.ts";
import { firstClips, waitingClip } from "./card-policy.ts";
import { liveCards, takesNextAt } from "./cards.ts";
import { lastDoneMs } from "./evening.ts";
import { type CardNow, type Clip, type Played, play, type Terms } from "./evening-play.ts";
import { lineFor } from "./line.ts";
import { clipMs, estimateFor, PRICE_REV, secondPrice } from "./prices.ts";
import { ProblemError } from "./problem.ts";

const START_MS = COLD_START_SECONDS * 1_000;
/** A deadline has some room, so that a clip that takes a little longer starts no further card. */
const ROOM = 1.05;
const STEP_SECONDS = 10;
const LEAST_SECONDS = 60;
const MOST_SECONDS = 86_400;

/** One kind of card as it is, and our clips on it. */
export interface Situation {
  gpu: string;
  cards: readonly CardNow[];
  before: readonly Clip[];
  clips_ms: readonly number[];
}

/** Throws invalid-job for no clip, for too many, and for a preset that does not come in that tier. */
export async function offersFor(db: D1Database, { clips }: OffersRequest): Promise<Offers> {
  const count = clips.reduce((sum, asked) => sum + asked.count, 0);
  if (count < 1 || count > MAX_CLIPS_OFFERED) throw wrongCount();
  const byKind = new Map<string, ClipsAsked[]>();
  for (const asked of clips) {
    const { gpu } = estimateFor(asked);
    byKind.set(gpu, [...(byKind.get(gpu) ?? []), asked]);
  }
  const situations = await Promise.all([...byKind].map(([gpu, asked]) => situationOf(db, gpu, asked)));
  return {
    offers: waysOf(situations),
    is_warm: situations.every(({ cards }) => cards.length > 0),
    waiting: situations.reduce((sum, { before }) => sum + before.length, 0),
    price_rev: PRICE_REV,
  };
}

async function situationOf(db: D1Database, gpu: string, asked: readonly ClipsAsked[]): Promise<Situation> {
  const [cards, line] = [await liveCards(db, gpu), await lineFor(db, gpu)];
  const now = Date.now();
  const waiting = [...firstClips(cards), ...line.map(waitingClip)];
  return {
    gpu,
    cards: cards.map((card) => ({ free_ms: takesNextAt(card) - now })),
    before: waiting.map(({ clip_ms, due_ms }) => ({
      clip_ms,
      due_ms: due_ms === null ? null : due_ms - now,
      is_ours: false,
    })),
    clips_ms: asked.flatMap((choice) => Array.from({ length: choice.count }, () => clipMs(choice))),
  };
}

/** The cheapest first; of the others, those that are quicker than each that costs less. */
export function waysOf(situations: readonly Situation[]): Offer[] {
  const ways = [priced(situations, null)];
  for (let cards = 2; cards <= MAX_CONTAINERS; cards++) {
    const last_ms = Math.max(...situations.map((situation) => lastWith(situation, cards)));
    const room = Math.ceil((last_ms * ROOM) / 1_000 / STEP_SECONDS) * STEP_SECONDS;
    const within = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, room));
    ways.push(priced(situations, within));
  }
  ways.sort((one, other) => one.micro_won - other.micro_won || one.seconds - other.seconds);
  const [cheapest, ...rest] = ways;
  if (cheapest === undefined) return [];
  const offers = [cheapest];
  for (const way of rest) if (way.seconds < (offers.at(-1)?.seconds ?? 0)) offers.push(way);
  // The cheapest way needs no word, whichever deadline found it first.
  return offers.map((offer, row) => (row === 0 ? { ...offer, within_seconds: null } : offer));
}

/** When the last of our clips is there with so many cards from the press on. */
function lastWith({ cards, before, clips_ms }: Situation, most: number): number {
  const free = cards.map(({ free_ms }) => free_ms);
  while (free.length < most) free.push(START_MS);
  return lastDoneMs(free, [...before.map(({ clip_ms }) => clip_ms), ...clips_ms]);
}

function priced(situations: readonly Situation[], within_seconds: number | null): Offer {
  const kinds = situations.map((situation) => ofKind(situation, within_seconds));
  return {
    cards: kinds.reduce((sum, { cards }) => sum + cards, 0),
    seconds: Math.ceil(Math.max(...kinds.map(({ last_ms }) => last_ms)) / 1_000),
    micro_won: kinds.reduce((sum, { micro_won }) => sum + micro_won, 0),
    within_seconds,
  };
}

/** One kind of card: the usual order of events, at the price of what is to be expected with lost attempts. */
export function ofKind(situation: Situation, within_seconds: number | null): Played & { micro_won: number } {
  const { gpu, cards, before, clips_ms } = situation;
  const due_ms = within_seconds === null ? null : within_seconds * 1_000;
  const clips: Clip[] = [...before, ...clips_ms.map((clip_ms) => ({ clip_ms, due_ms, is_ours: true }))];
  const terms = { start_ms: START_MS, closing_ms: CLOSING_SECONDS * 1_000, most_cards: MAX_CONTAINERS };
  const lost = (at: number): Terms => ({ ...terms, lost_every: LOST_EVERY, lost_at: at });
  let expected = 0;
  let every = 0;
  for (const [at, chance] of chancesOfLoss(clips_ms.length)) {
    expected += chance * play(cards, clips, lost(at)).spent_ms;
    every += chance;
  }
  const spent_ms = expected / every;
  const micro_won = Math.round((Math.round(spent_ms) / 1_000) * secondPrice(gpu));
  return { ...play(cards, clips, lost(0)), micro_won };
}

/** Numbers of the first attempt that is lost, and in how many of LOST_EVERY evenings it is that one or one beside it. The
 * last is for the evenings in which none of these is lost. */
function chancesOfLoss(clips: number): [at: number, chance: number][] {
  const places = Math.min(clips, LOST_EVERY);
  const played = Math.min(places, MOMENTS_OF_LOSS);
  const rows: [number, number][] = [];
  for (let step = 0; step < played; step++) {
    const low = Math.floor((places * step) / played);
    const high = Math.floor((places * (step + 1)) / played);
    rows.push([Math.floor((low + high + 1) / 2), high - low]);
  }
  return places === LOST_EVERY ? rows : [...rows, [LOST_EVERY, LOST_EVERY - places]];
}

function wrongCount(): ProblemError {
  const detail = {
    ko: `영상은 모두 합쳐 1~${MAX_CLIPS_OFFERED}개여야 해요.`,
    en: `From 1 to ${MAX_CLIPS_OFFERED} clips may be asked about together.`,
  };
  return new ProblemError("invalid-job", undefined, { errors: [{ pointer: "/clips", detail }] });
}
