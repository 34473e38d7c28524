/** A job on its way: what it is made from, which stage it is in, how long it will take, and the way to stop it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job, Stage } from "../../../functions/_generated/contract";
import workWords from "../../words/work.json";
import { Failure } from "../api";
import { duration, won } from "../format";
import { icons } from "../icons";
import { cancel, work } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { choiceOf, estimateFor, menu, spentSoFar } from "../state/menu";
import { note } from "../state/notices";
import { siteNow } from "../state/site-clock";
import { keptThumbnail } from "../state/thumbnails";
import { stepAt } from "../step-count";
import { stageName, stagesOf, standing, whyAgain } from "../stages";
import { View } from "./view";

const words = wordsOf(workWords);
/** A step moves at most so long after it began, where its pace is known. */
const TICK_MS = 500;
const COLD_START_MS = 3_000;

@customElement("cw-live-card")
export class LiveCard extends View {
  @property({ attribute: false }) accessor job!: Job;
  @state() private accessor isCanceling = false;
  private ticking: ReturnType<typeof setInterval> | undefined;
  @state() private accessor thumbnail: TemplateResult | undefined;
  private preview: string | undefined;
  /** The job whose picture is shown. */
  private shown = "";
  /** When progress was last told, so that the time left counts down between two answers. */
  private told = { at: 0, eta: -1 };

  constructor() {
    super();
    this.watching(menu, work, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.ticking = setInterval(() => this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    clearInterval(this.ticking);
    this.forgetPicture();
    super.disconnectedCallback();
  }

  /** Another job takes the place of one that has ended. */
  protected override willUpdate(): void {
    if (this.shown === this.job.id) return;
    this.forgetPicture();
    this.shown = this.job.id;
    this.told = { at: 0, eta: -1 };
    this.isCanceling = false;
    const { id } = this.job;
    void this.picture().then((picture) => {
      if (id === this.job.id) this.thumbnail = picture;
    });
  }

  private forgetPicture(): void {
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = undefined;
    this.thumbnail = undefined;
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const again = whyAgain(job);
    const title = standing(job, work.value.held.indexOf(job.id) + 1);
    const elapsed = Math.max(0, siteNow() - Date.parse(job.started_at ?? job.created_at)) / 1000;
    return html`
      <article class="card live" aria-label=${words("job_of", { prompt: job.input.prompt })}>
        <div class="live-picture ratio-${job.input.ratio.replace(":", "x")}">
          ${this.thumbnail ?? this.placeholder()}
        </div>
        <div class="live-body">
          <p class="live-title"><strong>${title}</strong>${this.step()}</p>
          ${this.progress(title)}
          <p class="quiet live-times">
            <span>${words("elapsed", { time: duration(elapsed) })}</span>
            ${this.remaining()}
          </p>
          ${this.stages()}
          <p class="live-prompt">${job.input.prompt}</p>
          ${isWaking(job) && elapsed * 1000 > COLD_START_MS
            ? html`<p class="quiet">${words("gpu_waking")}</p>`
            : nothing}
          ${again === null ? nothing : html`<p class="quiet">${again}</p>`}
          <div class="live-foot">
            <button
              type="button"
              class="small"
              aria-disabled=${this.isCanceling || job.cancel_requested ? "true" : "false"}
              @click=${() => void this.stop()}
            >
              ${t("cancel")} · ${words("so_far", { won: won(spentSoFar(job, siteNow())) })}
            </button>
          </div>
        </div>
      </article>
    `;
  }

  /** The step under way, from 1. */
  private counted(): { step: number | null; steps: number | null } {
    const { progress } = this.job;
    return progress === null ? { step: null, steps: null } : { step: stepAt(progress, siteNow()), steps: progress.steps };
  }

  private step(): TemplateResult | typeof nothing {
    const { step, steps } = this.counted();
    if (step === null || !steps) return nothing;
    return html`<span class="quiet"> ${words("step_of", { n: Math.round(((step - 1) / steps) * 100) })}</span>`;
  }

  private progress(title: string): TemplateResult {
    const { step, steps } = this.counted();
    // A bar without a value is indeterminate: nothing is made up while the worker has not told a step.
    return step !== null && steps
      ? html`<progress max=${steps} .value=${step - 1} aria-label=${title}></progress>`
      : html`<div class="waiting" role="progressbar" aria-label=${title}></div>`;
  }

  /** What the worker told, counted down; before that what the price says. */
  private remaining(): TemplateResult | typeof nothing {
    if (this.job.status !== "running") return nothing;
    const eta = this.job.progress?.eta_seconds ?? null;
    if (eta === null) {
      const usual = estimateFor(choiceOf(this.job.input))?.gpu_seconds;
      if (usual === undefined || menu.value?.is_tiny_model) return nothing; // the price is that of a real GPU
      return this.countdown(usual - (siteNow() - Date.parse(this.job.started_at ?? this.job.created_at)) / 1000, "usual");
    }
    if (eta !== this.told.eta) this.told = { at: Date.now(), eta };
    return this.countdown(eta - (Date.now() - this.told.at) / 1000, this.job.progress?.eta_basis ?? "estimated");
  }

  private countdown(seconds: number, basis: "measured" | "estimated" | "usual"): TemplateResult {
    if (seconds < 1) return html`<span>${words("left_over")}</span>`;
    return html`<span>${words("left", { time: duration(seconds) })}</span><span>${words(`basis_${basis}`)}</span>`;
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
        ${place === "done" ? html`<span class="visually-hidden">${words("stage_done")}</span>` : nothing}
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
    if ("source_job_id" in input) {
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

/** Whether a GPU is started for it: it is in line for no other job of the caller, and nothing of theirs runs. */
function isWaking({ id, status }: Job): boolean {
  const { held, jobs } = work.value;
  return status === "queued" && !held.includes(id) && !jobs.some((one) => one.status === "running");
}
