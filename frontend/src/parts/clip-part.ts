/** The forms on a clip's page that make a part of it anew, or let it go on after its end. The price of the whole is on the
 * button; nothing is sent before it is pressed. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import {
  EXTENDING_SECONDS,
  LATENTS_PER_SECOND,
  LEAST_PART_SECONDS,
  LONGEST_SECONDS,
  LONGEST_WHOLE_SECONDS,
  MAX_PROMPT_CHARACTERS,
  OVERLAP_SECONDS,
} from "../../../functions/_generated/constants";
import type { Estimate, ExtendClip, Job, Motion, Problem, RetakeClip, Seconds } from "../../../functions/_generated/contract";
import { wholeSeconds } from "../../../functions/_lib/clip-length";
import partWords from "../../words/clip-part.json";
import { Failure } from "../api";
import { won } from "../format";
import { choicesFor, type MotionChoices, type OfferedMotion, offeredMotions } from "../motions";
import { submit, work } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { choiceOf, estimateFor, menu } from "../state/menu";
import { announcement, note } from "../state/notices";
import { besidesClips, mostOf, offers } from "../state/offers";
import { suggestsMotions } from "../state/preferences";
import "./problem";
import "./spoken-motions";
import { View } from "./view";

const words = wordsOf(partWords);
const REMAKES = ["both", "picture", "sound"] as const;

export type PartKind = "retake" | "extend";

/** What a model can work on to let a clip go on; nothing for one that is as long as clips may become. */
export function longerBy({ input }: Job): readonly ExtendClip["seconds"][] {
  return EXTENDING_SECONDS.filter((one) => wholeSeconds(input) + addedBy(one) <= LONGEST_WHOLE_SECONDS);
}

/** Whether a part of it can be made anew: a model sees the whole clip for that. */
export function isRetakable({ input }: Job): boolean {
  return wholeSeconds(input) <= LONGEST_SECONDS;
}

@customElement("cw-clip-part")
export class ClipPart extends View {
  @property({ attribute: false }) accessor job!: Job;
  @property({ attribute: false }) accessor kind: PartKind = "retake";
  @state() private accessor start = 0;
  @state() private accessor end = 0;
  @state() private accessor remake: RetakeClip["remake"] = "both";
  /** What the model works on, of a clip that goes on. */
  @state() private accessor extending: ExtendClip["seconds"] = 4;
  @state() private accessor prompt = "";
  /** Motions that were chosen otherwise than the spoken lines suggest. */
  @state() private accessor moving: MotionChoices = {};
  @state() private accessor isSending = false;
  @state() private accessor isWordless = false;
  @state() private accessor problem: Problem | null = null;

  constructor() {
    super();
    this.watching(language, menu, offers, suggestsMotions, work);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.prompt = this.job.input.prompt;
    this.moving = choicesFor(this.prompt, this.job.input.motions);
    this.start = onStep(this.length() / 4);
    this.end = Math.max(onStep(this.length() / 2), this.start + leastSpan());
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>("input, textarea")?.focus();
  }

  /** By the script: the page's policy forbids styles in the markup. */
  protected override updated(): void {
    const line = this.querySelector<HTMLElement>(".time-line");
    line?.style.setProperty("--start", String(this.start / this.length()));
    line?.style.setProperty("--end", String(this.end / this.length()));
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
        <cw-spoken-motions
          .offered=${this.motions()}
          .turn=${(name: Motion, isOn: boolean) => (this.moving = { ...this.moving, [name]: isOn })}
        ></cw-spoken-motions>
        <p class="quiet">${words(isRetake ? "stays" : "goes_on")}</p>
        ${this.problem ? html`<cw-problem .problem=${this.problem}></cw-problem>` : nothing}
        <div class="clip-part-foot">
          <button type="submit" class="primary" aria-disabled=${this.isSending ? "true" : "false"}>${this.label()}</button>
          ${this.most()}
          <button type="button" class="small" @click=${this.close}>${words("cancel")}</button>
        </div>
      </form>
    `;
  }

  /** Two thumbs on one line as long as the clip. Each is a slider of its own, for keys and for screen readers. */
  private range(): TemplateResult {
    return html`
      <fieldset class="field">
        <legend>
          ${words("part")} <output class="quiet">${words("from_to", { from: shown(this.start), to: shown(this.end) })}</output>
        </legend>
        <div class="time-line">
          ${this.thumb("start", this.start, this.movedStart)} ${this.thumb("end", this.end, this.movedEnd)}
        </div>
        <div class="ends quiet" aria-hidden="true"><span>${words("at", { n: 0 })}</span><span>${words("at", { n: this.length() })}</span></div>
      </fieldset>
    `;
  }

  private thumb(name: "start" | "end", at: number, moved: (event: Event) => void): TemplateResult {
    return html`<input
      type="range"
      min="0"
      max=${this.length() * LATENTS_PER_SECOND}
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
    film.currentTime = (at / this.length()) * film.duration;
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
          ${words("how_much")} <span class="quiet">${words("whole", { n: this.length() + addedBy(this.extending) })}</span>
        </legend>
        <div class="part-choices">
          ${longerBy(this.job).map(
            (one) => html`<label class="check">
              <input type="radio" name="added" .checked=${this.extending === one} @change=${() => (this.extending = one)} />
              ${words("longer", { n: addedBy(one) })}
            </label>`,
          )}
        </div>
      </fieldset>
    `;
  }

  /** Those that its spoken lines suggest. Somebody may move where the picture is made. */
  private motions(): OfferedMotion[] {
    const isSeen = this.kind === "extend" || this.remake !== "sound";
    return isSeen ? offeredMotions({ prompt: this.prompt, motions: this.moving }) : [];
  }

  private readonly typed = (event: Event): void => {
    this.prompt = (event.target as HTMLTextAreaElement).value.slice(0, MAX_PROMPT_CHARACTERS);
    this.isWordless = false;
  };

  private estimate(): Estimate | undefined {
    return estimateFor({ ...choiceOf(this.job.input), preset: this.kind, seconds: this.seconds() });
  }

  /** Of the whole that the press costs, since the end of a card is the site's; or of the clip's own and a start, where a card
   * is at work. */
  private most(): TemplateResult | typeof nothing {
    const estimate = this.estimate();
    if (!estimate) return nothing;
    const most = mostOf(estimate);
    const text = most < this.sum(estimate) ? t("never_more", { won: won(most) }) : words("never_more", { won: won(most) });
    return html`<p class="quiet">${text}</p>`;
  }

  private sum(estimate: Estimate): number {
    return estimate.micro_won + besidesClips(estimate);
  }

  private label(): string {
    const estimate = this.estimate();
    return estimate ? `${words(this.kind)} · ${won(this.sum(estimate))}` : words(this.kind);
  }

  /** What the model works on. */
  private seconds(): Seconds {
    return this.kind === "extend" ? this.extending : (this.length() as Seconds);
  }

  private length(): number {
    return wholeSeconds(this.job.input);
  }

  /** The clip's own shape and sound, so that what stays is as it was. */
  private request(): RetakeClip | ExtendClip {
    const { ratio, tier, sound, loudness } = this.job.input;
    const motions = this.motions().filter(({ isOn }) => isOn).map(({ name }) => name);
    const whole = { prompt: this.prompt, motions, ratio, tier, sound, loudness, source_job_id: this.job.id, seconds: this.seconds() };
    const ofPart = { start_seconds: this.start, end_seconds: this.end, remake: this.remake };
    const longer = { whole_seconds: this.length() + addedBy(this.extending) };
    return (
      this.kind === "retake" ? { ...whole, preset: "retake", ...ofPart } : { ...whole, preset: "extend", ...longer }
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

function addedBy(extending: ExtendClip["seconds"]): number {
  return extending - OVERLAP_SECONDS;
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
