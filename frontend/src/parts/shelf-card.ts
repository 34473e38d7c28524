/** One clip in the library: its poster, its name, what it cost; the way to its page, and a box to select it. As light as
 * it can be, since a screen holds dozens: what can be done with a clip is on its page and in the bar of a selection. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job, JobStatus } from "../../../functions/_generated/contract";
import { wholeSeconds } from "../../../functions/_lib/clip-length";
import libraryWords from "../../words/library.json";
import { nameOf } from "../clip-name";
import { clock, daysUntil, filmLength, won } from "../format";
import { icons } from "../icons";
import { wordsOf } from "../state/language";
import { previewsOnHover } from "../state/preferences";
import { standing } from "../stages";
import { View } from "./view";

const words = wordsOf(libraryWords);
const PREVIEW_DELAY_MS = 150;
/** An end that is so near is told. */
const SOON_DAYS = 7;
const HOLD_MS = 500;
const ENDINGS: readonly JobStatus[] = ["failed", "canceled"];

@customElement("cw-shelf-card")
export class ShelfCard extends View {
  @property({ attribute: false }) accessor job!: Job;
  @property({ attribute: false }) accessor address = "";
  @property({ attribute: false }) accessor isSelected = false;
  @property({ attribute: false }) accessor isSelecting = false;
  @property({ attribute: false }) accessor isDeleted = false;
  @property({ attribute: false }) accessor isOtherShape = false;
  @state() private accessor isPlaying = false;
  private starting: ReturnType<typeof setTimeout> | undefined;
  private holding: ReturnType<typeof setTimeout> | undefined;
  private wasHeld = false;

  protected override render(): TemplateResult {
    const { job } = this;
    const name = nameOf(job);
    return html`
      <article class="shelf-card ${this.isSelected ? "is-selected" : ""} ${this.isOtherShape ? "is-other-shape" : ""}">
        ${this.isDeleted
          ? html`<span class="shelf-link">${this.picture()}</span>`
          : html`<a
              class="shelf-link"
              href=${this.address}
              aria-label=${words("open", { name, facts: this.facts().join(", ") })}
              @click=${this.pressed}
              @pointerdown=${this.hold}
              @pointerup=${this.release}
              @pointercancel=${this.release}
              @pointerenter=${(event: PointerEvent) => event.pointerType === "mouse" && this.wait()}
              @pointerleave=${this.leave}
              @contextmenu=${(event: Event) => this.wasHeld && event.preventDefault()}
              >${this.picture()}</a
            >`}
        <label class="shelf-select ${this.isSelecting ? "is-on" : ""}">
          <input
            type="checkbox"
            .checked=${this.isSelected}
            aria-label=${words("select", { name })}
            @click=${this.select}
          />
        </label>
        ${job.favorite ? html`<span class="shelf-star" title=${words("favorite")}>${icons.star}</span>` : nothing}
        <p class="shelf-name">${name}</p>
        <p class="shelf-facts quiet">${this.facts().join(" · ")}</p>
      </article>
    `;
  }

  private facts(): string[] {
    const { job } = this;
    const left = daysUntil(job.expires_at);
    return [
      ...(ENDINGS.includes(job.status) ? [words(`ending_${job.status as "failed"}`)] : []),
      won(job.cost.billed_micro_won ?? 0),
      filmLength(wholeSeconds(job.input)),
      clock(job.created_at),
      ...(!job.favorite && left <= SOON_DAYS ? [words("gone_in", { n: left })] : []),
    ];
  }

  private picture(): TemplateResult {
    const { job } = this;
    if (job.status !== "succeeded" || !job.links.poster) {
      return html`<span class="shelf-ending">
        ${job.status === "failed" ? icons.warning : job.status === "canceled" ? icons.close : icons.library}
        <span>${job.problem?.title ?? standing(job)}</span>
      </span>`;
    }
    return html`
      <img src=${job.links.poster} alt="" loading="lazy" decoding="async" />
      ${this.isPlaying
        ? html`<video src=${job.links.video ?? ""} .muted=${true} loop playsinline autoplay aria-hidden="true"></video>`
        : nothing}
    `;
  }

  /** While clips are selected, a press selects. */
  private pressed(event: MouseEvent): void {
    if (!this.isSelecting && !this.wasHeld && !event.shiftKey) return;
    event.preventDefault();
    if (!this.wasHeld) this.tell(event.shiftKey);
    this.wasHeld = false;
  }

  private select(event: MouseEvent): void {
    this.tell(event.shiftKey);
  }

  private tell(isRange: boolean): void {
    this.dispatchEvent(new CustomEvent("select", { detail: isRange }));
  }

  /** A finger that rests begins a selection. */
  private hold(event: PointerEvent): void {
    if (event.pointerType === "mouse") return;
    this.wasHeld = false;
    this.holding = setTimeout(() => {
      this.wasHeld = true;
      this.tell(false);
    }, HOLD_MS);
  }

  private release(): void {
    clearTimeout(this.holding);
  }

  private wait(): void {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches || !previewsOnHover.value;
    if (isStill || this.job.status !== "succeeded") return;
    clearTimeout(this.starting);
    this.starting = setTimeout(() => (this.isPlaying = true), PREVIEW_DELAY_MS);
  }

  private leave(): void {
    this.release();
    clearTimeout(this.starting);
    this.isPlaying = false;
  }
}
