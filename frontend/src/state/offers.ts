/** What the clips of the form would cost and take now, starts of cards included, as the site reckons it: the cheapest way,
 * and a quicker one with more cards. Asked for again while the form changes and while it is looked at. Draws nothing. */

import { MAX_CONTAINERS } from "../../../functions/_generated/constants";
import type { ClipsAsked, Estimate, Offer, Offers } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { clipCount } from "../request";
import { choiceNow, draft } from "./draft";
import { onJobChange, work } from "./jobs";
import { estimateFor, menu } from "./menu";
import { isOnline } from "./notices";
import { pictures } from "./pictures";
import { isAtWork } from "./presence";
import { Store } from "./store";

/** What is offered for what the form asks for at this moment; null until it is known. */
export const offers = new Store<Offers | null>(null);
/** Whether the quicker way is wanted. A press means its own: after it, the cheapest is chosen again. */
export const wantsQuick = new Store(false);

const SETTLED_MS = 300;
/** Cards come and go: so long an answer holds. It is asked for again while somebody works in the form. */
const AGAIN_MS = 20_000;

/** The question that `offers` answers, and the one that was put last. */
let answered = "";
let asked = "";
let answeredAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;
let isFollowing = false;

/** The quickest way, where more cards bring anything. */
export function quicker(): Offer | null {
  const all = offers.value?.offers ?? [];
  return all.length > 1 ? (all.at(-1) ?? null) : null;
}

/** The way that the next press takes; null while none is known. */
export function chosen(): Offer | null {
  return (wantsQuick.value ? quicker() : null) ?? offers.value?.offers[0] ?? null;
}

/** What a press adds to the price of its clips at this moment: the start and the end of a card, as the site reckons it for
 * what the form asks for; a start where that is of another card or not known yet. */
export function besidesClips({ gpu, cold_start_micro_won }: Estimate): number {
  const form = estimateFor(choiceNow(draft.value));
  const [cheapest] = offers.value?.offers ?? [];
  if (!cheapest || form?.gpu !== gpu) return cold_start_micro_won;
  return Math.max(0, cheapest.micro_won - clipCount(draft.value, pictures.value) * form.micro_won);
}

/** The most that so many clips can be billed, which the site reserves: the starts of as many cards as there may be, less
 * those that open clips hold. */
export function mostOf({ high_micro_won, cold_start_micro_won }: Estimate, clips = 1): number {
  const starts = Math.min(clips, Math.max(0, MAX_CONTAINERS - work.value.open.length));
  return clips * (high_micro_won - cold_start_micro_won) + starts * cold_start_micro_won;
}

/** Begins to ask; once, however many ask for it. */
export function followOffers(): void {
  if (isFollowing) return;
  isFollowing = true;
  for (const store of [draft, pictures, menu]) store.watch(askSoon);
  onJobChange((job, before) => void (job.status !== before?.status && askAgain()));
  document.addEventListener("visibilitychange", () => void ask(true));
  isOnline.watch(() => void ask(true));
  askSoon();
}

/** A card may have come or gone. While many clips are made that is often: an answer holds for a while all the same. */
function askAgain(): void {
  if (asked !== answered) return; // it is asked anyway
  const rest = answeredAt + AGAIN_MS - Date.now();
  clearTimeout(timer);
  if (rest <= 0) void ask(true);
  else timer = setTimeout(() => void ask(true), rest);
}

/** Somebody is at work in the form, who may have been away: what was known is old then. */
export function refreshOffers(): void {
  if (Date.now() - answeredAt > AGAIN_MS) void ask(true);
}

function question(): string {
  const choice = choiceNow(draft.value);
  if (!estimateFor(choice)) return "";
  const clips: ClipsAsked[] = [{ ...choice, count: clipCount(draft.value, pictures.value) }];
  return JSON.stringify({ clips });
}

function askSoon(): void {
  const now = question();
  if (now !== answered) offers.set(null); // it was for other clips
  if (now === asked) return;
  asked = now;
  clearTimeout(timer);
  timer = setTimeout(() => void ask(), SETTLED_MS);
}

/** `evenKnown`: the cards may have changed since. Without an answer what was known stays. */
async function ask(evenKnown = false): Promise<void> {
  const now = question();
  if (now === "" || document.hidden || !isOnline.value || (!evenKnown && now === answered && offers.value !== null)) return;
  clearTimeout(timer);
  try {
    const { body } = await call<Offers>("/api/offers", { method: "POST", body: JSON.parse(now) as unknown });
    if (now !== question()) return;
    answered = asked = now;
    answeredAt = Date.now();
    offers.set(body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
  clearTimeout(timer);
  timer = setTimeout(() => isAtWork() && void ask(true), AGAIN_MS);
}
