/** Where the part of a picture is chosen that a clip shows. What is changed here is changed at once. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import framingWords from "../../words/framing.json";
import type { Crop } from "../../../functions/_generated/contract";
import { aspect, type Size } from "../crop";
import { cropWords, isOfAnotherShape } from "../crop-words";
import { choiceNow, draft } from "../state/draft";
import { framedSlot } from "../state/framing";
import { icons } from "../icons";
import { language, t, wordsOf } from "../state/language";
import { estimateFor, menu } from "../state/menu";
import { modalClosed, modalOpened } from "../state/modals";
import { framePicture, measurePicture, type Picture, pictures, type Slot, seenByModels } from "../state/pictures";
import "./borders-choice";
import "./crop-frame";
import "./crop-preview";
import "./model-picture";
import "./notes";
import { View } from "./view";

const words = wordsOf(framingWords);

@customElement("cw-framing-dialog")
export class FramingDialog extends View {
  private opener: Element | null = null;

  constructor() {
    super();
    this.watching(framedSlot, pictures, draft, menu, language);
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector("dialog") as HTMLDialogElement;
  }

  protected override render(): TemplateResult {
    const slot = framedSlot.value;
    const picture = slot ? pictures.value[slot] : undefined;
    return html`
      <dialog
        class="dialog framing-dialog"
        aria-labelledby="framing-title"
        @close=${this.closed}
        @click=${(event: Event) => event.target === this.dialog && this.dialog.close()}
      >
        ${slot && picture ? this.content(slot, picture) : nothing}
      </dialog>
    `;
  }

  protected override updated(_changed: PropertyValues): void {
    const slot = framedSlot.value;
    const isWanted = slot !== null && pictures.value[slot] !== undefined;
    if (isWanted && !this.dialog.open) {
      this.opener = document.activeElement;
      this.dialog.showModal();
      modalOpened(this.dialog);
    }
    if (!isWanted && this.dialog.open) this.dialog.close();
  }

  private content(slot: Slot, picture: Picture): TemplateResult {
    const { ratio, borders } = draft.value;
    return html`
      <header class="dialog-head">
        <h2 id="framing-title">${t("frame_part")}</h2>
        <button type="button" class="round" aria-label=${t("close")} @click=${this.close}>${icons.close}</button>
      </header>
      <div class="framing-body">
        ${isOfAnotherShape(picture, ratio) || borders === "blurred"
          ? html`<cw-borders-choice .place=${"dialog"}></cw-borders-choice>`
          : nothing}
        ${picture.width ? html`<p class="framing-words" role="status">${cropWords(picture, ratio, borders)}</p>` : nothing}
        ${borders === "cut"
          ? html`<cw-crop-frame
              .picture=${picture}
              .name=${picture.name}
              .source=${picture.preview ?? (picture.uploadId ? seenByModels(picture.uploadId) : "")}
              .ratio=${ratio}
              .choose=${(crop: Crop | null) => framePicture(slot, crop && { crop, ratio, borders: "cut" })}
              .measured=${(size: Size) => measurePicture(slot, size)}
            ></cw-crop-frame>`
          : html`<div class="framing-whole">
              <cw-crop-preview .picture=${picture} .ratio=${ratio} .borders=${borders}></cw-crop-preview>
            </div>`}
        <cw-model-picture .picture=${picture} .ratio=${ratio} .borders=${borders} .clip=${this.clip()}></cw-model-picture>
      </div>
      <footer class="framing-foot">
        ${borders === "cut"
          ? html`<button
              type="button"
              class="small"
              aria-disabled=${picture.framing ? "false" : "true"}
              @click=${() => framePicture(slot, null)}
            >
              ${words("crop_reset")}
            </button>`
          : nothing}
        <button type="button" class="primary" @click=${this.close}>${t("done")}</button>
      </footer>
      <cw-notes></cw-notes>
    `;
  }

  /** To the pixel: clips are near their ratio, since their sides are multiples of 32. */
  private clip(): Size {
    return estimateFor(choiceNow(draft.value)) ?? { width: aspect(draft.value.ratio), height: 1 };
  }

  private readonly close = (): void => this.dialog.close();

  private closed(): void {
    modalClosed(this.dialog);
    framedSlot.set(null);
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
  }
}
