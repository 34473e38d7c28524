/** A script becomes scenes: pasted or from a file, shown with what each column is taken for, and taken by a press. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Problem, SceneFile } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { Failure } from "../api";
import { numberOf } from "../scenes/rows";
import { isBlank } from "../scenes/rows";
import { language, t, wordsOf } from "../state/language";
import { announcement } from "../state/notices";
import { readScript, takeScript } from "../state/scene-import";
import { table } from "../state/scene-table";
import { Modal } from "./modal";
import "./problem";

const words = wordsOf(sceneWords);
type Field = NonNullable<SceneFile["columns"][number]["field"]>;
/** Rows that are shown before they are taken. */
const SHOWN = 6;
const REST_MS = 400;
const FIELDS: readonly Field[] = [
  "line", "line_ko", "subtitle", "number", "title", "seconds", "start", "end", "picture_name", "last_picture_name",
  "quality", "sound", "seed", "negative_prompt", "first_upload_id", "last_upload_id",
];

@customElement("cw-scene-import")
export class SceneImport extends Modal {
  @state() private accessor read: SceneFile | null = null;
  @state() private accessor problem: Problem | null = null;
  @state() private accessor isReplacing = false;
  private script: Blob | null = null;
  private scriptName = "";
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language, table);
  }

  protected override get heading(): string {
    return words("import_title");
  }

  protected override content(): TemplateResult {
    return html`
      <p class="quiet">${words("import_about")}</p>
      <div class="import-ways" @dragover=${(event: DragEvent) => event.preventDefault()} @drop=${this.dropped}>
        <label class="small import-file">${words("import_file")}
          <input type="file" id="script-file" accept=".txt,.csv,.tsv,.srt,.json,text/*,application/json" @change=${this.picked} />
        </label>
        <label class="field">${words("import_paste")}
          <textarea id="script-text" rows="4" spellcheck="false" @input=${this.typed}></textarea>
        </label>
      </div>
      ${this.problem ? html`<cw-problem .problem=${this.problem}></cw-problem>` : nothing}
      ${this.read ? this.preview(this.read) : nothing}
    `;
  }

  private preview(read: SceneFile): TemplateResult {
    const hasRows = (table.value?.rows ?? []).some((row) => !isBlank(row));
    return html`
      <p class="import-found" role="status">
        ${words("import_found", { name: this.scriptName || words("import_paste"), format: `${words(`format_${read.format}`)} ${read.encoding.toUpperCase()}`, n: read.rows.length })}
      </p>
      ${read.columns.length > 0 ? this.columns(read) : nothing}
      <ol class="import-rows" role="list">
        ${read.rows.slice(0, SHOWN).map(
          (row, index) => html`<li>
            <span class="quiet">${numberOf(index)}</span>
            <span class="import-line">${row.line || "–"}</span>
            <span class="quiet">${[row.seconds ? t("seconds_n", { n: row.seconds }) : "", row.picture_name ?? ""].filter((one) => one).join(" · ")}</span>
          </li>`,
        )}
      </ol>
      ${read.rows.length > SHOWN ? html`<p class="quiet">${words("import_rest", { n: read.rows.length - SHOWN })}</p>` : nothing}
      ${read.notes.length > 0
        ? html`<details class="import-notes"><summary>${words("import_notes", { n: read.notes.length + read.notes_left })}</summary>
            <ul>${read.notes.map((one) => html`<li>${words("import_at", { n: one.at })} ${one.words}</li>`)}</ul></details>`
        : nothing}
      <div class="import-foot">
        ${hasRows
          ? html`<label class="check"><input type="checkbox" .checked=${this.isReplacing}
              @change=${(event: Event) => (this.isReplacing = (event.target as HTMLInputElement).checked)} />${words("import_replace")}</label>`
          : nothing}
        <button type="button" class="primary" id="script-take" ?disabled=${read.rows.length === 0} @click=${this.take}>
          ${words("import_take", { n: read.rows.length })}
        </button>
      </div>
    `;
  }

  private columns(read: SceneFile): TemplateResult {
    return html`
      <p class="dialog-label">${words("import_columns")}</p>
      <div class="import-columns">
        ${read.columns.map(
          (column, place) => html`<label class="field">
            <span class="import-heading">${column.heading || numberOf(place)}</span>
            <select @change=${(event: Event) => void this.map(read, place, (event.target as HTMLSelectElement).value)}>
              <option value="-" .selected=${column.field === null}>${words("column_none")}</option>
              ${FIELDS.map((one) => html`<option value=${one} .selected=${column.field === one}>${words(`field_${one}`)}</option>`)}
            </select>
            <span class="quiet import-sample">${column.samples[0] ?? ""}</span>
          </label>`,
        )}
      </div>
    `;
  }

  private async map(read: SceneFile, place: number, field: string): Promise<void> {
    const columns = read.columns.map((one, index) => (index === place ? field : one.field === field ? "-" : (one.field ?? "-")));
    await this.ask(columns, read.has_heading);
  }

  private picked(event: Event): void {
    const input = event.target as HTMLInputElement;
    const [file] = [...(input.files ?? [])];
    input.value = ""; // so that the same file may be picked again
    if (file) void this.look(file, file.name);
  }

  private dropped(event: DragEvent): void {
    const [file] = [...(event.dataTransfer?.files ?? [])];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    void this.look(file, file.name);
  }

  private typed(event: Event): void {
    const text = (event.target as HTMLTextAreaElement).value;
    clearTimeout(this.timer);
    if (text.trim() === "") {
      this.read = null;
      return;
    }
    this.timer = setTimeout(() => void this.look(new Blob([text], { type: "text/plain" }), ""), REST_MS);
  }

  private async look(script: Blob, name: string): Promise<void> {
    this.script = script;
    this.scriptName = name;
    await this.ask(null, null);
  }

  private async ask(columns: readonly string[] | null, heading: boolean | null): Promise<void> {
    if (this.script === null) return;
    const mine = ++this.asked;
    try {
      const read = await readScript(this.script, this.scriptName, columns, heading);
      if (mine !== this.asked) return;
      this.read = read;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (mine !== this.asked) return;
      this.read = null;
      this.problem = error.problem;
    }
  }

  private take(): void {
    if (this.read === null) return;
    const n = takeScript(this.read.rows, this.isReplacing, this.scriptName);
    announcement.set(words("import_taken", { n }));
    this.close();
  }
}
