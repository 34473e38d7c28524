/** Where the part of a scene's picture is chosen that its clip shows: the form's tool, kept with the row. What is changed
 * here is changed at once. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Crop, Ratio } from "../../../functions/_generated/contract";
import framingWords from "../../words/framing.json";
import sceneWords from "../../words/scenes.json";
import { aspect, type Borders, type Size } from "../crop";
import { cropWords } from "../crop-words";
import { framedBy, isChosen, usualCrop } from "../scenes/crops";
import { numberOf, type Row, settledOf } from "../scenes/rows";
import { language, t, wordsOf } from "../state/language";
import { estimateFor, menu } from "../state/menu";
import { type Frame, measureImage, type SceneImage, sceneImages, wantImage } from "../state/scene-pictures";
import { setCells, table } from "../state/scene-table";
import "./crop-frame";
import "./crop-preview";
import { Modal } from "./modal";
import "./model-picture";

const words = wordsOf(sceneWords);
const framing = wordsOf(framingWords);
const BORDERS: readonly Borders[] = ["cut", "blurred"];

@customElement("cw-scene-framing")
export class SceneFraming extends Modal {
  @property({ attribute: false }) accessor row!: Row;
  @property({ attribute: false }) accessor frame: Frame = "first";

  constructor() {
    super();
    this.watching(language, table, sceneImages, menu);
  }

  protected override get heading(): string {
    const index = (table.value?.rows ?? []).findIndex(({ id }) => id === this.row.id);
    return `${words("dialog_title", { n: numberOf(index) })} · ${t("frame_part")}`;
  }

  private get uploadId(): string | null {
    return this.frame === "first" ? this.row.first_upload_id : this.row.last_upload_id;
  }

  private get crop(): Crop | null {
    return this.frame === "first" ? this.row.first_crop : this.row.last_crop;
  }

  protected override content(): TemplateResult {
    const { uploadId } = this;
    const settings = table.value?.settings;
    const image = uploadId ? wantImage(uploadId, this.row.picture_name ?? "") : undefined;
    if (!uploadId || !image || !settings) return html``;
    const { ratio } = settings;
    const settled = settledOf(this.row, settings);
    const picture = { ...framedBy(image, this.crop, ratio, settled.borders), preview: image.address, uploadId };
    const estimate = estimateFor({ ...settled.quality, ratio, seconds: settled.seconds });
    const clip: Size = estimate ?? { width: aspect(ratio), height: 1 };
    return html`
      ${this.borders(settled.borders, settings.borders)}
      ${image.width ? html`<p class="framing-words" role="status">${cropWords(picture, ratio, settled.borders)}</p>` : nothing}
      ${settled.borders === "cut" ? this.tool(uploadId, image, ratio) : html`<div class="framing-whole">
        <cw-crop-preview .picture=${picture} .ratio=${ratio} .borders=${settled.borders}></cw-crop-preview>
      </div>`}
      <cw-model-picture .picture=${picture} .ratio=${ratio} .borders=${settled.borders} .clip=${clip}></cw-model-picture>
      <div class="import-foot">
        ${settled.borders === "cut"
          ? html`<button type="button" class="small" aria-disabled=${isChosen(image, this.crop, ratio, "cut") ? "false" : "true"}
              @click=${() => this.take(usualCrop(image, ratio, "cut"))}>${framing("crop_reset")}</button>`
          : nothing}
        <button type="button" class="primary" @click=${() => this.close()}>${t("done")}</button>
      </div>
    `;
  }

  private tool(uploadId: string, image: SceneImage, ratio: Ratio): TemplateResult {
    return html`<cw-crop-frame
      .picture=${framedBy(image, this.crop, ratio, "cut")}
      .name=${image.name}
      .source=${image.address}
      .ratio=${ratio}
      .choose=${(crop: Crop | null) => this.take(crop ?? usualCrop(image, ratio, "cut"))}
      .measured=${({ width, height }: Size) => measureImage(uploadId, width, height)}
    ></cw-crop-frame>`;
  }

  private borders(now: Borders, usual: Borders): TemplateResult {
    return html`<fieldset class="borders">
      <legend>${t("borders")}</legend>
      <div class="borders-row">
        ${BORDERS.map(
          (one) => html`<label class="check"><input type="radio" name="scene-borders" .checked=${one === now}
            @change=${() => setCells(this.row.id, { borders: one === usual ? null : one })} />${t(`borders_${one}`)}</label>`,
        )}
      </div>
    </fieldset>`;
  }

  /** Of one drag or slider the steps are one to take back. */
  private take(crop: Crop | null): void {
    setCells(this.row.id, this.frame === "first" ? { first_crop: crop } : { last_crop: crop }, `${this.frame} crop`);
  }
}
