/** What is done to the selected clips, all at once: it stands at the bottom while clips are selected. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { MAX_ZIPPED } from "../../../functions/_generated/constants";
import type { BulkAction, Job } from "../../../functions/_generated/contract";
import libraryWords from "../../words/library.json";
import { Failure } from "../api";
import { won } from "../format";
import { icons } from "../icons";
import { rerun } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { allHere, changeMany, news } from "../state/library";
import { choiceOf, estimateFor, menu } from "../state/menu";
import { announcement, note } from "../state/notices";
import { besidesClips, followOffers, offers } from "../state/offers";
import { deselect, isSelecting, selection } from "../state/selection";
import { BusyView } from "./busy-view";
import { watchFoot } from "./foot-height";
import "./sure-button";

const words = wordsOf(libraryWords);

@customElement("cw-selection-bar")
export class SelectionBar extends BusyView {
  @property({ attribute: false }) accessor isDeleted = false;
  private foot: HTMLElement | null = null;
  private endFoot = (): void => undefined;

  constructor() {
    super();
    this.watching(language, selection, isSelecting, news, menu, offers);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    followOffers();
  }

  protected override render(): TemplateResult | typeof nothing {
    const ids = [...selection.value];
    if (!isSelecting.value) return nothing;
    const chosen = allHere().filter(({ id }) => selection.value.has(id));
    const clips = chosen.filter(({ status }) => status === "succeeded");
    const isKept = clips.length > 0 && clips.every(({ favorite }) => favorite);
    return html`
      <div class="selection" role="region" aria-label=${words("selection")}>
        <p class="selection-count" role="status">${words("selected", { n: ids.length })}</p>
        <button type="button" class="round" aria-label=${words("deselect")} @click=${() => deselect()}>${icons.close}</button>
        ${ids.length === 0 ? nothing : this.isDeleted
          ? this.button(words("restore"), () => this.many("restore"))
          : html`
              ${clips.length > 0
                ? html`${this.downloadButton(clips)}
                  ${this.button(words(isKept ? "unfavorite" : "favorite"), () => this.many(isKept ? "unfavorite" : "favorite"))}`
                : nothing}
              <cw-sure-button
                .label=${words("again_n", { n: chosen.length, won: this.price(chosen) })}
                .sure=${words("again_sure", { won: this.price(chosen) })}
                .about=${words("selected", { n: ids.length })}
                @sure=${() => void this.press(() => this.again(chosen))}
              ></cw-sure-button>
              ${this.button(words("delete"), () => this.many("delete"))}
            `}
      </div>
    `;
  }

  protected override updated(): void {
    const foot = this.querySelector<HTMLElement>(".selection");
    if (foot === this.foot) return;
    this.endFoot();
    this.foot = foot;
    if (foot) this.endFoot = watchFoot(foot);
  }

  private downloadButton(clips: readonly Job[]): TemplateResult {
    const isTooMany = clips.length > MAX_ZIPPED;
    const label = isTooMany ? words("download_most", { n: MAX_ZIPPED }) : words("download_n", { n: clips.length });
    return html`<button type="button" class="small" ?disabled=${isTooMany} @click=${() => this.download(clips)}>
      ${clips.length === 1 ? words("download") : label}
    </button>`;
  }

  private button(label: string, act: () => Promise<void>): TemplateResult {
    return html`<button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.press(act)}>
      ${label}
    </button>`;
  }

  /** Of all of them, with what each kind of card that is asked for adds once. */
  private price(chosen: readonly Job[]): string {
    const estimates = chosen.map(({ input }) => estimateFor(choiceOf(input))).filter((one) => one !== undefined);
    const kinds = new Map(estimates.map((one) => [one.gpu, one]));
    const clips = estimates.reduce((sum, { micro_won }) => sum + micro_won, 0);
    return won([...kinds.values()].reduce((sum, one) => sum + besidesClips(one), clips));
  }

  private async many(action: BulkAction): Promise<void> {
    const { done, left } = await changeMany(action, [...selection.value]);
    if (action === "delete" || action === "restore") deselect(new Set(done));
    if (isSelecting.value && selection.value.size === 0) {
      deselect(); // the bar goes, and its focus with it
      document.querySelector<HTMLElement>("cw-library-room h1")?.focus({ preventScroll: true });
    }
    const said = words(`done_${action}`, { n: done.length });
    const rest = left.length > 0 ? ` ${words("not_done", { n: left.length })}` : "";
    announcement.set(said + rest);
    if (action !== "delete" || done.length === 0) return note(said + rest);
    note(said + rest, { label: t("undo"), run: () => void this.undo(done) });
  }

  private async undo(ids: readonly string[]): Promise<void> {
    try {
      await changeMany("restore", ids);
      announcement.set(t("restored"));
      this.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
    }
  }

  /** One clip as it is; several as one ZIP, which the site streams into the browser's downloads. */
  private download(clips: readonly Job[]): void {
    const [only] = clips;
    const link = document.createElement("a");
    link.href = clips.length === 1 ? (only?.links.download ?? "") : `/api/jobs/clips.zip?ids=${clips.map(({ id }) => id).join(",")}`;
    link.download = "";
    link.click();
  }

  private async again(chosen: readonly Job[]): Promise<void> {
    let sent = 0;
    try {
      for (const { id } of chosen) {
        await rerun(id, "new");
        sent += 1;
        deselect(new Set([id])); // what was sent is not sent again by another press
      }
    } finally {
      if (sent > 0) note(words("again_done", { n: sent }));
    }
  }
}
