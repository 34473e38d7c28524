/** The picture that a clip began from, laid over the clip as the model saw it, up to a line that is moved: by a slider, with
 * keys too, or by its handle. It stands over the player and leaves the player's own controls free. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Crop, Job } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import type { Borders, Size } from "../crop";
import { language, wordsOf } from "../state/language";
import "./cut-picture";
import { View } from "./view";

const words = wordsOf(clipWords);
/** Percent of the width, from the left, that the picture covers at first. */
const HALF = 50;

@customElement("cw-picture-over-clip")
export class PictureOverClip extends View {
  @property({ attribute: false }) accessor job!: Job;
  @property({ attribute: false }) accessor source = "";
  @state() private accessor at = HALF;
  /** Of the whole picture; null until it has been loaded. */
  @state() private accessor size: Size | null = null;
  private loadedSource = "";

  constructor() {
    super();
    this.watching(language);
  }

  protected override willUpdate(): void {
    if (this.loadedSource === this.source) return;
    this.loadedSource = this.source;
    this.size = null;
    this.at = HALF;
    void this.load(this.source);
  }

  protected override render(): TemplateResult {
    const { crop, borders } = framingOf(this.job);
    return html`
      <div class="over">
        ${this.size
          ? html`<div class="over-film">
              <cw-cut-picture
                .source=${this.source}
                .words=${words("picture_alt")}
                .size=${this.size}
                .clip=${this.clip()}
                .crop=${crop}
                .borders=${borders}
              ></cw-cut-picture>
              <span class="over-line" @pointerdown=${grasp} @pointermove=${this.drag}></span>
            </div>`
          : nothing}
      </div>
      <label class="over-slider">
        <span aria-hidden="true">${words("over_clip")}</span>
        <input
          type="range"
          min="0"
          max="100"
          .value=${String(this.at)}
          aria-label=${words("over")}
          aria-valuetext=${words("over_at", { n: this.at })}
          @input=${(event: Event) => (this.at = Number((event.target as HTMLInputElement).value))}
        />
        <span aria-hidden="true">${words("over_picture")}</span>
      </label>
    `;
  }

  /** Through the style objects: the page's policy refuses style attributes. */
  protected override updated(): void {
    const { width, height } = this.clip();
    for (const part of this.querySelectorAll<HTMLElement>(".over, .over-film")) part.style.aspectRatio = `${width} / ${height}`;
    const picture = this.querySelector<HTMLElement>("cw-cut-picture");
    if (picture) picture.style.clipPath = `inset(0 ${100 - this.at}% 0 0)`;
    const line = this.querySelector<HTMLElement>(".over-line");
    if (line) line.style.insetInlineStart = `${this.at}%`;
  }

  private clip(): Size {
    const { width, height } = this.job.video ?? { width: 9, height: 16 };
    return { width, height };
  }

  private drag(event: PointerEvent): void {
    const line = event.target as HTMLElement;
    if (!line.hasPointerCapture(event.pointerId)) return;
    const { left, width } = (line.parentElement as HTMLElement).getBoundingClientRect();
    this.at = Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * 100);
  }

  private async load(source: string): Promise<void> {
    const picture = new Image();
    picture.src = source;
    try {
      await picture.decode();
    } catch {
      if (source === this.source) this.dispatchEvent(new CustomEvent("gone"));
      return;
    }
    if (source === this.source) this.size = { width: picture.naturalWidth, height: picture.naturalHeight };
  }
}

function grasp(event: PointerEvent): void {
  event.preventDefault();
  (event.target as HTMLElement).setPointerCapture(event.pointerId);
}

/** How the clip shows its picture; a clip that another was redrawn from is shown whole. */
function framingOf({ input }: Job): { crop: Crop | null; borders: Borders } {
  if ("source_job_id" in input) return { crop: null, borders: "cut" };
  if (input.preset === "keyframes") return { crop: input.first_crop ?? null, borders: input.borders };
  return { crop: input.crop ?? null, borders: input.borders };
}
