/** A job on its way: what it is made from, which stage it is in, how long it will take, and the way to stop it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job, Stage } from "../../../functions/_generated/contract";
import { Failure } from "../api";
import { duration, won } from "../format";
import { icons } from "../icons";
import { cancel, held } from "../state/jobs";
import { language, t } from "../state/language";
import { menu, spentSoFar } from "../state/menu";
import { note } from "../state/notices";
import { keptThumbnail } from "../state/thumbnails";
import { stageName, stagesOf, standing, whyAgain } from "../stages";
import { View } from "./view";

const TICK_MS = 1_000;
const COLD_START_MS = 3_000;

@customElement("cw-live-card")
export class LiveCard extends View {
  @property({ attribute: false }) accessor job!: Job;
  @state() private accessor isCanceling = false;
  private ticking: ReturnType<typeof setInterval> | undefined;
  @state() private accessor thumbnail: TemplateResult | undefined;
  private preview: string | undefined;
  /** When progress was last told, so that the time left counts down between two answers. */
  private told = { at: 0, eta: -1 };

  constructor() {
    super();
    this.watching(menu, held, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.ticking = setInterval(() => this.requestUpdate(), TICK_MS);
    void this.picture().then((picture) => (this.thumbnail = picture));
  }

  override disconnectedCallback(): void {
    clearInterval(this.ticking);
    if (this.preview) URL.revokeObjectURL(this.preview);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const again = whyAgain(job);
    const place = held.value.indexOf(job.id) + 1;
    const title = standing(job, place);
    const elapsed = (Date.now() - Date.parse(job.started_at ?? job.created_at)) / 1000;
    return html`
      <article class="card live" aria-label=${t("job_of", { prompt: job.input.prompt })}>
        <div class="live-picture ratio-${job.input.ratio.replace(":", "x")}">
          ${this.thumbnail ?? this.placeholder()}
        </div>
        <div class="live-body">
          <p class="live-title"><strong>${title}</strong>${this.step()}</p>
          ${this.progress(title)}
          <p class="quiet live-times">
            <span>${t("elapsed", { time: duration(elapsed) })}</span>
            ${this.remaining()}
          </p>
          ${this.stages()}
          <p class="live-prompt">${job.input.prompt}</p>
          ${job.status === "queued" && !place && elapsed * 1000 > COLD_START_MS
            ? html`<p class="quiet">${t("gpu_waking")}</p>`
            : nothing}
          ${again === null ? nothing : html`<p class="quiet">${again}</p>`}
          <div class="live-foot">
            <button
              type="button"
              class="small"
              aria-disabled=${this.isCanceling || job.cancel_requested ? "true" : "false"}
              @click=${() => void this.stop()}
            >
              ${t("cancel")} · ${t("so_far", { won: won(spentSoFar(job, Date.now())) })}
            </button>
          </div>
        </div>
      </article>
    `;
  }

  private step(): TemplateResult | typeof nothing {
    const { step, steps } = this.job.progress ?? { step: null, steps: null };
    if (step === null || steps === null) return nothing;
    return html`<span class="quiet"> ${t("step_of", { step, steps })}</span>`;
  }

  private progress(title: string): TemplateResult {
    const { step, steps } = this.job.progress ?? { step: null, steps: null };
    // `step` is the one under way. A bar without a value is indeterminate: nothing is made up while the worker has not told a step.
    return step !== null && steps
      ? html`<progress max=${steps} .value=${step - 1} aria-label=${title}></progress>`
      : html`<div class="waiting" role="progressbar" aria-label=${title}></div>`;
  }

  private remaining(): TemplateResult | typeof nothing {
    const eta = this.job.progress?.eta_seconds ?? null;
    if (eta === null) return nothing;
    if (eta !== this.told.eta) this.told = { at: Date.now(), eta };
    const left = Math.max(0, eta - (Date.now() - this.told.at) / 1000);
    const basis = this.job.progress?.eta_basis === "measured" ? t("basis_measured") : t("basis_estimated");
    return html`<span>${t("left", { time: duration(left) })}</span><span>${basis}</span>`;
  }

  private stages(): TemplateResult {
    const all = stagesOf(this.job.input);
    const now = this.job.stage ? all.indexOf(this.job.stage) : -1;
    return html`
      <ol class="stages">
        ${all.map((stage, index) => this.stage(stage, index < now ? "done" : index === now ? "now" : "next"))}
      </ol>
    `;
  }

  private stage(stage: Stage, place: "done" | "now" | "next"): TemplateResult {
    return html`
      <li class="stage is-${place}" aria-current=${place === "now" ? "step" : nothing}>
        <span class="tick">${place === "done" ? icons.check : nothing}</span>
        ${stageName(stage)}
        ${place === "done" ? html`<span class="visually-hidden">${t("stage_done")}</span>` : nothing}
      </li>
    `;
  }

  private async stop(): Promise<void> {
    if (this.isCanceling || this.job.cancel_requested) return;
    this.isCanceling = true;
    try {
      await cancel(this.job.id);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
    } finally {
      this.isCanceling = false;
    }
  }

  private async picture(): Promise<TemplateResult> {
    const { input } = this.job;
    if (input.preset === "restyle") {
      return html`<img src=${`/api/jobs/${input.source_job_id}/poster`} alt=${t("input_picture")} />`;
    }
    const uploadId = input.preset === "keyframes" ? input.first_upload_id : input.upload_id;
    const kept = uploadId ? await keptThumbnail(uploadId) : null;
    if (!kept) return this.placeholder();
    this.preview = URL.createObjectURL(kept.thumbnail);
    return html`<img src=${this.preview} alt=${t("input_picture")} />`;
  }

  private placeholder(): TemplateResult {
    return html`<span class="no-thumbnail">${icons.picture}</span>`;
  }
}
