/** What is known of a job, below its clip: its words as typed and as sent, money, settings, attempts, where it comes from,
 * and the same as JSON and as a call of the API. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Job, PresetName } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { nameOf } from "../clip-name";
import { daysUntil, duration, filmLength, megabytes, moment, won } from "../format";
import { icons } from "../icons";
import { addressOfClip } from "../library-filter";
import { addressOf } from "../rooms";
import { whyAgain } from "../stages";
import { language, t, wordsOf } from "../state/language";
import { note } from "../state/notices";
import { View } from "./view";

const words = wordsOf(clipWords);
const MADE_FROM: Partial<Record<PresetName, "retake_from" | "extend_from">> = { retake: "retake_from", extend: "extend_from" };

@customElement("cw-clip-facts")
export class ClipFacts extends View {
  @property({ attribute: false }) accessor job!: Job;
  /** Jobs that ran this one again. */
  @property({ attribute: false }) accessor versions: readonly Job[] = [];

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    const { job } = this;
    return html`
      <section>
        <h2>${words("prompt")}</h2>
        <p class="as-typed">${job.input.prompt}</p>
        ${job.resolved ? this.sent(job.resolved) : nothing}
      </section>
      ${this.money()} ${this.lineage()} ${this.facts()} ${this.attempts()} ${this.copies()}
    `;
  }

  private sent(resolved: NonNullable<Job["resolved"]>): TemplateResult {
    return html`<details>
      <summary>${words("sent_then")} ${icons.chevron}</summary>
      <p class="sent-text">${resolved.prompt_sent}</p>
      ${resolved.negative_prompt ? html`<p class="quiet">${t("negative")}: ${resolved.negative_prompt}</p>` : nothing}
      ${resolved.prompt_tokens_dropped
        ? html`<p class="fault">${words("tokens_dropped")}</p>`
        : nothing}
    </details>`;
  }

  private money(): TemplateResult {
    const { cost, expires_at, seed } = this.job;
    return html`
      <section>
        <h2>${words("money")}</h2>
        <dl class="facts">
          ${fact(t("billed"), cost.billed_micro_won === null ? words("not_yet") : won(cost.billed_micro_won), true)}
          ${fact(t("estimate"), won(cost.estimate_micro_won))}
          ${cost.parts ? fact(words("start_part"), won(cost.parts.cold_start)) : nothing}
          ${cost.gpu_seconds === null ? nothing : fact(words("gpu_time"), filmLength(Number(cost.gpu_seconds.toFixed(1))))}
          ${fact(t("seed"), String(seed))}
          ${fact(words("kept"), `${t("deleted_in", { n: daysUntil(expires_at) })} · D-${daysUntil(expires_at)}`)}
        </dl>
      </section>
    `;
  }

  /** What it was made from, and what was made from it. */
  private lineage(): TemplateResult | typeof nothing {
    const { rerun_of, continues, input } = this.job;
    const source = "source_job_id" in input ? input.source_job_id : null;
    const madeFrom = MADE_FROM[input.preset] ?? "restyled_from";
    if (rerun_of === null && continues === null && source === null && this.versions.length === 0) return nothing;
    return html`
      <section>
        <h2>${words("lineage")}</h2>
        <ul class="lineage">
          ${rerun_of === null ? nothing : html`<li>${this.link(rerun_of, words("again_of"))}</li>`}
          ${continues === null ? nothing : html`<li>${this.link(continues, words("continues"))}</li>`}
          ${source === null ? nothing : html`<li>${this.link(source, words(madeFrom))}</li>`}
          ${this.versions.map(
            (one) => html`<li>${this.link(one.id, words("version", { name: nameOf(one), moment: moment(one.created_at) }))}</li>`,
          )}
        </ul>
      </section>
    `;
  }

  private link(id: string, text: string): TemplateResult {
    return html`<a href=${addressOfClip(addressOf("library", language.value), id)}>${text}</a>`;
  }

  private facts(): TemplateResult {
    const { job } = this;
    const { resolved, video, quality } = job;
    return html`
      <details class="settings">
        <summary>${words("all_settings")} ${icons.chevron}</summary>
        <dl class="facts">
          ${video ? fact(t("size"), `${video.width}×${video.height}`) : nothing}
          ${video ? fact(words("frames"), `${video.num_frames} · ${video.frame_rate} fps`) : nothing}
          ${video ? fact(t("file"), megabytes(video.bytes)) : nothing}
          ${video ? fact(words("credentials"), words(`credentials_${video.content_credentials}`)) : nothing}
          ${resolved
            ? html`${fact(words("pipeline"), resolved.pipeline)} ${fact(words("checkpoint"), resolved.checkpoint)}
              ${resolved.lora ? fact("LoRA", resolved.lora) : nothing}
              ${resolved.quantization ? fact(words("quantization"), resolved.quantization) : nothing}
              ${fact("GPU", resolved.gpu)} ${fact(words("steps"), String(resolved.steps))}
              ${fact(words("guidance"), guidance(resolved))}
              ${resolved.image_strength === null ? nothing : fact(t("strength"), byStage(resolved.image_strength, resolved.stage_2_image_strength, 2))}
              ${resolved.image_strength === null ? nothing : fact(words("picture_crf"), byStage(resolved.picture_crf ?? 33, resolved.stage_2_picture_crf, 0))}
              ${resolved.stg_scale || (resolved.modality_scale ?? 1) !== 1
                ? fact(words("more_guidance"), `STG ${resolved.stg_scale} · ${resolved.modality_scale}`)
                : nothing}
              ${resolved.remade ? fact(words("remade"), remade(resolved)) : nothing}
              ${resolved.sound === "off" ? fact(t("sound"), t("sound_none")) : nothing}
              ${resolved.sound === "own" ? fact(t("sound"), words("sound_own")) : nothing}
              ${resolved.loudness === "even" ? fact(words("loudness"), "-14 LUFS") : nothing}
              ${fact(t("build"), resolved.build)}`
            : nothing}
          ${quality ? fact(words("motion"), quality.motion.toFixed(2)) : nothing}
          ${typeof quality?.expression === "number" ? fact(words("expression"), (100 * quality.expression).toFixed(1)) : nothing}
          ${typeof quality?.face_likeness === "number" ? fact(words("face_likeness"), `${Math.round(100 * quality.face_likeness)}%`) : nothing}
          ${quality && quality.pixel_difference.length > 0
            ? fact(words("pixel_difference"), quality.pixel_difference.map((one) => one.toFixed(0)).join(" · "))
            : nothing}
          ${job.picture_name ? fact(words("picture_file"), job.picture_name) : nothing}
          ${fact(words("created"), moment(job.created_at))}
          ${job.finished_at && job.started_at
            ? fact(words("took"), duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000))
            : nothing}
          ${fact(words("job_id"), job.id)}
        </dl>
      </details>
    `;
  }

  private attempts(): TemplateResult | typeof nothing {
    const { job } = this;
    if (job.attempts.length === 0) return nothing;
    const again = whyAgain(job);
    return html`
      <details class="settings">
        <summary>${words("attempts")} <span class="tally">${job.attempts.length}</span> ${icons.chevron}</summary>
        ${again === null ? nothing : html`<p class="quiet">${again}</p>`}
        <ol class="attempts">
          ${job.attempts.map(
            (one) => html`<li>
              ${words(`outcome_${one.outcome}`)} · ${one.gpu}${one.gpu_seconds === null ? nothing : ` · ${one.gpu_seconds.toFixed(1)} s`}
              ${one.problem_type ? html` · <a href=${one.problem_type}>${one.problem_type.split("/").at(-1)}</a>` : nothing}
            </li>`,
          )}
        </ol>
      </details>
    `;
  }

  private copies(): TemplateResult {
    const request = JSON.stringify({ ...this.job.input, seed: this.job.seed }, null, 2);
    return html`
      <p class="copies">
        <button type="button" class="link" @click=${() => void copied(request)}>${words("copy_json")}</button>
        <button type="button" class="link" @click=${() => void copied(curlOf(request))}>${words("copy_curl")}</button>
      </p>
    `;
  }
}

async function copied(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    note(t("copied"));
  } catch {
    note(text); // no permission: shown, so that it can be read
  }
}

/** For a shell, with the token in a variable: a token on a command line would stay in its history. */
function curlOf(request: string): string {
  const quoted = request.replaceAll("'", "'\\''");
  return [
    `curl -X POST '${location.origin}/api/jobs'`,
    `  -H "authorization: Bearer $CLIPWRIGHT_TOKEN"`,
    "  -H 'content-type: application/json'",
    `  -d '${quoted}'`,
  ].join(" \\\n");
}

function fact(name: string, value: string, isMain = false): TemplateResult {
  return html`<div class=${isMain ? "fact is-main" : "fact"}>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** What of the clip is new, and where: "0:02.0 – 0:04.0" in seconds of the film. */
function remade({ remade, remade_from, remade_until, frames_before, frame_rate }: NonNullable<Job["resolved"]>): string {
  const [from, to] = [remade_from, remade_until].map((frame) => (((frames_before ?? 0) + (frame ?? 0)) / frame_rate).toFixed(1));
  return words(`remade_${remade === "picture" || remade === "sound" ? remade : "both"}`, { from: from ?? "", to: to ?? "" });
}

/** One value for both stages, or the first's and the second's. */
function byStage(first: number, second: number | null | undefined, digits: number): string {
  return [first, ...(second === null || second === undefined ? [] : [second])].map((one) => one.toFixed(digits)).join(" → ");
}

/** How strongly the words are followed (by the sound too, where that differs), and for how many of the steps where it is not all of them. */
function guidance(resolved: NonNullable<Job["resolved"]>): string {
  const heard = resolved.sound_guidance ?? null;
  const strength = [resolved.guidance, ...(heard === null ? [] : [heard])].map((one) => one.toFixed(1)).join(" / ");
  return resolved.guided_steps ? `${strength} · ${resolved.guided_steps}/${resolved.steps}` : strength;
}
