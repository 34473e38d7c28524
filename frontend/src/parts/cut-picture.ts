/** A picture as a clip begins with it: the part that is cut out of it, or all of it on itself, blurred. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Crop } from "../../../functions/_generated/contract";
import { type Borders, partCut, type Size } from "../crop";
import { layPicture } from "./lay";
import { View } from "./view";

@customElement("cw-cut-picture")
export class CutPicture extends View {
  @property({ attribute: false }) accessor source = "";
  @property({ attribute: false }) accessor words = "";
  /** Of the whole picture. */
  @property({ attribute: false }) accessor size: Size = { width: 1, height: 1 };
  /** Its shape alone counts. */
  @property({ attribute: false }) accessor clip: Size = { width: 1, height: 1 };
  @property({ attribute: false }) accessor crop: Crop | null = null;
  @property({ attribute: false }) accessor borders: Borders = "cut";

  protected override render(): TemplateResult {
    return html`<div class="cut">
      ${this.borders === "blurred" ? html`<img class="cut-back" src=${this.source} alt="" />` : nothing}
      <div class="cut-front"><img src=${this.source} alt=${this.words} /></div>
    </div>`;
  }

  protected override updated(): void {
    const { size, clip, crop } = this;
    if (size.width === 0) return; // of a picture that this browser has never seen
    const filled = partCut(size, clip, crop);
    const isCut = this.borders === "cut";
    const shown = isCut ? filled : (crop ?? { left: 0, top: 0, width: 1, height: 1 });
    const shape = isCut ? clip : { width: shown.width * size.width, height: shown.height * size.height };
    this.piece(".cut").style.aspectRatio = `${clip.width} / ${clip.height}`;
    const front = this.piece(".cut-front");
    front.style.aspectRatio = `${shape.width} / ${shape.height}`;
    const isWide = shape.width / shape.height >= clip.width / clip.height;
    front.style.inlineSize = isWide ? "100%" : "auto";
    front.style.blockSize = isWide ? "auto" : "100%";
    layPicture(this.piece(".cut-front img"), shown);
    const back = this.querySelector<HTMLElement>(".cut-back");
    if (back) layPicture(back, filled);
  }

  private piece(selector: string): HTMLElement {
    return this.querySelector(selector) as HTMLElement;
  }
}
