/** All of one scene: its line, subtitle and pictures, what it says otherwise than its table, the clips that were made of
 * it, and what can be done with the row. What is changed here is changed at once. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { MAX_SEED } from "../../../functions/_generated/constants";
import type { Motion, SceneVersion } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { clock, won } from "../format";
import { offeredInScene, turnedInScene } from "../motions";
import { numberOf, type Row } from "../scenes/rows";
import { cancel, jobs } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { announcement } from "../state/notices";
import { helpOfScene } from "../state/scene-help";
import { order } from "../state/scene-order";
import type { Frame } from "../state/scene-pictures";
import { refreshTable } from "../state/scene-saving";
import { addScene, duplicateScene, mergeScene, moveScene, removeScenes, setCells, splitScene, standings, table } from "../state/scene-table";
import { fitHeight } from "./fit-height";
import { Modal } from "./modal";
import "./prompt-help";
import "./scene-picture";
import "./spoken-motions";
import { qualityName } from "./scene-quality";

const words = wordsOf(sceneWords);

@customElement("cw-scene-dialog")
export class SceneDialog extends Modal {
  @property({ attribute: false }) accessor rowId = "";
  @property({ attribute: false }) accessor pick: (id: string, frame: Frame) => void = () => undefined;
  @property({ attribute: false }) accessor goTo: (id: string) => void = () => undefined;

  constructor() {
    super();
    this.watching(language, table, standings, menu, jobs);
  }

  private get index(): number {
    return (table.value?.rows ?? []).findIndex(({ id }) => id === this.rowId);
  }

  protected override get heading(): string {
    return words("dialog_title", { n: numberOf(this.index) });
  }

  protected override content(): TemplateResult {
    const row = table.value?.rows[this.index];
    if (row === undefined) return html``;
    return html`
      <label class="field">${words("line")}
        <textarea id="dialog-line" rows="3" .value=${row.line} @input=${(event: Event) => setCells(row.id, { line: typedIn(event) }, "line")}></textarea>
      </label>
      ${keyed(row.id, html`<cw-prompt-help .help=${helpOfScene(table.value?.id ?? "", row.id)} .field=${"dialog-line"}></cw-prompt-help>`)}
      <label class="field">${words("subtitle")}
        <textarea rows="2" placeholder=${words("subtitle_hint")} .value=${row.subtitle}
          @input=${(event: Event) => setCells(row.id, { subtitle: typedIn(event) }, "subtitle")}></textarea>
      </label>
      ${this.motions(row)}
      <div class="modal-pair">${this.picture(row, "first")} ${this.picture(row, "last")}</div>
      ${this.own(row)} ${this.versions(row)} ${this.actions(row)}
    `;
  }

  protected override updated(): void {
    const area = this.querySelector<HTMLTextAreaElement>("#dialog-line");
    if (area !== null) fitHeight(area);
  }

  private motions(row: Row): TemplateResult | typeof nothing {
    const settings = table.value?.settings;
    if (!settings) return nothing;
    return html`<cw-spoken-motions
      .offered=${offeredInScene(row, settings)}
      .turn=${(name: Motion, isOn: boolean) => setCells(row.id, { motions: turnedInScene(row, settings, name, isOn) })}
    ></cw-spoken-motions>`;
  }

  private picture(row: Row, frame: Frame): TemplateResult {
    const previous = frame === "first" ? (table.value?.rows[this.index - 1]?.id ?? null) : null;
    return html`<cw-scene-picture .row=${row} .frame=${frame} .previous=${previous} .pick=${this.pick}></cw-scene-picture>`;
  }

  private own(row: Row): TemplateResult {
    return html`
      <div class="modal-pair">
        <label class="field">${words("seed")}
          <input type="text" inputmode="numeric" autocomplete="off" placeholder=${words("seed_hint")}
            .value=${row.seed === null ? "" : String(row.seed)} @change=${(event: Event) => this.seed(row, event)} />
        </label>
        <label class="field">${words("sound")}
          <select @change=${(event: Event) => setCells(row.id, { sound: { on: true, off: false }[typedIn(event)] ?? null })}>
            <option value="" .selected=${row.sound === null}>
              ${words("usual", { value: words(table.value?.settings.sound ? "sound_on" : "sound_off") })}
            </option>
            <option value="on" .selected=${row.sound === true}>${words("sound_on")}</option>
            <option value="off" .selected=${row.sound === false}>${words("sound_off")}</option>
          </select>
        </label>
      </div>
      <label class="field">${words("negative")}
        <input type="text" autocomplete="off" placeholder=${table.value?.settings.negative_prompt ?? ""} .value=${row.negative_prompt ?? ""}
          @change=${(event: Event) => setCells(row.id, { negative_prompt: typedIn(event) === "" ? null : typedIn(event) })} />
      </label>
    `;
  }

  private seed(row: Row, event: Event): void {
    const typed = typedIn(event).trim();
    const number = Number(typed);
    const isSeed = typed === "" || (Number.isInteger(number) && number >= 0 && number <= MAX_SEED);
    if (isSeed) setCells(row.id, { seed: typed === "" ? null : number });
    else (event.target as HTMLInputElement).value = String(row.seed ?? "");
  }

  private versions(row: Row): TemplateResult | typeof nothing {
    const standing = standings.value.get(row.id);
    const all = standing?.versions ?? [];
    if (all.length === 0) return nothing;
    return html`
      <section aria-labelledby="versions-title">
        <h3 id="versions-title">${words("versions")}</h3>
        <ol class="versions" role="list">
          ${all.map((one, index) => this.version(row, one, all.slice(0, index), all.length - index, one.job_id === standing?.clip))}
        </ol>
      </section>
    `;
  }

  private version(row: Row, one: SceneVersion, newer: readonly SceneVersion[], n: number, isChosen: boolean): TemplateResult {
    const quality = one.quality ? qualityName(menu.value, one.quality) : words("two_pictures");
    const isOpen = one.status === "queued" || one.status === "running";
    // A draft stands for the final clip that was made with its seed.
    const isReplaced = one.is_draft && newer.some(({ is_draft, status, seed }) => !is_draft && status === "succeeded" && seed === one.seed);
    return html`
      <li class="version ${isChosen ? "is-chosen" : ""}">
        ${one.has_poster ? html`<img src="/api/jobs/${one.job_id}/poster" alt="" loading="lazy" />` : html`<span class="version-none"></span>`}
        <span class="version-text">
          <strong>${words("version_n", { n })}</strong> ${t(`status_${one.status}`)}
          <span class="quiet">${quality} · ${t("seconds_n", { n: one.seconds })} · ${words("seed")} ${one.seed} · ${won(one.billed_micro_won ?? 0)} · ${clock(one.created_at)}</span>
        </span>
        ${one.status === "succeeded"
          ? html`<a class="small" href="#clip-${one.job_id}" @click=${() => this.close()}>${words("play")}</a>
              ${isReplaced
                ? nothing
                : html`<button type="button" class="small toggle" aria-pressed=${isChosen ? "true" : "false"}
                    aria-label=${words(isChosen ? "version_chosen" : "version_choose", { n })}
                    @click=${() => setCells(row.id, { chosen_job: one.job_id })}>${isChosen ? "★" : "☆"}</button>`}`
          : nothing}
        ${one.status === "failed"
          ? html`<a class="small" href="#clip-${one.job_id}" @click=${() => this.close()}>${words("why_failed")}</a>`
          : nothing}
        ${isOpen
          ? html`<button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.press(() => this.cancelOne(one.job_id))}>
              ${words("cancel_this")}
            </button>`
          : nothing}
      </li>
    `;
  }

  private async cancelOne(id: string): Promise<void> {
    await cancel(id);
    await refreshTable();
  }

  private actions(row: Row): TemplateResult {
    return html`
      <div class="dialog-tools" role="group" aria-label=${words("row_actions")}>
        <button type="button" class="small" @click=${() => void this.press(() => this.make(row))}>${words("make_this")}</button>
        <button type="button" class="small" @click=${() => this.move(row, -1)}>${words("move_up")}</button>
        <button type="button" class="small" @click=${() => this.move(row, 1)}>${words("move_down")}</button>
        <button type="button" class="small" @click=${() => this.leave(addScene(this.index))}>${words("insert_below")}</button>
        <button type="button" class="small" @click=${() => this.leave(duplicateScene(row.id))}>${words("duplicate")}</button>
        <button type="button" class="small" @click=${() => this.split(row)}>${words("split_here")}</button>
        <button type="button" class="small" ?disabled=${this.index === 0} @click=${() => this.leave(mergeScene(row.id)?.into ?? row.id)}>
          ${words("merge_before")}
        </button>
        <button type="button" class="small" @click=${() => this.drop(row)}>${words("remove_scene")}</button>
      </div>
    `;
  }

  private async make(row: Row): Promise<void> {
    const made = await order({ scenes: [row.id], again: true });
    if (made) this.close();
  }

  private move(row: Row, by: number): void {
    moveScene(row.id, by);
    announcement.set(words("moved_to", { n: this.index + 1 }));
  }

  /** At the caret of the line's text. */
  private split(row: Row): void {
    const at = this.querySelector<HTMLTextAreaElement>("#dialog-line")?.selectionStart ?? row.line.length;
    const made = splitScene(row.id, at);
    if (made) this.leave(made);
  }

  private drop(row: Row): void {
    const next = table.value?.rows[this.index + 1] ?? table.value?.rows[this.index - 1];
    removeScenes(new Set([row.id]));
    announcement.set(words("removed_n", { n: 1 }));
    this.close();
    if (next) this.goTo(next.id);
  }

  private leave(id: string): void {
    this.close();
    this.goTo(id);
  }
}

function typedIn(event: Event): string {
  return (event.target as HTMLInputElement).value;
}
