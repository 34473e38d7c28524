/** The list of scene tables, and how a new one begins. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { ProjectSummary } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { moment, won } from "../format";
import { icons } from "../icons";
import { addressOf } from "../rooms";
import { language, t, wordsOf } from "../state/language";
import { note } from "../state/notices";
import { go } from "../state/place";
import { wantsImport } from "../state/scene-import";
import { deleteTable, loadTables, newTable, restoreTable, tables, tablesProblem } from "../state/scene-tables";
import { BusyView } from "./busy-view";
import "./problem";

const words = wordsOf(sceneWords);

@customElement("cw-scene-tables")
export class SceneTables extends BusyView {
  constructor() {
    super();
    this.watching(language, tables, tablesProblem);
  }

  protected override render(): TemplateResult {
    const known = tables.value;
    return html`
      <div class="tables-head">
        <h1 tabindex="-1">${t("room_scenes")}</h1>
        <p class="quiet">${words("tables_about")}</p>
        <div class="tables-begin">
          <button type="button" class="primary" ?disabled=${this.isBusy} @click=${() => void this.press(() => this.begin(false))}>
            ${icons.plus} ${words("new_table")}
          </button>
          <button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.press(() => this.begin(true))}>
            ${words("from_file")}
          </button>
        </div>
      </div>
      ${tablesProblem.value
        ? html`<div>
            <cw-problem .problem=${tablesProblem.value}></cw-problem>
            <button type="button" class="small" @click=${() => void loadTables()}>${t("retry")}</button>
          </div>`
        : nothing}
      ${known === null
        ? html`<p class="quiet" role="status">${t("loading")}</p>`
        : known.length === 0
          ? html`<p class="tables-none">${words("no_tables")}</p>`
          : html`<ul class="tables" role="list">
              ${known.map((one) => this.entry(one))}
            </ul>`}
    `;
  }

  private entry(one: ProjectSummary): TemplateResult {
    const title = one.title || words("untitled");
    return html`
      <li class="card table-card">
        <a class="table-link" href="${addressOf("scenes", language.value)}${one.id}/">
          <span class="table-poster">
            ${one.poster_job ? html`<img src="/api/jobs/${one.poster_job}/poster" alt="" loading="lazy" />` : icons.scenes}
          </span>
          <span class="table-text">
            <strong>${title}</strong>
            <span class="quiet">${words("table_facts", { n: one.scenes, done: one.delivered })}</span>
            <span class="quiet">${won(one.billed_micro_won)} · ${moment(one.updated_at)}</span>
          </span>
        </a>
        <button type="button" class="round" aria-label=${words("delete_table", { title })}
          @click=${() => void this.press(() => this.drop(one.id))}>${icons.bin}</button>
      </li>
    `;
  }

  private async begin(withFile: boolean): Promise<void> {
    const made = await newTable("");
    if (made === null) return;
    wantsImport.set(withFile);
    go(`${addressOf("scenes", language.value)}${made.id}/`);
  }

  private async drop(id: string): Promise<void> {
    await deleteTable(id);
    note(words("table_deleted"), { label: t("undo"), run: () => void this.press(() => restoreTable(id)) });
    this.querySelector<HTMLElement>("h1")?.focus();
  }
}
