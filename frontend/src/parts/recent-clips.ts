/** The last few clips beside the form, and the way to all of them; ideas where there is none yet. Its places are fixed: a
 * clip that is finished takes the first one and moves nothing else on the page. While somebody is at them it waits. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import { addressOf } from "../rooms";
import { needed } from "../state/identity";
import { isActive, jobs, loadJobs } from "../state/jobs";
import { language, t } from "../state/language";
import "./clip-card";
import "./ideas";
import "./problem";
import { View } from "./view";

const SHOWN = 8;
/** How long the places hold still after somebody has moved over them. */
const STILL_MS = 2_000;

@customElement("cw-recent-clips")
export class RecentClips extends View {
  /** What is in the places now. */
  @state() private accessor shown: readonly Job[] = [];

  private touchedAt = 0;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(jobs, needed, language);
  }

  override disconnectedCallback(): void {
    clearTimeout(this.later);
    super.disconnectedCallback();
  }

  protected override willUpdate(): void {
    const newest = jobs.value.list.filter((job) => !isActive(job)).slice(0, SHOWN);
    const ids = new Set(newest.map(({ id }) => id));
    const isNews = newest.some(({ id }) => !this.shown.some((one) => one.id === id));
    const isGone = this.shown.some(({ id }) => !ids.has(id) && !jobs.value.list.some((job) => job.id === id));
    clearTimeout(this.later);
    if (isNews && !isGone && this.isAtThem()) {
      this.shown = this.shown.map((one) => jobs.value.list.find(({ id }) => id === one.id) ?? one);
      this.later = setTimeout(() => this.requestUpdate(), STILL_MS);
    } else this.shown = newest;
  }

  private isAtThem(): boolean {
    const isBusy = this.querySelector(".recent :focus-visible, .recent details[open]") !== null;
    return isBusy || Date.now() - this.touchedAt < STILL_MS;
  }

  private touch(): void {
    this.touchedAt = Date.now();
  }

  protected override render(): TemplateResult {
    const { isLoaded, failure } = jobs.value;
    const news = this.news();
    if ((isLoaded || needed.value === "session") && this.shown.length === 0) return html`<cw-ideas></cw-ideas>`;
    return html`
      <section aria-labelledby="recent-title">
        <div class="gallery-head">
          <h2 id="recent-title" tabindex="-1">${t("recent")}</h2>
          ${news > 0
            ? html`<button type="button" class="small" @click=${this.take}>${t("recent_new", { n: news })}</button>`
            : nothing}
          <a href=${addressOf("library", language.value)}>${t("recent_all")}</a>
        </div>
        ${failure && !isLoaded
          ? html`<cw-problem .problem=${failure.problem}></cw-problem>
              <button type="button" class="small" @click=${() => void loadJobs()}>${t("retry")}</button>`
          : nothing}
        <div class="recent grid" @pointermove=${this.touch} @pointerdown=${this.touch}>
          ${isLoaded
            ? this.shown.map((job) => html`<cw-clip-card class="cell" .job=${job}></cw-clip-card>`)
            : Array.from({ length: SHOWN / 2 }, () => html`<div class="skeleton clip-skeleton"></div>`)}
        </div>
      </section>
    `;
  }

  /** How many are finished and not shown yet. */
  private news(): number {
    const newest = jobs.value.list.filter((job) => !isActive(job)).slice(0, SHOWN);
    return newest.filter(({ id }) => !this.shown.some((one) => one.id === id)).length;
  }

  private take(): void {
    this.touchedAt = 0;
    this.requestUpdate();
    this.querySelector<HTMLElement>("#recent-title")?.focus({ preventScroll: true });
  }
}
