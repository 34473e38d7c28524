/** What a model gets of an uploaded picture, from the service itself and cut as chosen. Loaded once it is asked for: a
 * large picture is some megabytes. */

import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import framingWords from "../../words/framing.json";
import type { Ratio } from "../../../functions/_generated/contract";
import { type Borders, cropFor, type Framed, type Size } from "../crop";
import { icons } from "../icons";
import { language, wordsOf } from "../state/language";
import { seenByModels } from "../state/pictures";
import "./cut-picture";
import { View } from "./view";

const words = wordsOf(framingWords);

@customElement("cw-model-picture")
export class ModelPicture extends View {
  @property({ attribute: false }) accessor picture!: Framed & { uploadId: string | null };
  @property({ attribute: false }) accessor ratio: Ratio = "9:16";
  @property({ attribute: false }) accessor borders: Borders = "cut";
  /** Of the clip, to the pixel where it is known. */
  @property({ attribute: false }) accessor clip: Size = { width: 9, height: 16 };
  @state() private accessor isOpen = false;
  /** The address that could not be loaded. */
  @state() private accessor failed = "";

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`
      <details class="model-picture" ?open=${this.isOpen} @toggle=${this.toggled}>
        <summary>${words("model_picture")} ${icons.chevron}</summary>
        ${this.isOpen ? this.content() : ""}
      </details>
    `;
  }

  private content(): TemplateResult {
    const { picture } = this;
    if (picture.uploadId === null) return html`<p class="quiet">${words("model_picture_wait")}</p>`;
    const address = seenByModels(picture.uploadId);
    if (this.failed === address) return html`<p class="fault" role="alert">${words("model_picture_gone")}</p>`;
    const { ratio, borders } = this;
    return html`
      <div class="model-film" @error=${{ handleEvent: () => (this.failed = address), capture: true }}>
        <cw-cut-picture
          .source=${address}
          .words=${words("model_picture")}
          .size=${picture}
          .clip=${this.clip}
          .crop=${cropFor(picture, ratio, borders)}
          .borders=${borders}
        ></cw-cut-picture>
      </div>
      <p class="quiet">${words("model_picture_hint")}</p>
    `;
  }

  private toggled(event: Event): void {
    this.isOpen = (event.target as HTMLDetailsElement).open;
    if (!this.isOpen) this.failed = "";
  }
}
