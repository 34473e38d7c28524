/** Everything that has ended, the newest first, older pages on demand. */

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
import "./problem";
import { View } from "./view";

const SKELETONS = 4;

@customElement("cw-gallery")
export class Gallery extends View {
  @state() private accessor isLoadingMore = false;

  constructor() {
    super();
    this.watching(jobs, needed, language, previewsOnHover);
  }

  protected override render(): TemplateResult {
    const { list, cursor, isLoaded, failure } = jobs.value;
    const ended = list.filter((job) => !isActive(job));
    return html`
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
