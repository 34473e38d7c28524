/** Pictures that found no scene, and scenes that wait for one, listed before anything is spent. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import { numberOf } from "../scenes/rows";
import { language, wordsOf } from "../state/language";
import { addUnmatched, lastNames, placeUnmatched, unmatched, wantingLast } from "../state/scene-import";
import { scenePictures } from "../state/scene-pictures";
import { table } from "../state/scene-table";
import { View } from "./view";

const words = wordsOf(sceneWords);

@customElement("cw-scene-unmatched")
export class SceneUnmatched extends View {
  constructor() {
    super();
    this.watching(language, unmatched, lastNames, table, scenePictures);
  }

  protected override render(): TemplateResult | typeof nothing {
    const files = unmatched.value;
    const lasts = wantingLast();
    if (files.length === 0 && lasts.length === 0) return nothing;
    const rows = table.value?.rows ?? [];
    const places = new Map(rows.map(({ id }, index) => [id, numberOf(index)]));
    const missing = lasts.map(({ row, name }) => `${places.get(row)} (${name})`).join(", ");
    if (files.length === 0) return this.lacksLasts(missing);
    const lacking = rows.flatMap(({ id, first_upload_id }, index) =>
      first_upload_id || scenePictures.value.has(`${id} first`) ? [] : [numberOf(index)],
    );
    return html`
      <section class="card unmatched" aria-labelledby="unmatched-title">
        <h2 id="unmatched-title">${words("unmatched_title", { n: files.length })}</h2>
        <p class="unmatched-names">${files.map(({ name }) => html`<span>${name}</span>`)}</p>
        ${lacking.length > 0 ? html`<p class="quiet">${words("unmatched_rows", { list: lacking.join(", ") })}</p>` : nothing}
        ${missing ? html`<p class="quiet">${words("unmatched_lasts", { list: missing })}</p>` : nothing}
        <div class="unmatched-tools">
          ${lacking.length > 0
            ? html`<button type="button" class="small" @click=${placeUnmatched}>${words("unmatched_place")}</button>`
            : nothing}
          <button type="button" class="small" @click=${addUnmatched}>${words("unmatched_add")}</button>
          <button type="button" class="small" @click=${() => unmatched.set([])}>${words("unmatched_drop")}</button>
        </div>
      </section>
    `;
  }

  private lacksLasts(list: string): TemplateResult {
    return html`
      <section class="card unmatched" aria-label=${words("last_picture")}>
        <p>${words("unmatched_lasts", { list })}</p>
        <div class="unmatched-tools">
          <button type="button" class="small" @click=${() => lastNames.set(new Map())}>${words("unmatched_drop")}</button>
        </div>
      </section>
    `;
  }
}
