/** One picture of a scene, its first or its last: what the clip shows of it, and the ways to another one or another part. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job, Ratio } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { call } from "../api";
import { cropWords } from "../crop-words";
import { framedBy } from "../scenes/crops";
import { type Row, settledOf } from "../scenes/rows";
import { language, t, wordsOf } from "../state/language";
import { dropScenePicture, type Frame, measureImage, retryScenePicture, type SceneImage, sceneImages, scenePictures, wantImage } from "../state/scene-pictures";
import { setCells, standings, table } from "../state/scene-table";
import { BusyView } from "./busy-view";
import "./crop-preview";
import "./problem";
import "./scene-framing";

const words = wordsOf(sceneWords);

@customElement("cw-scene-picture")
export class ScenePicture extends BusyView {
  @property({ attribute: false }) accessor row!: Row;
  @property({ attribute: false }) accessor frame: Frame = "first";
  /** The scene before it, whose clip may end where this one begins. */
  @property({ attribute: false }) accessor previous: string | null = null;
  @property({ attribute: false }) accessor pick: (id: string, frame: Frame) => void = () => undefined;
  @state() private accessor isFraming = false;

  constructor() {
    super();
    this.watching(language, table, standings, scenePictures, sceneImages);
  }

  protected override render(): TemplateResult {
    const { row, frame } = this;
    const title = words(frame === "first" ? "first_picture" : "last_picture");
    const uploadId = frame === "first" ? row.first_upload_id : row.last_upload_id;
    const sending = scenePictures.value.get(`${row.id} ${frame}`);
    const image = uploadId ? wantImage(uploadId, row.picture_name ?? "") : undefined;
    return html`
      <div class="dialog-picture" role="group" aria-label=${title}>
        <p class="dialog-label">${title}</p>
        ${uploadId && image ? this.shown(uploadId, image) : nothing}
        ${sending && !sending.problem ? html`<progress max="1" .value=${sending.share} aria-label=${t("uploading")}></progress>` : nothing}
        ${sending?.problem ? html`<cw-problem .problem=${sending.problem}></cw-problem>` : nothing}
        <div class="dialog-tools">
          ${sending?.problem
            ? html`<button type="button" class="small" @click=${() => retryScenePicture(row.id, frame)}>${t("retry")}</button>`
            : nothing}
          ${uploadId && image
            ? html`<button type="button" class="small" aria-haspopup="dialog" @click=${() => (this.isFraming = true)}>${t("frame_part")}</button>`
            : nothing}
          <button type="button" class="small" @click=${() => this.pick(row.id, frame)}>
            ${words(uploadId || sending ? "replace_picture" : "choose_picture")}
          </button>
          ${uploadId || sending
            ? html`<button type="button" class="small" @click=${() => this.takeOut()}>${words("remove_picture")}</button>`
            : nothing}
          ${this.fromBefore()}
        </div>
      </div>
      ${this.isFraming && uploadId
        ? html`<cw-scene-framing .row=${row} .frame=${frame} @close=${() => (this.isFraming = false)}></cw-scene-framing>`
        : nothing}
    `;
  }

  /** The whole picture, with a frame around what the clip shows. */
  private shown(uploadId: string, image: SceneImage): TemplateResult {
    const now = table.value?.settings;
    const ratio: Ratio = now?.ratio ?? "9:16";
    const borders = now ? settledOf(this.row, now).borders : "cut";
    const crop = this.frame === "first" ? this.row.first_crop : this.row.last_crop;
    const picture = { ...framedBy(image, crop, ratio, borders), preview: image.address };
    const measure = (event: Event): void => {
      const { naturalWidth, naturalHeight } = event.target as HTMLImageElement;
      measureImage(uploadId, naturalWidth, naturalHeight);
    };
    return html`
      <cw-crop-preview .picture=${picture} .ratio=${ratio} .borders=${borders} @load=${{ handleEvent: measure, capture: true }}></cw-crop-preview>
      ${image.width ? html`<p class="quiet">${cropWords(picture, ratio, borders)}</p>` : nothing}
    `;
  }

  /** The clip of the scene before ends where this one begins. */
  private fromBefore(): TemplateResult | typeof nothing {
    const clip = this.frame === "first" && this.previous ? standings.value.get(this.previous)?.clip : null;
    if (!clip) return nothing;
    return html`<button type="button" class="small" ?disabled=${this.isBusy}
      @click=${() => void this.press(() => this.takeLast(clip))}>${words("from_before")}</button>`;
  }

  private async takeLast(clip: string): Promise<void> {
    const { lastFrameOf } = await import("../state/go-on");
    const { body: job } = await call<Job>(`/api/jobs/${clip}`);
    const upload = job && (await lastFrameOf(job));
    if (upload) setCells(this.row.id, { first_upload_id: upload.id, first_crop: null, picture_name: null });
  }

  private takeOut(): void {
    const { row, frame } = this;
    dropScenePicture(row.id, frame);
    setCells(
      row.id,
      frame === "first" ? { first_upload_id: null, first_crop: null, picture_name: null } : { last_upload_id: null, last_crop: null },
    );
  }
}
