/** The English that Gemma makes of the draft's words: asked for with one key, followed to its end, also after a reload. It
 * changes no prompt but at a person's choice, which can be undone. Draws nothing. */

import type { Problem, TextJob, TextOffer } from "../../../functions/_generated/contract";
import promptHelpWords from "../../words/prompt-help.json";
import { call, Failure } from "../api";
import { won } from "../format";
import { change, draft } from "./draft";
import { t, wordsOf } from "./language";
import { announcement, note } from "./notices";
import { pictures, uploadsSettled } from "./pictures";
import { Store } from "./store";

const words = wordsOf(promptHelpWords);
const LOOK_MS = 1_000;
/** Cards come and go: so long an offer holds. */
const OFFER_MS = 20_000;

/** The text that the draft waits for, or has; null until the site has told of it. */
export const text = new Store<TextJob | null>(null);
/** Why it could not be asked for, or why it failed. */
export const problem = new Store<Problem | null>(null);
/** What one would cost now; null until it is known. */
export const offer = new Store<TextOffer | null>(null);

let offeredAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The upload that Gemma would look at. */
export function seenUpload(): string | null {
  return pictures.value[draft.value.mode === "keyframes" ? "first" : "picture"]?.uploadId ?? null;
}

/** Asks anew what it would cost, where the answer before is too old. */
export async function lookAtOffer(): Promise<void> {
  if (performance.now() - offeredAt < OFFER_MS) return;
  offeredAt = performance.now();
  try {
    offer.set((await call<TextOffer>("/api/texts/offer")).body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    offeredAt = Number.NEGATIVE_INFINITY; // the next look asks again
  }
}

/** Asks for the words of the draft. */
export async function ask(): Promise<void> {
  if (draft.value.helped !== null) return;
  const asked = { key: crypto.randomUUID(), id: null, words: draft.value.prompt, uploadId: null, edited: null };
  text.set(null);
  problem.set(null);
  change({ helped: asked });
  await uploadsSettled();
  change({ helped: { ...asked, uploadId: seenUpload() } });
  await send();
}

/** Sends what was asked for, under its own key: however often it is sent, it is one text. */
export async function send(): Promise<void> {
  const { helped } = draft.value;
  if (helped === null) return;
  problem.set(null);
  try {
    const body = { prompt: helped.words, upload_id: helped.uploadId };
    const headers = { "idempotency-key": helped.key };
    told((await call<TextJob>("/api/texts", { method: "POST", body, headers })).body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    problem.set(error.problem);
  }
}

/** Goes on with what was asked for before a reload. */
export function resume(): void {
  const { helped } = draft.value;
  if (helped === null || text.value !== null) return;
  if (helped.id === null) void send();
  else void look();
}

async function look(): Promise<void> {
  clearTimeout(timer);
  const id = draft.value.helped?.id;
  if (!id) return;
  try {
    const { body } = await call<TextJob>(`/api/texts/${id}`);
    if (draft.value.helped?.id === id) told(body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.problem.status === 404) leave();
    else timer = setTimeout(() => void look(), LOOK_MS);
  }
}

function told(news: TextJob | null): void {
  const { helped } = draft.value;
  if (news === null || helped === null) return;
  const before = text.value?.status;
  text.set(news);
  if (helped.id !== news.id) change({ helped: { ...helped, id: news.id } });
  offeredAt = Number.NEGATIVE_INFINITY; // a card is up by now, or is not any more
  if (news.status === "queued" || news.status === "running") timer = setTimeout(() => void look(), LOOK_MS);
  else if (news.status === "canceled") canceled(news);
  else if (news.status === "failed") problem.set(news.problem);
  else if (before !== undefined && before !== news.status) announcement.set(words("ready"));
}

export async function cancel(): Promise<void> {
  const id = draft.value.helped?.id;
  if (!id) return;
  clearTimeout(timer);
  try {
    told((await call<TextJob>(`/api/texts/${id}/cancel`, { method: "POST" })).body);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    void look(); // it may have ended in this moment
  }
}

function canceled({ cost }: TextJob): void {
  const spent = cost.billed_micro_won ?? 0;
  leave();
  note(spent > 0 ? words("canceled_spent", { won: won(spent) }) : words("canceled"));
}

/** The draft has nothing asked for any more. */
export function leave(): void {
  clearTimeout(timer);
  change({ helped: null });
  text.set(null);
  problem.set(null);
}

/** The English as it would be used: as Gemma wrote it, or as the person has changed it. */
export function english(): string {
  return draft.value.helped?.edited ?? text.value?.text ?? "";
}

export function edit(edited: string): void {
  const { helped } = draft.value;
  if (helped !== null) change({ helped: { ...helped, edited } });
}

/** Puts the English in the place of the draft's words. */
export function use(): void {
  decide(words("used"), english());
}

/** Leaves the draft's words as they are. */
export function keepOriginal(): void {
  decide(words("kept"), draft.value.prompt);
}

function decide(what: string, prompt: string): void {
  const { prompt: before, helped } = draft.value;
  const was = text.value;
  leave();
  change({ prompt });
  note(what, {
    label: t("undo"),
    run: () => {
      text.set(was);
      change({ prompt: before, helped });
    },
  });
}
