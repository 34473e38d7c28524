/** One place for a picture: drop, paste, pick or photograph; upload progress; what the chosen ratio cuts off. The one of
 * the picture mode takes several at once, a clip each. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Ratio } from "../../../functions/_generated/contract";
import { cropWords } from "../crop-words";
import { addPictures } from "../state/added-pictures";
import { icons } from "../icons";
import { TAKEN } from "../picture-format";
import { draft } from "../state/draft";
import { framedSlot } from "../state/framing";
import { language, type MessageKey, t } from "../state/language";
import {
  choosePicture,
  choosePictures,
  type Picture,
  pictures,
  removePicture,
  retryPicture,
  type Slot,
} from "../state/pictures";
import { pictureInput } from "./picture-input";
import { View } from "./view";

@customElement("cw-picture-slot")
export class PictureSlot extends View {
  @property({ attribute: false }) accessor slotName: Slot = "picture";
  @property({ attribute: false }) accessor ratio: Ratio = "9:16";
  @property({ attribute: false }) accessor label: MessageKey = "picture";
  @state() private accessor isOver = false;

  constructor() {
    super();
    this.watching(pictures, draft, language);
  }

  protected override render(): TemplateResult {
    const picture = pictures.value[this.slotName];
    return html`
      <div
        class="slot ${this.isOver ? "is-over" : ""}"
        role="group"
        aria-label=${t(this.label)}
        @dragover=${this.over}
        @dragleave=${() => (this.isOver = false)}
        @drop=${this.drop}
      >
        ${picture ? this.filled(picture) : this.empty()}
        ${pictureInput(`file-${this.slotName}`, this.slotName === "picture", (files) => this.picked(files))}
      </div>
    `;
  }

  private empty(): TemplateResult {
    return html`
      <button type="button" class="slot-pick" id="field-${this.slotName}" @click=${() => this.pick(false)}>
        ${icons.picture}
        <strong>${t(this.label)}</strong>
        <span class="drop-hint">${t("picture_drop")}</span>
        <span>${t("picture_hint")}</span>
      </button>
      <button type="button" class="slot-camera" @click=${() => this.pick(true)}>${icons.camera} ${t("camera")}</button>
    `;
  }

  private filled(picture: Picture): TemplateResult {
    const { borders } = draft.value;
    return html`
      <div class="slot-filled">
        ${picture.preview
          ? html`<cw-crop-preview .picture=${picture} .ratio=${this.ratio} .borders=${borders}></cw-crop-preview>`
          : html`<div class="crop crop-unseen">${icons.picture}</div>`}
        <div class="slot-facts">
          <p class="slot-name">${picture.name || t("picture_uploaded_before")}</p>
          ${picture.state === "ready" && picture.width ? this.crop(picture) : nothing}
          ${made(picture)}
          ${picture.state === "uploading"
            ? html`<progress max="1" .value=${picture.share} aria-label=${t("uploading")}></progress>
                <p class="quiet">${t("uploading_n", { n: Math.round(picture.share * 100) })}</p>`
            : nothing}
          ${picture.failure
            ? html`<div class="fault" role="alert">
                <strong>${picture.failure.problem.title}</strong>
                <p>${picture.failure.problem.fix}</p>
              </div>`
            : nothing}
          <div class="slot-actions">
            ${picture.state === "failed"
              ? nothing
              : html`<button type="button" class="small slot-frame" @click=${() => framedSlot.set(this.slotName)}>
                  ${t("frame_part")}
                </button>`}
            ${picture.state === "failed" && picture.file && picture.failure?.problem.retryable
              ? html`<button type="button" class="small" @click=${this.again}>
                  ${t("retry")}
                </button>`
              : nothing}
            <button type="button" class="small" id="field-${this.slotName}" @click=${() => this.pick(false)}>
              ${t("change")}
            </button>
            <button type="button" class="small" @click=${this.clear}>${t("remove")}</button>
          </div>
        </div>
      </div>
    `;
  }

  private crop(picture: Picture): TemplateResult {
    const words = cropWords(picture, this.ratio, draft.value.borders);
    return html`<p class="quiet">${picture.width}×${picture.height}<br />${words}</p>`;
  }

  private pick(camera: boolean): void {
    const input = this.querySelector("input");
    if (!input) return;
    if (camera) input.setAttribute("capture", "environment");
    else input.removeAttribute("capture");
    input.click();
  }

  private picked(files: readonly File[]): void {
    this.choose(files);
    void this.keepFocus();
  }

  private again(): void {
    void retryPicture(this.slotName);
    void this.keepFocus();
  }

  /** The button that was pressed may be gone: the focus goes on at the slot's own, unless it is elsewhere already. */
  private async keepFocus(): Promise<void> {
    await this.updateComplete;
    if (document.activeElement !== document.body) return;
    this.querySelector<HTMLElement>(`#field-${this.slotName}`)?.focus({ preventScroll: true });
  }

  private over(event: DragEvent): void {
    event.preventDefault();
    this.isOver = true;
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    this.isOver = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (this.slotName === "picture" || files.length > 1) addPictures(files); // what is there stays
    else this.choose(files);
  }

  private choose(files: readonly File[]): void {
    const [file] = files;
    if (!file) return;
    if (this.slotName === "picture") choosePictures(files, true);
    else void choosePicture(this.slotName, file);
  }

  private async clear(): Promise<void> {
    removePicture(this.slotName);
    await this.updateComplete;
    this.querySelector<HTMLElement>(`#field-${this.slotName}`)?.focus();
  }
}

/** What was made of the file before it was sent. */
function made({ read }: Picture): TemplateResult | typeof nothing {
  if (read?.isSmaller) return html`<p class="quiet">${t("picture_smaller", { width: read.width, height: read.height })}</p>`;
  if (!read || TAKEN.includes(read.format)) return nothing;
  return html`<p class="quiet">${t("picture_recoded", { format: read.format })}</p>`;
}
