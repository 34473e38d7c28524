/** The forms on a clip's page that make a part of it anew, or let it go on after its end. The price of the whole is on the
 * button; nothing is sent before it is pressed. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import {
  ADDED_SECONDS,
  LATENTS_PER_SECOND,
  LEAST_PART_SECONDS,
  LONGEST_SECONDS,
  MAX_PROMPT_CHARACTERS,
} from "../../../functions/_generated/constants";
import type { ExtendClip, Job, Problem, RetakeClip, Seconds } from "../../../functions/_generated/contract";
import partWords from "../../words/clip-part.json";
import { Failure } from "../api";
import { won } from "../format";
import { submit } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { choiceOf, estimateFor, menu } from "../state/menu";
import { announcement, note } from "../state/notices";
import { besidesClips, offers } from "../state/offers";
import "./problem";
import { View } from "./view";

const words = wordsOf(partWords);
const REMAKES = ["both", "picture", "sound"] as const;

export type PartKind = "retake" | "extend";

/** By how many seconds a clip may go on; none for one that is as long as the model makes them. */
export function longerBy({ input }: Job): readonly (typeof ADDED_SECONDS)[number][] {
  return ADDED_SECONDS.filter((added) => input.seconds + added <= LONGEST_SECONDS);
}

@customElement("cw-clip-part")
export class ClipPart extends View {
  @property({ attribute: false }) accessor job!: Job;
  @property({ attribute: false }) accessor kind: PartKind = "retake";
  @state() private accessor start = 0;
  @state() private accessor end = 0;
  @state() private accessor remake: RetakeClip["remake"] = "both";
  @state() private accessor added: ExtendClip["add_seconds"] = 2;
  @state() private accessor prompt = "";
  @state() private accessor isSending = false;
  @state() private accessor isWordless = false;
  @state() private accessor problem: Problem | null = null;

  constructor() {
    super();
    this.watching(language, menu, offers);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { prompt, seconds } = this.job.input;
    this.prompt = prompt;
    this.start = onStep(seconds / 4);
    this.end = onStep(seconds / 2);
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>("input, textarea")?.focus();
  }

  /** By the script: the page's policy forbids styles in the markup. */
  protected override updated(): void {
    const line = this.querySelector<HTMLElement>(".time-line");
    line?.style.setProperty("--start", String(this.start / this.job.input.seconds));
    line?.style.setProperty("--end", String(this.end / this.job.input.seconds));
  }

  protected override render(): TemplateResult {
    const isRetake = this.kind === "retake";
    return html`
      <form class="clip-part" aria-label=${words(this.kind)} @submit=${this.send}>
        ${isRetake ? this.range() : this.lengths()} ${isRetake ? this.choices() : nothing}
        <div class="field">
          <label for="part-words">${words(isRetake ? "words" : "next_words")}</label>
          <textarea
            id="part-words"
            rows="3"
            .value=${this.prompt}
            aria-invalid=${this.isWordless ? "true" : "false"}
            aria-describedby=${this.isWordless ? "part-wordless" : nothing}
            @input=${this.typed}
          ></textarea>
          ${this.isWordless ? html`<p class="fault" id="part-wordless" role="alert">${words("need_words")}</p>` : nothing}
        </div>
        <p class="quiet">${words(isRetake ? "stays" : "goes_on")}</p>
        ${this.problem ? html`<cw-problem .problem=${this.problem}></cw-problem>` : nothing}
        <div class="clip-part-foot">
          <button type="submit" class="primary" aria-disabled=${this.isSending ? "true" : "false"}>${this.label()}</button>
          <button type="button" class="small" @click=${this.close}>${words("cancel")}</button>
        </div>
      </form>
    `;
  }

  /** Two thumbs on one line as long as the clip. Each is a slider of its own, for keys and for screen readers. */
  private range(): TemplateResult {
    const { seconds } = this.job.input;
    return html`
      <fieldset class="field">
        <legend>
          ${words("part")} <output class="quiet">${words("from_to", { from: shown(this.start), to: shown(this.end) })}</output>
        </legend>
        <div class="time-line">
          ${this.thumb("start", this.start, this.movedStart)} ${this.thumb("end", this.end, this.movedEnd)}
        </div>
        <div class="ends quiet" aria-hidden="true"><span>${words("at", { n: 0 })}</span><span>${words("at", { n: seconds })}</span></div>
      </fieldset>
    `;
  }

  private thumb(name: "start" | "end", at: number, moved: (event: Event) => void): TemplateResult {
    return html`<input
      type="range"
      min="0"
      max=${this.job.input.seconds * LATENTS_PER_SECOND}
      step="1"
      .value=${String(Math.round(at * LATENTS_PER_SECOND))}
      aria-label=${words(name)}
      aria-valuetext=${words("at", { n: shown(at) })}
      @input=${moved}
    />`;
  }

  private readonly movedStart = (event: Event): void => {
    this.start = Math.min(timeOf(event), this.end - leastSpan());
    this.keepThumb(event, this.start);
  };

  private readonly movedEnd = (event: Event): void => {
    this.end = Math.max(timeOf(event), this.start + leastSpan());
    this.keepThumb(event, this.end);
  };

  /** A thumb stops at the other one, and the film shows where it is. */
  private keepThumb(event: Event, at: number): void {
    (event.target as HTMLInputElement).value = String(Math.round(at * LATENTS_PER_SECOND));
    const film = this.closest("cw-clip-view")?.querySelector<HTMLVideoElement>("cw-player video");
    if (!film || !Number.isFinite(film.duration)) return;
    film.pause();
    film.currentTime = (at / this.job.input.seconds) * film.duration;
  }

  private choices(): TemplateResult {
    return html`
      <fieldset class="field">
        <legend>${words("remake")}</legend>
        <div class="part-choices">
          ${REMAKES.map(
            (one) => html`<label class="check">
              <input type="radio" name="remake" .checked=${this.remake === one} @change=${() => (this.remake = one)} />
              ${words(`remake_${one}`)}
            </label>`,
          )}
        </div>
      </fieldset>
    `;
  }

  private lengths(): TemplateResult {
    return html`
      <fieldset class="field">
        <legend>
          ${words("how_much")} <span class="quiet">${words("whole", { n: this.job.input.seconds + this.added })}</span>
        </legend>
        <div class="part-choices">
          ${longerBy(this.job).map(
            (one) => html`<label class="check">
              <input type="radio" name="added" .checked=${this.added === one} @change=${() => (this.added = one)} />
              ${words("longer", { n: one })}
            </label>`,
          )}
        </div>
      </fieldset>
    `;
  }

  private readonly typed = (event: Event): void => {
    this.prompt = (event.target as HTMLTextAreaElement).value.slice(0, MAX_PROMPT_CHARACTERS);
    this.isWordless = false;
  };

  private label(): string {
    const estimate = estimateFor({ ...choiceOf(this.job.input), preset: this.kind, seconds: this.seconds() });
    return estimate ? `${words(this.kind)} · ${won(estimate.micro_won + besidesClips(estimate))}` : words(this.kind);
  }

  private seconds(): Seconds {
    const { seconds } = this.job.input;
    return (this.kind === "extend" ? seconds + this.added : seconds) as Seconds;
  }

  /** The clip's own shape and sound, so that what stays is as it was. */
  private request(): RetakeClip | ExtendClip {
    const { ratio, tier, sound, loudness } = this.job.input;
    const whole = { prompt: this.prompt, ratio, tier, sound, loudness, source_job_id: this.job.id, seconds: this.seconds() };
    const ofPart = { start_seconds: this.start, end_seconds: this.end, remake: this.remake };
    return (
      this.kind === "retake" ? { ...whole, preset: "retake", ...ofPart } : { ...whole, preset: "extend", add_seconds: this.added }
    ) as RetakeClip | ExtendClip;
  }

  private readonly send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.isWordless = this.prompt.trim() === "";
    if (this.isWordless) {
      this.querySelector<HTMLElement>("#part-words")?.focus();
      return;
    }
    this.isSending = true;
    this.problem = null;
    try {
      await submit(this.request());
      announcement.set(t("submitted"));
      note(words("started"));
      this.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problem = error.problem;
    } finally {
      this.isSending = false;
    }
  };

  private readonly close = (): void => {
    this.dispatchEvent(new CustomEvent("closed", { bubbles: true }));
  };
}

function timeOf(event: Event): number {
  return Number((event.target as HTMLInputElement).value) / LATENTS_PER_SECOND;
}

function onStep(seconds: number): number {
  return Math.round(seconds * LATENTS_PER_SECOND) / LATENTS_PER_SECOND;
}

/** In whole steps of the sliders. */
function leastSpan(): number {
  return Math.ceil(LEAST_PART_SECONDS * LATENTS_PER_SECOND) / LATENTS_PER_SECOND;
}

function shown(seconds: number): number {
  return Number(seconds.toFixed(1));
}
