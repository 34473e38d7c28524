/** A clip alone, under the picture that it began from, or beside another version of it in step. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { call, Failure } from "../api";
import { nameOf } from "../clip-name";
import { moment } from "../format";
import { language, wordsOf } from "../state/language";
import { note } from "../state/notices";
import "./picture-over-clip";
import "./player";
import { View } from "./view";

const words = wordsOf(clipWords);
/** Two films that are farther apart than a frame or two are brought together. */
const APART_SECONDS = 0.06;

type Beside = "nothing" | "picture" | Job;

@customElement("cw-clip-compare")
export class ClipCompare extends View {
  @property({ attribute: false }) accessor job!: Job;
  @property({ attribute: false }) accessor versions: readonly Job[] = [];
  @state() private accessor beside: Beside = "nothing";
  private shownId = "";

  constructor() {
    super();
    this.watching(language);
  }

  protected override willUpdate(): void {
    if (this.shownId === this.job.id) return;
    this.shownId = this.job.id;
    this.beside = "nothing";
  }

  protected override render(): TemplateResult {
    const { job, beside } = this;
    return html`
      <div class="compare ${typeof beside === "string" ? "" : "is-double"}">
        <div class="compare-one">
          <cw-player .job=${job}></cw-player>
          ${beside === "picture"
            ? html`<cw-picture-over-clip .job=${job} .source=${pictureOf(job) ?? ""} @gone=${this.gone}></cw-picture-over-clip>`
            : nothing}
        </div>
        ${typeof beside === "string" ? nothing : html`<div class="compare-other">${other(beside)}</div>`}
      </div>
      ${this.choices()}
    `;
  }

  private choices(): TemplateResult | typeof nothing {
    const picture = pictureOf(this.job);
    const { rerun_of } = this.job;
    if (picture === null && rerun_of === null && this.versions.length === 0) return nothing;
    const now = typeof this.beside === "string" ? this.beside : this.beside.id;
    return html`
      <label class="compare-choice">
        <span>${words("compare")}</span>
        <select @change=${(event: Event) => void this.choose((event.target as HTMLSelectElement).value)}>
          <option value="nothing" .selected=${now === "nothing"}>${words("compare_nothing")}</option>
          ${picture === null ? nothing : html`<option value="picture" .selected=${now === "picture"}>${words("compare_picture")}</option>`}
          ${rerun_of === null
            ? nothing
            : html`<option value=${rerun_of} .selected=${now === rerun_of}>${words("compare_before")}</option>`}
          ${this.versions
            .filter(({ status }) => status === "succeeded")
            .map(
              (one) => html`<option value=${one.id} .selected=${now === one.id}>
                ${words("version", { name: nameOf(one), moment: moment(one.created_at) })}
              </option>`,
            )}
        </select>
      </label>
    `;
  }

  private async choose(value: string): Promise<void> {
    if (value === "nothing" || value === "picture") {
      this.beside = value;
      return;
    }
    const known = this.versions.find(({ id }) => id === value);
    try {
      this.beside = known ?? (await call<Job>(`/api/jobs/${value}`)).body ?? "nothing";
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
      this.beside = "nothing";
    }
  }

  private gone(): void {
    this.beside = "nothing";
    note(words("picture_gone"));
  }

  protected override updated(): void {
    const main = this.querySelector<HTMLVideoElement>("cw-player video");
    if (!main) return;
    for (const event of ["play", "pause", "seeked", "seeking", "timeupdate", "ratechange"]) {
      main.removeEventListener(event, this.follow);
      if (typeof this.beside !== "string") main.addEventListener(event, this.follow);
    }
    this.follow();
  }

  /** The other film does what the first one does: one set of controls for both. */
  private readonly follow = (): void => {
    const main = this.querySelector<HTMLVideoElement>("cw-player video");
    const other = this.querySelector<HTMLVideoElement>(".compare-other video");
    if (!main || !other) return;
    other.playbackRate = main.playbackRate;
    if (Math.abs(other.currentTime - main.currentTime) > APART_SECONDS) other.currentTime = main.currentTime;
    if (main.paused !== other.paused) void (main.paused ? other.pause() : other.play().catch(() => undefined));
  };
}

/** The first picture of a clip, or the poster of the clip that it was made from; null for one of words alone. */
function pictureOf({ input }: Job): string | null {
  if ("source_job_id" in input) return `/api/jobs/${input.source_job_id}/poster`;
  const id = input.preset === "keyframes" ? input.first_upload_id : input.upload_id;
  return id === null ? null : `/api/uploads/${id}/picture`;
}

function other(job: Job): TemplateResult {
  const name = nameOf(job);
  return html`<video
      src=${job.links.video ?? ""}
      poster=${job.links.poster ?? ""}
      .muted=${true}
      playsinline
      preload="auto"
      aria-label=${words("other_version", { name })}
    ></video>
    <p class="compare-name">${words("version", { name, moment: moment(job.created_at) })}</p>`;
}
