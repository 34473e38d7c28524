/** Which scenes the next press makes, what they cost now, and the press itself. The server reads the range and names each
 * price; a press has its key before it is sent, so that however often it is sent, it is one batch. It draws nothing. */

import type { Batch, BatchChoice, BatchNow, Offer, Problem, Quote, SceneQuality } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { onJobChange, openBatches, wake } from "./jobs";
import { isOnline } from "./notices";
import { forgetPress, keyOfPress } from "./press-key";
import { scenePictures, underway } from "./scene-pictures";
import { refreshTable, saveNow, saving } from "./scene-saving";
import { batch, selected, standings, table } from "./scene-table";
import { Store } from "./store";

export type Which = "all" | "unmade" | "failed" | "drafted" | "selected";

export interface Wish {
  which: Which;
  /** Text of the range box; what it says counts before `which`. */
  range: string;
  variants: number;
  /** A quality for this press alone; null: as each scene says. */
  quality: SceneQuality | null;
  /** The most that this press may cost, in won; null: no limit of its own. */
  most: number | null;
  isQuick: boolean;
  withoutPictures: boolean;
}

const FIRST: Wish = { which: "unmade", range: "", variants: 1, quality: null, most: null, isQuick: false, withoutPictures: false };
const SETTLED_MS = 350;
/** Cards come and go: so long an answer holds while the page is looked at. */
const AGAIN_MS = 30_000;
/** While clips end one after another, what the others cost stays nearly the same. */
const NEWS_MS = 20_000;
const MILLION = 1_000_000;

export const wish = new Store<Wish>(FIRST);
/** The price of what is wished for; null until it is known. */
export const quote = new Store<Quote | null>(null);
/** What the server says to the wish: a range that it cannot read, say. */
export const quoteProblem = new Store<Problem | null>(null);
/** Why the last press made nothing, or not all. */
export const orderProblem = new Store<Problem | null>(null);
export const isOrdering = new Store(false);

let timer: ReturnType<typeof setTimeout> | undefined;
let askedAt = 0;
let generation = 0;
let isFollowing = false;

export function wishFor(part: Partial<Wish>): void {
  wish.update((now) => ({ ...now, ...part }));
}

/** The way that the next press takes. */
export function chosenOffer(): Offer | null {
  const offers = quote.value?.offers?.offers ?? [];
  return (wish.value.isQuick ? offers.at(-1) : undefined) ?? offers[0] ?? null;
}

/** Asks for the price of what is wished for from now on, as often as it may have changed. */
export function followQuotes(): void {
  quoteSoon();
  if (isFollowing) return;
  isFollowing = true;
  for (const store of [wish, selected]) store.watch(() => quoteSoon());
  standings.watch(() => quoteAfterNews());
  saving.watch(() => saving.value === "saved" && quoteSoon());
  table.watch(() => {
    if (table.value === null) {
      wish.set(FIRST);
      quote.set(null);
    } else if (quote.value === null) quoteSoon();
  });
  isOnline.watch(() => quoteSoon());
  let wasSending = false;
  scenePictures.watch(() => {
    const isSending = underway(scenePictures.value) > 0;
    if (wasSending && !isSending) quoteSoon();
    wasSending = isSending;
  });
  openBatches.watch(() => {
    const mine = openBatches.value.find(({ project_id }) => project_id === table.value?.id);
    const now = batch.value;
    if (!mine || (mine.id !== now?.id && mine.created_at <= (now?.created_at ?? ""))) return;
    batch.set(mine);
    // Another device began, paused or went on with it: its rows say so, though no job has another status.
    if (mine.id !== now?.id || mine.paused_at !== now.paused_at) refreshSoon();
  });
  onJobChange((job, before) => {
    if (job.status !== before?.status && job.project_id === table.value?.id) refreshSoon();
  });
  setInterval(() => {
    if (!document.hidden && quote.value?.offers) quoteAfterNews();
  }, AGAIN_MS);
}

/** At most seven a minute, however many clips end. */
const REFRESH_MS = 8_000;
let refreshedAt = 0;
let isWaiting = false;

function refreshSoon(): void {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(
    () => {
      isWaiting = false;
      refreshedAt = Date.now();
      void refreshTable();
    },
    Math.max(250, refreshedAt + REFRESH_MS - Date.now()),
  );
}

function choice({ which, range, variants, quality, withoutPictures }: Wish): BatchChoice | null {
  const named =
    range.trim() !== "" ? { range } : which === "selected" ? { scenes: inOrder(selected.value) } : { which };
  if ("scenes" in named && named.scenes?.length === 0) return null;
  return {
    ...named,
    variants,
    again: named.which === "all" ? false : variants > 1,
    in_place: quality ? { quality } : null,
    seeds: which === "drafted" && range.trim() === "" ? "chosen" : "own",
    without_pictures: withoutPictures,
  } as BatchChoice;
}

function inOrder(ids: ReadonlySet<string>): string[] {
  return (table.value?.rows ?? []).map(({ id }) => id).filter((id) => ids.has(id));
}

/** Asks anew after a failure. */
export function quoteAgain(): void {
  quoteProblem.set(null);
  quoteSoon(0);
}

function quoteSoon(afterMs = SETTLED_MS): void {
  clearTimeout(timer);
  timer = setTimeout(() => void ask(), afterMs);
}

/** What is asked already waits no longer for it. The end of a press is told at once. */
function quoteAfterNews(): void {
  if (timer !== undefined) return;
  const isOver = (batch.value?.waiting ?? 0) + (batch.value?.running ?? 0) === 0;
  quoteSoon(isOver ? SETTLED_MS : Math.max(SETTLED_MS, askedAt + NEWS_MS - Date.now()));
}

async function ask(): Promise<void> {
  timer = undefined;
  askedAt = Date.now();
  const now = table.value;
  if (now === null || !isOnline.value || saving.value === "saving" || isOrdering.value) return;
  if (underway(scenePictures.value) > 0) return; // nothing can be made until all are there
  const body = choice(wish.value);
  const mine = ++generation;
  if (body === null) {
    quote.set(null);
    return;
  }
  try {
    const answer = await call<Quote>(`/api/projects/${now.id}/quote`, { method: "POST", body });
    if (mine !== generation) return;
    quote.set(answer.body);
    quoteProblem.set(null);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (mine !== generation || error.unreachable) return;
    quote.set(null);
    quoteProblem.set(error.problem);
  }
}

/** Makes what is wished for. Waits until all is saved, so that it is made of what is seen. Returns the batch; null where
 * nothing was begun. */
export async function order(only?: BatchChoice): Promise<Batch | null> {
  const now = table.value;
  if (now === null || isOrdering.value || underway(scenePictures.value) > 0) return null;
  const chosen = only ?? choice(wish.value);
  if (chosen === null) return null;
  isOrdering.set(true);
  orderProblem.set(null);
  try {
    if (!(await saveNow())) return null;
    const { most } = wish.value;
    const body = {
      ...chosen,
      project_id: now.id,
      within_seconds: only ? null : (chosenOffer()?.within_seconds ?? null),
      most_micro_won: most === null ? null : Math.round(most * MILLION),
    };
    const key = await keyOfPress(now.id, JSON.stringify(body));
    const answer = await call<Batch>("/api/batches", { method: "POST", body, headers: { "idempotency-key": key } });
    await forgetPress(now.id);
    const made = answer.body;
    if (made) {
      batch.set(made);
      orderProblem.set(made.stopped);
      if (!only) wishFor({ which: "unmade", range: "", variants: 1 });
    }
    wake();
    await refreshTable();
    return made;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    orderProblem.set(error.problem);
    return null;
  } finally {
    isOrdering.set(false);
    wish.update((one) => ({ ...one, isQuick: false }));
    quoteSoon();
  }
}

/** Pauses, goes on with, cancels or tries again the open batch. Raises `Failure`. */
export async function steer(deed: "pause" | "resume" | "cancel" | "retry"): Promise<BatchNow | null> {
  const now = batch.value;
  if (now === null) return null;
  const { id } = now;
  const addresses = {
    pause: `/api/batches/${id}/pause`,
    resume: `/api/batches/${id}/resume`,
    cancel: `/api/batches/${id}/cancel`,
    retry: `/api/batches/${id}/retry`,
  };
  const { body } = await call<Batch>(addresses[deed], { method: "POST" });
  if (body) batch.set(body);
  if (deed === "retry") orderProblem.set(body?.stopped ?? null);
  wake();
  await refreshTable();
  quoteSoon();
  return body;
}
