/** A job that has ended, among the last: poster, silent preview, price, and its actions. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import { nameOf } from "../clip-name";
import { clock, dayName, daysUntil, filmLength, won } from "../format";
import { icons } from "../icons";
import { seoulDay } from "../library-filter";
import { language, t } from "../state/language";
import { fetchPart, prefetchPart } from "../state/part-loading";
import { previewsOnHover } from "../state/preferences";
import { View } from "./view";

/** What can be done with a clip is fetched when somebody is about to ask. */
const actions = (): Promise<unknown> => import("./clip-actions");
const PREVIEW_DELAY_MS = 150;
/** An end that is so near is told. */
const SOON_DAYS = 7;

@customElement("cw-clip-card")
export class ClipCard extends View {
  @property({ attribute: false }) accessor job!: Job;
  @state() private accessor isPlaying = false;
  /** The menu was opened: a card that nobody asks has none. */
  @state() private accessor hasMenu = false;
  private starting: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const isClip = job.status === "succeeded";
    const billed = job.cost.billed_micro_won ?? 0;
    const name = nameOf(job);
    const ratio = job.input.ratio;
    return html`
      <article class="clip shape-${ratio.replace(":", "x")}" @focusout=${this.left}>
        <button
          type="button"
          class="poster"
          aria-label=${t("open_clip", { prompt: name })}
          @click=${this.open}
          @pointerenter=${(event: PointerEvent) => event.pointerType === "mouse" && this.wait()}
          @pointerleave=${this.stop}
          @focus=${(event: FocusEvent) => (event.target as HTMLElement).matches(":focus-visible") && this.wait()}
          @blur=${this.stop}
        >
          ${isClip ? this.film() : this.ending()}
        </button>
        <div class="clip-foot">
          <p class="clip-price">
            <strong>${isClip ? won(billed) : t(`outcome_${job.status === "failed" ? "failed" : "canceled"}`)}</strong>
            <span class="quiet">${isClip && job.video ? filmLength(job.video.seconds) : billed > 0 ? won(billed) : nothing}</span>
          </p>
          <details class="menu" @toggle=${this.fillMenu} @done=${this.closeMenu} @keydown=${this.menuKey}>
            <summary
              aria-label=${t("actions", { title: name })}
              @pointerenter=${() => prefetchPart(actions)}
              @focus=${() => prefetchPart(actions)}
            >
              ${icons.more}
            </summary>
            ${this.hasMenu ? html`<cw-clip-actions .job=${job}></cw-clip-actions>` : nothing}
          </details>
          <p class="clip-prompt">${name}</p>
          <p class="quiet clip-facts">${this.facts().join(" · ")}</p>
          ${job.status === "failed" ? html`<cw-clip-actions class="retry" .job=${job} .isRetryAlone=${true}></cw-clip-actions>` : nothing}
        </div>
      </article>
    `;
  }

  protected override updated(): void {
    if (this.job.status === "failed") prefetchPart(actions); // the way to try again is on the card
  }

  /** When it was made, and when it will be gone where that is soon. */
  private facts(): string[] {
    const { created_at, expires_at, favorite } = this.job;
    const day = seoulDay(Date.parse(created_at));
    const left = daysUntil(expires_at);
    return [
      day === seoulDay() ? clock(created_at) : dayName(day),
      ...(!favorite && left <= SOON_DAYS ? [t("deleted_in", { n: left })] : []),
    ];
  }

  private film(): TemplateResult {
    const { links } = this.job;
    return html`
      ${links.poster ? html`<img src=${links.poster} alt="" loading="lazy" decoding="async" />` : nothing}
      ${this.isPlaying
        ? html`<video src=${links.video ?? ""} .muted=${true} loop playsinline autoplay aria-hidden="true"></video>`
        : html`<span class="play">${icons.play}</span>`}
    `;
  }

  private ending(): TemplateResult {
    return html`<span class="ending">
      ${this.job.status === "failed" ? icons.warning : icons.close}
      ${this.job.problem ? html`<span>${this.job.problem.title}</span>` : nothing}
    </span>`;
  }

  private wait(): void {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches || !previewsOnHover.value;
    if (isStill || this.job.status !== "succeeded") return;
    clearTimeout(this.starting);
    this.starting = setTimeout(() => (this.isPlaying = true), PREVIEW_DELAY_MS);
  }

  private stop(): void {
    clearTimeout(this.starting);
    this.isPlaying = false;
  }

  private open(): void {
    this.stop();
    location.hash = `clip-${this.job.id}`;
  }

  private fillMenu(): void {
    this.hasMenu = true;
    void fetchPart(actions);
  }

  private closeMenu(): void {
    const menu = this.querySelector<HTMLDetailsElement>("details.menu");
    if (menu) menu.open = false;
  }

  private menuKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    this.closeMenu();
    this.querySelector<HTMLElement>("details.menu summary")?.focus();
  }

  private left(event: FocusEvent): void {
    if (!this.contains(event.relatedTarget as Node | null)) this.closeMenu();
  }
}
