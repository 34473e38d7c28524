/** A small picture with what the clip shows of it: a frame around the part, or all of it on a blur. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Ratio } from "../../../functions/_generated/contract";
import { aspect, type Borders, cropFor, type Framed, partShown } from "../crop";
import { isOfAnotherShape, percentLost } from "../crop-words";
import { language, t } from "../state/language";
import "./cut-picture";
import { lay } from "./lay";
import { View } from "./view";

@customElement("cw-crop-preview")
export class CropPreview extends View {
  @property({ attribute: false }) accessor picture!: Framed & { name: string; preview: string | null };
  @property({ attribute: false }) accessor ratio: Ratio = "9:16";
  @property({ attribute: false }) accessor borders: Borders = "cut";

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    const { picture, ratio, borders } = this;
    const words = t("picture_alt", { name: picture.name });
    if (borders === "blurred" && isOfAnotherShape(picture, ratio)) {
      return html`<div class="crop crop-blurred">
        <cw-cut-picture
          .source=${picture.preview ?? ""}
          .words=${words}
          .size=${picture}
          .clip=${{ width: aspect(ratio), height: 1 }}
          .crop=${cropFor(picture, ratio, borders)}
          .borders=${borders}
        ></cw-cut-picture>
      </div>`;
    }
    return html`<div class="crop">
      <img src=${picture.preview ?? ""} alt=${words} />
      ${percentLost(picture, ratio, borders) > 0 ? html`<span class="crop-keep"></span>` : nothing}
    </div>`;
  }

  protected override updated(): void {
    const keep = this.querySelector<HTMLElement>(".crop-keep");
    if (keep) lay(keep, partShown(this.picture, this.ratio, this.borders));
  }
}
