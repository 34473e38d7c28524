/** One table of scenes: its head, its tools, the sheet, and at the foot what the next press makes. Pictures may be dropped
 * anywhere on it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { MAX_TITLE } from "../../../functions/_generated/constants";
import sceneWords from "../../words/scenes.json";
import { droppedFiles } from "../scenes/dropped-files";
import { MOST_SCENES } from "../scenes/edits";
import { numberOf, type Row } from "../scenes/rows";
import { won } from "../format";
import { icons } from "../icons";
import { addressOf } from "../rooms";
import { language, t, wordsOf } from "../state/language";
import { announcement, note } from "../state/notices";
import { giveOne, giveTogether, unmatched, wantsImport } from "../state/scene-import";
import { followQuotes, orderProblem } from "../state/scene-order";
import { overwritten, saveProblem, saving } from "../state/scene-saving";
import { addScene, leftOut, redo, setCells, setTitle, standings, table, undo } from "../state/scene-table";
import { BusyView } from "./busy-view";
import { pictureInput } from "./picture-input";
import "./problem";
import "./scene-dialog";
import "./scene-foot";
import "./scene-grid";
import type { SceneGrid } from "./scene-grid";
import "./scene-import";
import "./scene-keys";
import type { SceneRow } from "./scene-row";
import "./scene-settings";
import "./scene-unmatched";

const words = wordsOf(sceneWords);

@customElement("cw-scene-editor")
export class SceneEditor extends BusyView {
  @state() private accessor opened: string | null = null;
  @state() private accessor isHelp = false;
  @state() private accessor isSettings = false;
  @state() private accessor isDragging = false;
  /** The row whose picture is being picked. */
  private picking: string | null = null;
  private ends: (() => void)[] = [];

  constructor() {
    super();
    this.watching(language, table, standings, saving, saveProblem, wantsImport, unmatched, orderProblem);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    followQuotes();
    this.ends = [leftOut.watch(() => this.tellLeftOut()), overwritten.watch(() => this.tellOverwritten())];
  }

  override disconnectedCallback(): void {
    for (const end of this.ends) end();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const now = table.value;
    if (now === null) return html``;
    return html`
      <div
        class="scene-editor ${this.isDragging ? "is-dragging" : ""}"
        @dragover=${this.dragged}
        @dragleave=${this.left}
        @drop=${this.dropped}
      >
        <div class="scenes-head">
          <a class="round" href=${addressOf("scenes", language.value)} aria-label=${words("all_tables")}>${icons.chevron}</a>
          <h1 class="visually-hidden" tabindex="-1">${now.title || words("untitled")}</h1>
          <input
            type="text"
            class="scenes-title"
            aria-label=${words("title")}
            placeholder=${words("untitled")}
            maxlength=${MAX_TITLE}
            autocomplete="off"
            .value=${now.title}
            @input=${(event: Event) => setTitle((event.target as HTMLInputElement).value)}
          />
          <p class="scenes-saving is-${saving.value}" role="status">${words(SAID[saving.value])}</p>
          ${this.sums()}
        </div>
        ${saveProblem.value ? html`<cw-problem .problem=${saveProblem.value}></cw-problem>` : nothing}
        ${this.tools()}
        <cw-scene-unmatched></cw-scene-unmatched>
        ${this.isDragging ? html`<p class="scenes-drop">${words("drop_here")}</p>` : nothing}
        ${now.rows.length === 0 ? this.nothingThere() : nothing}
        <p id="scene-differs" class="visually-hidden">${words("differs")}</p>
        <cw-scene-grid ?hidden=${now.rows.length === 0} .open=${this.openRow} .play=${this.playRow} .pick=${this.pickFor} .help=${this.showHelp}></cw-scene-grid>
        <button type="button" class="small scenes-add" @click=${this.add}>${icons.plus} ${words("add_scene")}</button>
        <cw-scene-foot></cw-scene-foot>
      </div>
      ${pictureInput("scene-file", false, (files) => this.picked(files))}
      ${pictureInput("scene-files", true, (files) => void this.given(files))}
      <input class="visually-hidden" type="file" id="scene-folder" tabindex="-1" aria-hidden="true" webkitdirectory multiple
        @change=${this.folder} />
      ${this.opened ? html`<cw-scene-dialog .rowId=${this.opened} .pick=${this.pickFor} .goTo=${this.goTo} @close=${this.closeRow}></cw-scene-dialog>` : nothing}
      ${wantsImport.value ? html`<cw-scene-import @close=${this.closeImport}></cw-scene-import>` : nothing}
      ${this.isSettings ? html`<cw-scene-settings @close=${() => (this.isSettings = false)}></cw-scene-settings>` : nothing}
      ${this.isHelp ? html`<cw-scene-keys @close=${() => (this.isHelp = false)}></cw-scene-keys>` : nothing}
    `;
  }

  private tools(): TemplateResult {
    const settings = table.value?.settings;
    return html`
      <div class="scenes-tools">
        <button type="button" class="small" @click=${() => wantsImport.set(true)}>${words("import")}</button>
        <button type="button" class="small" @click=${() => this.choose("scene-files")}>${icons.picture} ${words("add_pictures")}</button>
        <button type="button" class="small for-pointers" @click=${() => this.choose("scene-folder")}>${words("add_folder")}</button>
        <button type="button" class="small" aria-haspopup="dialog" @click=${() => (this.isSettings = true)}>
          ${words("defaults")} <span class="quiet">${settings ? `${settings.ratio} · ${t("seconds_n", { n: settings.seconds })}` : ""}</span>
        </button>
        <button type="button" class="round" aria-label=${words("undo")} title="Ctrl+Z" @click=${() => this.step(true)}>↶</button>
        <button type="button" class="round" aria-label=${words("redo")} title="Ctrl+Y" @click=${() => this.step(false)}>↷</button>
        <button type="button" class="small for-pointers" aria-haspopup="dialog" @click=${this.showHelp}>${words("keys")} <kbd>?</kbd></button>
      </div>
    `;
  }

  /** How many scenes stand where, and what was spent on them. */
  private sums(): TemplateResult {
    const all = [...standings.value.values()];
    const count = (...states: string[]): number => all.filter(({ state: one }) => states.includes(one)).length;
    const spent = all.reduce((sum, { billed_micro_won }) => sum + billed_micro_won, 0);
    const parts = [
      words("sum_scenes", { n: table.value?.rows.length ?? 0 }),
      ...([["sum_done", count("delivered", "drafted")], ["sum_running", count("running")], ["sum_waiting", count("waiting", "paused")], ["sum_failed", count("failed")]] as const)
        .filter(([, n]) => n > 0)
        .map(([key, n]) => words(key, { n })),
      ...(spent > 0 ? [words("sum_spent", { won: won(spent) })] : []),
    ];
    return html`<p class="scenes-sums quiet">${parts.join(" · ")}</p>`;
  }

  private nothingThere(): TemplateResult {
    return html`
      <div class="scenes-none">
        <p>${words("tables_about")}</p>
        <button type="button" class="primary" @click=${() => wantsImport.set(true)}>${words("import")}</button>
      </div>
    `;
  }

  private get grid(): SceneGrid | null {
    return this.querySelector("cw-scene-grid");
  }

  private readonly goTo = (id: string): void => this.grid?.goTo(id);

  private readonly openRow = (id: string): void => {
    this.opened = id;
  };

  private readonly closeRow = (): void => {
    const id = this.opened;
    this.opened = null;
    if (id && table.value?.rows.some((row) => row.id === id)) this.grid?.goTo(id, "more");
  };

  private readonly closeImport = (): void => {
    wantsImport.set(false);
  };

  /** Above the table, as from anywhere: `#clip-…`. */
  private readonly playRow = (id: string): void => {
    const clip = standings.value.get(id)?.clip;
    if (clip) location.hash = `#clip-${clip}`;
  };

  private readonly pickFor = (id: string, frame: "first" | "last" = "first"): void => {
    this.picking = `${id} ${frame}`;
    this.choose("scene-file");
  };

  private readonly showHelp = (): void => {
    this.isHelp = true;
  };

  private choose(id: string): void {
    this.querySelector<HTMLInputElement>(`#${id}`)?.click();
  }

  private picked([file]: File[]): void {
    const [row, frame] = (this.picking ?? "").split(" ");
    if (file && row) giveOne(row, frame === "last" ? "last" : "first", file);
    this.picking = null;
  }

  private folder(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = "";
    void this.given(files);
  }

  private async given(files: readonly File[]): Promise<void> {
    await this.press(async () => {
      const n = await giveTogether(files);
      const left = unmatched.value.length;
      const said = [...(n > 0 ? [words("matched", { n })] : []), ...(left > 0 ? [words("unmatched_title", { n: left })] : [])];
      announcement.set(said.join(" "));
    });
  }

  private add(): void {
    const rows = table.value?.rows ?? [];
    this.grid?.goTo(addScene(rows.length - 1), "line", true);
  }

  private step(isBack: boolean): void {
    if (isBack ? undo() : redo()) announcement.set(words(isBack ? "undone" : "redone"));
  }

  private tellLeftOut(): void {
    if (leftOut.value === 0) return;
    note(words("too_many", { most: MOST_SCENES, n: leftOut.value }));
    leftOut.set(0);
  }

  /** What another device had written and ours has replaced, with a way to it. */
  private tellOverwritten(): void {
    const lost = overwritten.value;
    overwritten.set([]);
    if (lost.length === 0) return;
    const theirs = lost.flatMap(({ scene, cell, before }) => {
      const name = cell as keyof Row | null;
      return scene && name && before && name in before ? [{ scene, part: { [name]: before[name as keyof typeof before] } }] : [];
    });
    const places = new Map(table.value?.rows.map(({ id }, index) => [id, numberOf(index)]));
    const list = [...new Set(lost.map(({ scene }) => (scene && places.get(scene)) || ""))].filter((one) => one).join(", ");
    const take = (): void => {
      for (const { scene, part } of theirs) setCells(scene, part);
    };
    note(`${words("merged")} ${list}`, ...(theirs.length > 0 ? [{ label: words("take_theirs"), run: take }] : []));
  }

  private dragged(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.isDragging = true;
  }

  private left(event: DragEvent): void {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.isDragging = false;
  }

  /** On a row, one picture is that row's; several, and a folder, go to rows by their names. */
  private dropped(event: DragEvent): void {
    const { dataTransfer } = event;
    this.isDragging = false;
    if (!dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const row = (event.target as Element).closest<SceneRow>("cw-scene-row")?.scene.id;
    void droppedFiles(dataTransfer).then((files) => {
      const [only] = files;
      if (files.length === 1 && only && row) giveOne(row, "first", only);
      else void this.given(files);
    });
  }
}

const SAID = { saved: "saved", saving: "saving", offline: "kept_offline", failed: "not_saved" } as const;
