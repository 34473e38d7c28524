/** The room of scene tables: the list of them, or the one that the address names. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import "../parts/problem";
import "../parts/scene-editor";
import "../parts/scene-tables";
import { View } from "../parts/view";
import { addressOf } from "../rooms";
import { language, t, wordsOf } from "../state/language";
import { isLookedAt, whenLookedAt } from "../state/looked-at";
import { wantMenu } from "../state/menu";
import { place, subtitle } from "../state/place";
import { startPictureReader } from "../state/picture-reader";
import { resumePictures } from "../state/scene-pictures";
import { openTable, refreshTable, saveProblem } from "../state/scene-saving";
import { table } from "../state/scene-table";
import { loadTables } from "../state/scene-tables";

const words = wordsOf(sceneWords);

@customElement("cw-scenes-room")
export class ScenesRoom extends View {
  /** The table that the address names; null for the list. */
  @state() private accessor wanted: string | null = null;

  constructor() {
    super();
    this.watching(language, table, saveProblem);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    startPictureReader();
    wantMenu();
    table.watch(() => {
      if (isLookedAt("scenes") && table.value) subtitle.set(table.value.title || words("untitled"));
    });
    whenLookedAt("scenes", () => void this.arrive());
  }

  private async arrive(): Promise<void> {
    const [named] = place.value.rest;
    const id = /^[0-9a-z]{8,40}$/.test(named ?? "") ? (named as string) : null;
    if (id === null) {
      this.wanted = null;
      await openTable(null);
      await loadTables();
    } else if (id === this.wanted && table.value !== null) await refreshTable();
    else {
      this.wanted = id;
      await openTable(id);
      await resumePictures();
    }
  }

  protected override render(): TemplateResult {
    if (this.wanted === null) return html`<div class="room-body"><cw-scene-tables></cw-scene-tables></div>`;
    if (table.value === null) return html`<div class="room-body">${this.waiting()}</div>`;
    return html`<div class="room-body scenes"><cw-scene-editor></cw-scene-editor></div>`;
  }

  private waiting(): TemplateResult {
    const problem = saveProblem.value;
    return html`
      <h1 tabindex="-1">${t("room_scenes")}</h1>
      ${problem
        ? html`<cw-problem .problem=${problem}></cw-problem>
            ${problem.retryable
              ? html`<p><button type="button" class="small" @click=${() => void this.arrive()}>${t("retry")}</button></p>`
              : nothing}
            <p><a href=${addressOf("scenes", language.value)}>${words("all_tables")}</a></p>`
        : html`<p class="quiet" role="status">${t("loading")}</p>`}
    `;
  }
}
