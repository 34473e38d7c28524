/** The English that Gemma makes of a person's words: asked for with one key, followed to its end, also after a reload. It
 * changes no words but at a person's choice, which can be undone. Where the words stand, a place says. Draws nothing. */

import type { Problem, TextJob, TextOffer } from "../../../functions/_generated/contract";
import promptHelpWords from "../../words/prompt-help.json";
import { call, Failure } from "../api";
import { won } from "../format";
import { t, wordsOf } from "./language";
import { announcement, note } from "./notices";
import { Store } from "./store";

const words = wordsOf(promptHelpWords);
const LOOK_MS = 1_000;
/** Cards come and go: so long an offer holds. */
const OFFER_MS = 20_000;

/** Words that were asked for in English, until the person has chosen: under which key, and as which text once the site has
 * answered; `edited`: the English as the person has changed it. */
export interface Helped {
  key: string;
  id: string | null;
  words: string;
  uploadId: string | null;
  edited: string | null;
}

/** Where words stand that can be had in English: the form, or a scene of a table. */
export interface HelpPlace {
  /** All that it reads. */
  readonly stores: readonly Store<unknown>[];
  words(): string;
  /** The upload that Gemma would look at. */
  seenUpload(): string | null;
  /** Resolves once that picture is on its way no longer. */
  uploadsSettled(): Promise<void>;
  helped(): Helped | null;
  /** Keeps it over a reload. */
  remember(helped: Helped | null): void;
  /** Puts other words in the place of those that are there, and calls `restored` where that is taken back. Returns the way
   * back. */
  take(words: string, restored: () => void): () => void;
  /** The news that the English is there, for whoever does not see it. */
  ready(): string;
}

/** What one would cost now; null until it is known. */
export const offer = new Store<TextOffer | null>(null);
let offeredAt = Number.NEGATIVE_INFINITY;

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

export class HelpState {
  /** Why it could not be asked for, or why it failed. */
  readonly problem = new Store<Problem | null>(null);
  /** How many components show it. */
  shown = 0;
  readonly #told = new Store<TextJob | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;

  constructor(readonly place: HelpPlace) {}

  /** What it is drawn from. */
  get stores(): readonly Store<unknown>[] {
    return [...this.place.stores, this.#told, this.problem];
  }

  /** The text that the place waits for, or has; null until the site has told of it. */
  get text(): TextJob | null {
    const told = this.#told.value;
    return told !== null && told.id === this.place.helped()?.id ? told : null;
  }

  /** The English as it would be used: as Gemma wrote it, or as the person has changed it. */
  get english(): string {
    return this.place.helped()?.edited ?? this.text?.text ?? "";
  }

  /** Asks for the words that are there. */
  async ask(): Promise<void> {
    if (this.place.helped() !== null) return this.resume();
    const asked = { key: crypto.randomUUID(), id: null, words: this.place.words(), uploadId: null, edited: null };
    this.#told.set(null);
    this.problem.set(null);
    this.place.remember(asked);
    await this.place.uploadsSettled();
    this.place.remember({ ...asked, uploadId: this.place.seenUpload() });
    await this.send();
  }

  /** Sends what was asked for, under its own key: however often it is sent, it is one text. */
  async send(): Promise<void> {
    const helped = this.place.helped();
    if (helped === null) return;
    this.problem.set(null);
    this.#isAsking = true;
    try {
      const body = { prompt: helped.words, upload_id: helped.uploadId };
      const headers = { "idempotency-key": helped.key };
      const { body: news } = await call<TextJob>("/api/texts", { method: "POST", body, headers });
      if (this.place.helped()?.key === helped.key) this.#tell(news);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problem.set(error.problem);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Goes on with what was asked for before a reload, or in another tab. */
  resume(): void {
    const helped = this.place.helped();
    if (helped === null || this.text !== null || this.#isAsking) return;
    if (helped.id === null) void this.send();
    else void this.#look();
  }

  async cancel(): Promise<void> {
    const id = this.place.helped()?.id;
    if (!id) return;
    clearTimeout(this.#timer);
    try {
      const { body } = await call<TextJob>(`/api/texts/${id}/cancel`, { method: "POST" });
      if (this.place.helped()?.id === id) this.#tell(body);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      void this.#look(); // it may have ended in this moment
    }
  }

  /** The place has nothing asked for any more. */
  leave(): void {
    clearTimeout(this.#timer);
    this.place.remember(null);
    this.#told.set(null);
    this.problem.set(null);
  }

  edit(edited: string): void {
    const helped = this.place.helped();
    if (helped !== null) this.place.remember({ ...helped, edited });
  }

  /** Puts the English in the place of the words. */
  use(): void {
    const { english } = this;
    const restored = this.#decided();
    note(words("used"), { label: t("undo"), run: this.place.take(english, restored) });
  }

  /** Leaves the words as they are. */
  keepOriginal(): void {
    note(words("kept"), { label: t("undo"), run: this.#decided() });
  }

  /** Returns what brings the text back to its place. */
  #decided(): () => void {
    const [helped, told] = [this.place.helped(), this.#told.value];
    this.leave();
    return () => {
      if (this.place.helped() !== null) return; // another one was asked for since
      this.#told.set(told);
      this.place.remember(helped);
    };
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    const id = this.place.helped()?.id;
    if (!id) return;
    this.#isAsking = true;
    try {
      const { body } = await call<TextJob>(`/api/texts/${id}`);
      if (this.place.helped()?.id === id) this.#tell(body);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (this.place.helped()?.id !== id) return;
      if (error.problem.status === 404) this.leave();
      else this.#lookSoon();
    } finally {
      this.#isAsking = false;
    }
  }

  #lookSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
  }

  #tell(news: TextJob | null): void {
    const helped = this.place.helped();
    if (news === null || helped === null) return;
    const before = this.#told.value?.status;
    this.#told.set(news);
    if (helped.id !== news.id) this.place.remember({ ...helped, id: news.id });
    offeredAt = Number.NEGATIVE_INFINITY; // a card is up by now, or is not any more
    if (news.status === "queued" || news.status === "running") this.#lookSoon();
    else if (news.status === "canceled") this.#canceled(news);
    else if (news.status === "failed") this.problem.set(news.problem);
    else if (before !== undefined && before !== news.status) this.#ready();
  }

  /** Where it is not seen by itself, it is said so that it can be read. */
  #ready(): void {
    if (this.shown > 0) announcement.set(words("ready"));
    else note(this.place.ready());
  }

  #canceled({ cost }: TextJob): void {
    const spent = cost.billed_micro_won ?? 0;
    this.leave();
    note(spent > 0 ? words("canceled_spent", { won: won(spent) }) : words("canceled"));
  }
}
