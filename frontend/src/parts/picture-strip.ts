/** The pictures given together with the first one, each to become a clip of its own, and the way to add more. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { cropWords, isFaceCut, lossesOf, percentLost } from "../crop-words";
import { icons } from "../icons";
import { draft } from "../state/draft";
import { framedSlot } from "../state/framing";
import { language, t } from "../state/language";
import {
  choosePictures,
  givenTogether,
  type Picture,
  pictures,
  removePicture,
  retryPicture,
  type Slot,
} from "../state/pictures";
import { pictureInput } from "./picture-input";
import { View } from "./view";

@customElement("cw-picture-strip")
export class PictureStrip extends View {
  constructor() {
    super();
    this.watching(pictures, draft, language);
  }

  protected override render(): TemplateResult {
    const all = pictures.value;
    const given = givenTogether(all);
    const { ratio, borders } = draft.value;
    const losses = given.length > 1 ? lossesOf(given.flatMap((slot) => all[slot] ?? []), ratio, borders) : "";
    return html`
      <div class="strip" role="group" aria-label=${t("further_pictures")}>
        <ul>
          ${given.map((slot) => {
            const picture = all[slot];
            return picture && slot !== "picture" ? this.item(slot, picture) : nothing;
          })}
          <li>
            <button type="button" class="strip-add" id="field-further" @click=${this.pick}>
              ${icons.plus}<span>${t("add_pictures")}</span>
            </button>
          </li>
        </ul>
        ${pictureInput("file-further", true, (files) => choosePictures(files))}
        ${given.length > 1 ? html`<p class="quiet">${t("clip_each", { n: given.length })}</p>
              <cw-open-as-scenes></cw-open-as-scenes>` : nothing}
        ${losses ? html`<p class="strip-losses" role="status">${losses}</p>` : nothing}
      </div>
    `;
  }

  private item(slot: Slot, picture: Picture): TemplateResult {
    const { name, preview, state, share, failure, file } = picture;
    const { ratio, borders } = draft.value;
    const percent = percentLost(picture, ratio, borders);
    const words = picture.width ? cropWords(picture, ratio, borders) : "";
    return html`
      <li class="strip-item ${state === "failed" ? "is-failed" : ""}">
        ${state === "failed"
          ? nothing
          : html`<button
              type="button"
              class="strip-open"
              aria-label=${t("frame_part_of", { name: name || t("picture_uploaded_before"), words })}
              @click=${() => framedSlot.set(slot)}
            >
              ${preview
                ? html`<cw-crop-preview .picture=${picture} .ratio=${ratio} .borders=${borders}></cw-crop-preview>`
                : icons.picture}
              ${state === "ready" && isFaceCut(picture, ratio, borders)
                ? html`<span class="strip-lost is-face">${t("face_cut_short")}</span>`
                : percent > 0 && state === "ready"
                  ? html`<span class="strip-lost">${t("percent_cut", { n: percent })}</span>`
                  : nothing}
            </button>`}
        ${state === "uploading"
          ? html`<progress max="1" .value=${share} aria-label=${t("uploading_of", { name })}></progress>`
          : nothing}
        ${failure
          ? html`<div class="fault" role="alert">
              <strong>${failure.problem.title}</strong>
              <p>${name}</p>
            </div>`
          : nothing}
        ${state === "failed" && file && failure?.problem.retryable
          ? html`<button
              type="button"
              class="strip-act strip-again"
              aria-label=${t("retry_of", { name })}
              @click=${() => void retryPicture(slot)}
            >
              ${icons.again}
            </button>`
          : nothing}
        <button
          type="button"
          class="strip-act"
          id="field-${slot}"
          aria-label=${t("remove_of", { name: name || t("picture_uploaded_before") })}
          @click=${() => void this.take(slot)}
        >
          ${icons.close}
        </button>
      </li>
    `;
  }

  protected override updated(): void {
    if (givenTogether(pictures.value).length > 1) void import("./open-as-scenes");
  }

  private pick(): void {
    this.querySelector("input")?.click();
  }

  /** The button that was pressed goes with its picture: the focus goes to the next one's, or to what adds more. */
  private async take(slot: Slot): Promise<void> {
    const given = givenTogether(pictures.value);
    const next = given[given.indexOf(slot) + 1] ?? "further";
    removePicture(slot);
    await this.updateComplete;
    const field = document.querySelector<HTMLElement>(`#field-${next}`) ?? document.querySelector("#field-picture");
    (field as HTMLElement | null)?.focus();
  }
}
