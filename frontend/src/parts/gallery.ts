/** Everything made here: what is running on top, what has ended below, older pages on demand. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { Failure } from "../api";
import { isActive, jobs, loadJobs, loadMore } from "../state/jobs";
import { needed } from "../state/identity";
import { language, t } from "../state/language";
import { note } from "../state/notices";
import { preferPreviews, previewsOnHover } from "../state/preferences";
import "./clip-card";
import "./ideas";
import type { LiveCard } from "./live-card";
import "./live-card";
import "./problem";
import { View } from "./view";

const SKELETONS = 4;

@customElement("cw-gallery")
export class Gallery extends View {
  @state() private accessor isLoadingMore = false;
  private losesFocus = false;

  constructor() {
    super();
    this.watching(jobs, needed, language, previewsOnHover);
  }

  protected override willUpdate(): void {
    // A card that goes would take the focus with it.
    const held = this.querySelector<LiveCard>("cw-live-card:focus-within")?.job.id;
    this.losesFocus = held !== undefined && !jobs.value.list.some((job) => job.id === held && isActive(job));
  }

  protected override updated(): void {
    if (this.losesFocus) this.querySelector<HTMLElement>("#gallery-title")?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    const { list, cursor, isLoaded, failure } = jobs.value;
    const active = list.filter(isActive);
    const ended = list.filter((job) => !isActive(job));
    return html`
      ${active.length > 0
        ? html`<section class="live-list" aria-labelledby="live-title">
            <h2 id="live-title">${t("live")} <span class="tally">${active.length}</span></h2>
            ${repeat(
              active,
              (job) => job.id,
              (job) => html`<cw-live-card .job=${job}></cw-live-card>`,
            )}
          </section>`
        : nothing}
      ${(isLoaded || needed.value === "session") && ended.length === 0 && cursor === null
        ? html`<cw-ideas></cw-ideas>`
        : nothing}
      ${(isLoaded ? ended.length > 0 : needed.value === null)
        ? html`<section aria-labelledby="gallery-title">
            <div class="gallery-head">
              <h2 id="gallery-title" tabindex="-1">${t("gallery")}</h2>
              <label class="check previews">
                <input
                  type="checkbox"
                  .checked=${previewsOnHover.value}
                  @change=${(event: Event) => preferPreviews((event.target as HTMLInputElement).checked)}
                />
                ${t("previews")}
              </label>
            </div>
            ${failure && !isLoaded
              ? html`<cw-problem .problem=${failure.problem}></cw-problem>
                  <button type="button" class="small" @click=${() => void loadJobs()}>${t("retry")}</button>`
              : nothing}
            <div class="grid">
              ${isLoaded
                ? repeat(
                    ended,
                    (job) => job.id,
                    (job) => html`<cw-clip-card class="cell cell-${job.input.ratio.replace(":", "x")}" .job=${job}></cw-clip-card>`,
                  )
                : Array.from({ length: SKELETONS }, () => html`<div class="skeleton clip-skeleton"></div>`)}
            </div>
            ${cursor === null
              ? nothing
              : html`<button
                  type="button"
                  class="small more"
                  aria-disabled=${this.isLoadingMore ? "true" : "false"}
                  @click=${this.more}
                >
                  ${t("load_more")}
                </button>`}
          </section>`
        : nothing}
    `;
  }

  private async more(): Promise<void> {
    if (this.isLoadingMore) return;
    this.isLoadingMore = true;
    try {
      await loadMore();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
    } finally {
      this.isLoadingMore = false;
    }
  }
}
