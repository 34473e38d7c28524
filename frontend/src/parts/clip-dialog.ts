/** One job in full: player, words as typed and as sent, every setting, attempts, price, actions. Opened by the address
 * (`#clip-<id>`), so that a link leads here and Back closes it. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { daysUntil, duration, filmLength, megabytes, moment, won } from "../format";
import { icons } from "../icons";
import { jobs } from "../state/jobs";
import { language, t } from "../state/language";
import { note } from "../state/notices";
import { standing, whyAgain } from "../stages";
import "./clip-actions";
import type { Player } from "./player";
import "./player";
import "./problem";
import { View } from "./view";

@customElement("cw-clip-dialog")
export class ClipDialog extends View {
  @state() private accessor job: Job | null = null;
  private opener: Element | null = null;

  constructor() {
    super();
    this.watching(language, jobs);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.follow);
  }

  override disconnectedCallback(): void {
    removeEventListener("hashchange", this.follow);
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    void this.updateComplete.then(this.follow); // what it shows is drawn by an update of its own
  }

  protected override willUpdate(): void {
    // A job that goes on while it is open, or comes back in another language, is shown as it is now.
    this.job = jobs.value.list.find((one) => one.id === this.job?.id) ?? this.job;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector("dialog") as HTMLDialogElement;
  }

  protected override render(): TemplateResult {
    const { job } = this;
    return html`
      <dialog class="dialog clip-dialog" aria-labelledby="dialog-title" @close=${this.closed} @click=${this.backdrop} @done=${this.close}>
        ${job
          ? html`<div class="dialog-body">
              <header class="dialog-head">
                <h2 id="dialog-title">${t("clip")}</h2>
                <button type="button" class="round" aria-label=${t("close")} @click=${this.close}>${icons.close}</button>
              </header>
              <div class="dialog-film shape-${job.input.ratio.replace(":", "x")}">
                ${job.status === "succeeded"
                  ? html`<cw-player .job=${job}></cw-player>`
                  : html`<div class="ending">${standing(job)}</div>`}
              </div>
              <div class="dialog-facts">
                ${job.problem ? html`<cw-problem .problem=${job.problem} .jobId=${job.id}></cw-problem>` : nothing}
                <section>
                  <h3>${t("prompt")}</h3>
                  <p class="as-typed">${job.input.prompt}</p>
                  ${job.resolved
                    ? html`<details>
                        <summary>${t("sent_then")} ${icons.chevron}</summary>
                        <p class="sent-text">${job.resolved.prompt_sent}</p>
                        ${job.resolved.negative_prompt
                          ? html`<p class="quiet">${t("negative")}: ${job.resolved.negative_prompt}</p>`
                          : nothing}
                        ${job.resolved.prompt_tokens_dropped
                          ? html`<p class="fault">${t("tokens_dropped", { n: job.resolved.prompt_tokens_dropped })}</p>`
                          : nothing}
                      </details>`
                    : nothing}
                </section>
                ${this.price(job)} ${this.facts(job)} ${this.attempts(job)}
                <section>
                  <h3 class="visually-hidden">${t("actions")}</h3>
                  <cw-clip-actions .job=${job}></cw-clip-actions>
                </section>
              </div>
            </div>`
          : nothing}
      </dialog>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("job" as keyof this) || !this.job || this.dialog.open) return;
    this.opener = document.activeElement;
    this.dialog.showModal();
    if (this.job.status === "succeeded") void this.querySelector<Player>("cw-player")?.start();
  }

  private price(job: Job): TemplateResult {
    const { cost } = job;
    return html`
      <section>
        <h3>${t("price")}</h3>
        <dl class="facts">
          ${fact(t("billed"), cost.billed_micro_won === null ? t("not_yet") : won(cost.billed_micro_won), true)}
          ${fact(t("estimate"), won(cost.estimate_micro_won))}
          ${cost.gpu_seconds === null ? nothing : fact(t("gpu_time"), filmLength(Number(cost.gpu_seconds.toFixed(1))))}
          ${fact(t("seed"), String(job.seed))}
          ${fact(t("kept"), `${t("deleted_in", { n: daysUntil(job.expires_at) })} · D-${daysUntil(job.expires_at)}`)}
        </dl>
      </section>
    `;
  }

  private facts(job: Job): TemplateResult {
    const { resolved, video, quality } = job;
    return html`
      <details class="settings">
        <summary>${t("all_settings")} ${icons.chevron}</summary>
        <dl class="facts">
          ${video ? fact(t("size"), `${video.width}×${video.height}`) : nothing}
          ${video ? fact(t("frames"), `${video.num_frames} · ${video.frame_rate} fps`) : nothing}
          ${video ? fact(t("file"), megabytes(video.bytes)) : nothing}
          ${video ? fact(t("credentials"), t(`credentials_${video.content_credentials}`)) : nothing}
          ${resolved
            ? html`${fact(t("pipeline"), resolved.pipeline)} ${fact(t("checkpoint"), resolved.checkpoint)}
              ${resolved.lora ? fact("LoRA", resolved.lora) : nothing}
              ${resolved.quantization ? fact(t("quantization"), resolved.quantization) : nothing}
              ${fact("GPU", resolved.gpu)} ${fact(t("steps"), String(resolved.steps))}
              ${fact(t("guidance"), guidance(resolved))}
              ${resolved.image_strength === null ? nothing : fact(t("strength"), resolved.image_strength.toFixed(2))}
              ${fact(t("build"), resolved.build)}`
            : nothing}
          ${quality ? fact(t("motion"), quality.motion.toFixed(2)) : nothing}
          ${quality && quality.pixel_difference.length > 0
            ? fact(t("pixel_difference"), quality.pixel_difference.map((one) => one.toFixed(0)).join(" · "))
            : nothing}
          ${fact(t("created"), moment(job.created_at))}
          ${job.finished_at && job.started_at
            ? fact(t("took"), duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000))
            : nothing}
          ${fact(t("job_id"), job.id)}
        </dl>
      </details>
    `;
  }

  private attempts(job: Job): TemplateResult | typeof nothing {
    if (job.attempts.length === 0) return nothing;
    const again = whyAgain(job);
    return html`
      <details class="settings">
        <summary>${t("attempts")} <span class="tally">${job.attempts.length}</span> ${icons.chevron}</summary>
        ${again === null ? nothing : html`<p class="quiet">${again}</p>`}
        <ol class="attempts">
          ${job.attempts.map(
            (one) => html`<li>
              ${t(`outcome_${one.outcome}`)} · ${one.gpu}${one.gpu_seconds === null ? nothing : ` · ${one.gpu_seconds.toFixed(1)} s`}
              ${one.problem_type ? html` · <a href=${one.problem_type}>${one.problem_type.split("/").at(-1)}</a>` : nothing}
            </li>`,
          )}
        </ol>
      </details>
    `;
  }

  private readonly follow = async (): Promise<void> => {
    const id = /^#clip-([0-9a-z]{8,40})$/.exec(location.hash)?.[1];
    if (!id) {
      if (this.dialog.open) this.dialog.close();
      return;
    }
    const known = jobs.value.list.find((one) => one.id === id);
    try {
      this.job = known ?? (await call<Job>(`/api/jobs/${id}`)).body;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(`${error.problem.title}. ${error.problem.fix}`);
      forgetAddress();
    }
  };

  private readonly close = (): void => this.dialog.close();

  private backdrop(event: MouseEvent): void {
    if (event.target === this.dialog) this.dialog.close();
  }

  private closed(): void {
    this.querySelector<Player>("cw-player")?.stop();
    this.job = null;
    forgetAddress();
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
  }
}

function fact(name: string, value: string, isMain = false): TemplateResult {
  return html`<div class=${isMain ? "fact is-main" : "fact"}>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** How strongly the words are followed, and for how many of the steps where it is not all of them. */
function guidance(resolved: NonNullable<Job["resolved"]>): string {
  const strength = resolved.guidance.toFixed(1);
  return resolved.guided_steps ? `${strength} · ${resolved.guided_steps}/${resolved.steps}` : strength;
}

function forgetAddress(): void {
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}
