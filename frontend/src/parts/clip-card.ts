/** A job that has ended, among the last: poster, silent preview, price, and its actions. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import { daysUntil, filmLength, won } from "../format";
import { icons } from "../icons";
import { language, t } from "../state/language";
import { previewsOnHover } from "../state/preferences";
import "./clip-actions";
import { View } from "./view";

const PREVIEW_DELAY_MS = 150;

@customElement("cw-clip-card")
export class ClipCard extends View {
  @property({ attribute: false }) accessor job!: Job;
  @state() private accessor isPlaying = false;
  private starting: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const isClip = job.status === "succeeded";
    const ratio = job.input.ratio;
    return html`
      <article class="clip shape-${ratio.replace(":", "x")}" @focusout=${this.left}>
        <button
          type="button"
          class="poster"
          aria-label=${t("open_clip", { prompt: job.input.prompt })}
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
            ${isClip ? html`<strong>${won(job.cost.billed_micro_won ?? 0)}</strong>` : html`<strong>${t(`status_${job.status}`)}</strong>`}
            <span class="quiet">${isClip && job.video ? filmLength(job.video.seconds) : nothing} ${ratio}</span>
          </p>
          <details class="menu" @done=${this.closeMenu} @keydown=${this.menuKey}>
            <summary aria-label=${t("actions")}>${icons.more}</summary>
            <cw-clip-actions .job=${job}></cw-clip-actions>
          </details>
          <p class="clip-prompt">${job.input.prompt}</p>
          <p class="quiet clip-facts">
            ${t("seed")} ${job.seed} · <abbr title=${t("deleted_in", { n: daysUntil(job.expires_at) })}>D-${daysUntil(job.expires_at)}</abbr>
          </p>
        </div>
      </article>
    `;
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
