/**
 * A press on cards that live and cards that start, event by event: `gpu/core/evening.py`, for clips of different
 * lengths behind what waits already. Milliseconds from the press. It knows no row, no kind of card and no price.
 */

import { type WaitingClip, wantsAnother } from "./evening.ts";

/** A clip of the press, or of somebody who was there before. */
export interface Clip extends WaitingClip {
  is_ours: boolean;
}

/** A card at the moment of the press. `free_ms`: when it takes its next clip; 0 for one that waits. */
export interface CardNow {
  free_ms: number;
}

export interface Terms {
  start_ms: number;
  /** How long a card stays when nothing waits. */
  closing_ms: number;
  most_cards: number;
  /** Each so-many-th attempt at our clips is interrupted in its middle, and its card is gone; 0 for never. */
  lost_every: number;
  lost_at: number;
}

export interface Played {
  /** Of our clips: the starts of cards that are opened, the clips, the end of each card, what was lost. */
  spent_ms: number;
  /** Until the last of our clips is there. */
  last_ms: number;
  /** Most cards at the same time. */
  cards: number;
}

type Doing = "start" | "clip" | "lost" | "idle";

interface Card {
  doing: Doing;
  since: number;
  until: number;
  clip: Clip | undefined;
  /** What it does now is paid by this press. */
  is_ours: boolean;
}

/** Makes every clip, those before ours first. */
export function play(cards: readonly CardNow[], clips: readonly Clip[], terms: Terms): Played {
  const waiting = [...clips];
  let open: Card[] = cards.map(({ free_ms }) => ({ ...SILENT, doing: free_ms > 0 ? "clip" : "idle", until: free_ms }));
  const played = { spent_ms: 0, last_ms: 0, cards: 0 };
  let attempts = 0;
  let now = 0;

  const turn = (card: Card, next: Omit<Card, "since">) => {
    if (card.is_ours) played.spent_ms += now - card.since;
    Object.assign(card, next, { since: now });
  };
  const leave = (card: Card) => {
    turn(card, { ...SILENT });
    open = open.filter((other) => other !== card);
  };

  while (Number.isFinite(now)) {
    for (const card of [...open]) {
      if (card.doing === "idle" || card.until > now) continue;
      const { clip, doing } = card;
      if (doing === "lost") {
        leave(card);
        if (clip !== undefined) waiting.unshift(clip);
        continue;
      }
      if (clip?.is_ours === true) played.last_ms = now;
      turn(card, { doing: "idle", until: now, clip: undefined, is_ours: true });
    }
    for (const card of open) {
      const clip = card.doing === "idle" ? waiting.shift() : undefined;
      if (clip === undefined) continue;
      if (clip.is_ours) attempts += 1;
      const { lost_every, lost_at } = terms;
      const isLost = clip.is_ours && lost_every > 0 && (attempts - lost_at) % lost_every === 0;
      const lasts = isLost ? Math.floor(clip.clip_ms / 2) : clip.clip_ms;
      turn(card, { doing: isLost ? "lost" : "clip", until: now + lasts, clip, is_ours: clip.is_ours });
    }
    while (open.length < terms.most_cards && isWanted(open, waiting, now, terms.start_ms)) {
      open.push({ doing: "start", since: now, until: now + terms.start_ms, clip: undefined, is_ours: true });
    }
    for (const card of [...open]) {
      if (card.doing !== "idle") continue;
      card.until = card.since + terms.closing_ms;
      if (card.until <= now) leave(card);
    }
    played.cards = Math.max(played.cards, open.length);
    now = Math.min(Number.POSITIVE_INFINITY, ...open.map(({ until }) => until));
  }
  return played;
}

const SILENT: Card = { doing: "idle", since: 0, until: 0, clip: undefined, is_ours: false };

function isWanted(open: readonly Card[], waiting: readonly Clip[], now: number, start_ms: number): boolean {
  const free = open.map(({ doing, since, until, clip }) => {
    if (doing === "idle") return now;
    // Nobody foresees that an attempt is lost.
    return doing === "lost" ? since + (clip?.clip_ms ?? 0) : until;
  });
  return wantsAnother(free, waiting, now + start_ms);
}
