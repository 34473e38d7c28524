/** The table of scenes as a sheet: rows near the window alone are drawn, and one cell at a time is in the order of Tab. Keys
 * go from cell to cell and change rows. Lines are written in one field that lies over their cells; the other cells take the
 * focus themselves. It knows what a key means, and leaves what a row looks like to the row. */

import { html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Job } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { linesOf } from "../scenes/edits";
import { type KeyState, keyOf } from "../scenes/keys";
import { letterAt } from "../scenes/letter-at";
import type { Row } from "../scenes/rows";
import { windowOf } from "../shelf-window";
import { work } from "../state/jobs";
import { language, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { announcement } from "../state/notices";
import { helpedScenes, keyOfHelp } from "../state/scene-help";
import { sceneImages, scenePictures } from "../state/scene-pictures";
import {
  addScene,
  clearCell,
  duplicateScene,
  endTyping,
  mergeScene,
  moveScene,
  pasteLines,
  redo,
  removeScenes,
  selected,
  splitScene,
  standings,
  table,
  toggleSelected,
  undo,
} from "../state/scene-table";
import type { SceneLine } from "./scene-line";
import type { SceneList } from "./scene-list";
import { CELLS, type Cell, imageOf, type SceneRow } from "./scene-row";
import "./scene-line";
import "./scene-list";
import "./scene-row";
import { View } from "./view";
import { WindowWatch } from "./window-watch";

const words = wordsOf(sceneWords);
/** Heights of rows in em, as scenes.css has them. */
const ROW_EMS = { wide: 4.5, narrow: 9.5 };
const WIDE = 760;
/** Rows that are drawn beyond the window, so that a step of a key finds the next one there. */
const BEYOND = 6;
/** When so few are left, the next ones are drawn, several at once: drawing them one by one would cost each key a frame. */
const FEW_LEFT = 1;

@customElement("cw-scene-grid")
export class SceneGrid extends View {
  /** Opens what more there is of a scene. */
  @property({ attribute: false }) accessor open: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor play: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor pick: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor help: () => void = () => undefined;
  @query("cw-scene-line", true) private accessor field!: SceneLine;
  @query("cw-scene-list", true) private accessor list!: SceneList;
  @query(".scene-rows", true) private accessor place!: HTMLElement;
  @state() private accessor near = { from: 0, to: 12 };
  /** The cell that has the keys, or had them last. Set by `activate`. */
  private active: { id: string; cell: Cell } | null = null;
  private height = 72;
  /** Pixels of a line's cell below its row's upper edge, the head above all rows included. */
  private lineTop = 0;
  private further: ReturnType<typeof setTimeout> | undefined;
  private wanted: { editing: boolean; at?: number } | null = null;

  constructor() {
    super();
    this.watching(language, table, standings, selected, scenePictures, sceneImages, helpedScenes, menu, work);
    new WindowWatch(this, () => this.look(), () => this.measure());
  }

  override disconnectedCallback(): void {
    clearTimeout(this.further);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const rows = table.value?.rows ?? [];
    const activeIndex = this.active ? rows.findIndex(({ id }) => id === this.active?.id) : -1;
    const from = Math.min(this.near.from, Math.max(0, rows.length - 1));
    const drawn = Array.from({ length: Math.max(0, Math.min(rows.length, this.near.to) - from) }, (_, index) => from + index);
    if (activeIndex >= 0 && !drawn.includes(activeIndex)) drawn.push(activeIndex); // what has the keys stays
    drawn.sort((a, b) => a - b);
    return html`
      <div
        class="scene-sheet"
        @keydown=${this.pressed}
        @focusin=${this.focused}
        @focusout=${endTyping}
        @pointermove=${() => this.classList.add("is-pointed")}
        @mousedown=${this.grabbed}
        @click=${this.clicked}
        @paste=${this.pasted}
        @copy=${this.copied}
      >
      <div class="scene-grid" id="scene-grid" role="grid" aria-label=${words("grid")} aria-rowcount=${rows.length + 1} aria-describedby="grid-hint">
        <div class="scene-head" role="row" aria-rowindex="1">
          ${CELLS.map((cell) => html`<span role="columnheader" class="scene-${cell}">${words(cell)}</span>`)}
        </div>
        <div class="scene-rows" role="rowgroup">
          ${repeat(
            drawn,
            (index) => rows[index]?.id,
            (index) => {
              const row = rows[index];
              if (row === undefined) return html``;
              return html`<cw-scene-row
                role="row"
                aria-rowindex=${index + 2}
                aria-selected=${selected.value.has(row.id) ? "true" : "false"}
                .scene=${row}
                .index=${index}
                .settings=${table.value?.settings}
                .standing=${standings.value.get(row.id)}
                .job=${this.jobOf(row.id)}
                .sending=${scenePictures.value.get(`${row.id} first`) ?? scenePictures.value.get(`${row.id} last`)}
                .image=${imageOf(row)}
                .menu=${menu.value}
                .isHelped=${helpedScenes.value.has(keyOfHelp(table.value?.id ?? "", row.id))}
                .isSelected=${selected.value.has(row.id)}
                .stop=${index === activeIndex ? (this.active?.cell ?? null) : null}
                .unfold=${this.unfold}
                .open=${this.open}
                .play=${this.play}
                .pick=${this.pick}
              ></cw-scene-row>`;
            },
          )}
        </div>
      </div>
      <cw-scene-line .isStop=${activeIndex < 0 || this.active?.cell === "line"}></cw-scene-line>
      <p id="grid-hint" class="visually-hidden">${words("grid_hint")}</p>
      </div>
      <cw-scene-list></cw-scene-list>
    `;
  }

  protected override updated(): void {
    const rows = table.value?.rows ?? [];
    this.place.style.blockSize = `${rows.length * this.height}px`;
    for (const one of this.querySelectorAll<SceneRow>("cw-scene-row")) this.lay(one);
    this.showLine();
    if (this.wanted) void this.focusWanted();
  }

  /** Through the style object: the page's policy refuses style attributes. */
  private lay(row: SceneRow): void {
    const top = `${row.index * this.height}px`;
    if (row.style.insetBlockStart !== top) row.style.insetBlockStart = top;
  }

  /** Goes to a scene's cell, and begins to edit it where that is wanted. */
  goTo(id: string, cell: Cell = "line", editing = false, at?: number): void {
    const index = this.indexOf(id);
    const isDrawn = index >= this.near.from && index < this.near.to;
    const isStep = cell === "line" && this.active?.cell === "line" && isDrawn && !this.isUpdatePending;
    if (this.active?.id !== id) endTyping();
    this.active = { id, cell };
    this.wanted = at === undefined ? { editing } : { editing, at };
    if (isStep) {
      this.showLine(); // from line to line the field moves, and no row looks otherwise
      void this.focusWanted();
    } else this.requestUpdate();
  }

  private async focusWanted(): Promise<void> {
    const { wanted, active } = this;
    this.wanted = null;
    if (!active || !wanted) return;
    if (active.cell === "line") {
      this.field.take();
      this.field.edit(wanted.editing, wanted.at);
      reveal(this.field);
      return;
    }
    const row = this.rowOf(active.id);
    await row?.updateComplete;
    const target = row?.cell(active.cell);
    if (!row || !target) return;
    target.focus({ preventScroll: true });
    reveal(row);
  }

  /** Has the field over the line that has the keys; where none has them, over the first that is drawn. */
  private showLine(): void {
    const rows = table.value?.rows ?? [];
    const found = this.active ? this.indexOf(this.active.id) : -1;
    const index = found >= 0 ? found : Math.min(this.near.from, rows.length - 1);
    this.field.show(rows[index], index);
    this.field.style.translate = `0 ${index * this.height + this.lineTop}px`;
  }

  private readonly unfold: SceneList["open"] = (...opened) => this.list.open(...opened);

  /** The job that is under way for a scene. */
  private jobOf(id: string): Job | undefined {
    const open = standings.value.get(id)?.versions.find(({ status }) => status === "queued" || status === "running");
    return open && work.value.jobs.find((job) => job.id === open.job_id);
  }

  private rowOf(id: string): SceneRow | undefined {
    return [...this.querySelectorAll<SceneRow>("cw-scene-row")].find((row) => row.scene.id === id);
  }

  private indexOf(id: string): number {
    return (table.value?.rows ?? []).findIndex((row) => row.id === id);
  }

  private focused(event: FocusEvent): void {
    const { row, cell } = this.placeOf(event);
    if (!row || !cell || (this.active?.id === row.id && this.active.cell === cell)) return;
    this.active = { id: row.id, cell };
    this.requestUpdate();
  }

  /** Where something happens: in the field that is the line that it lies over. */
  private placeOf(event: Event): { row: Row | undefined; cell: Cell | undefined } {
    const target = event.target as Element;
    if (this.field.contains(target)) return { row: table.value?.rows.find(({ id }) => id === this.field.sceneId), cell: "line" };
    const cell = target.closest<HTMLElement>("[data-cell]")?.dataset["cell"] as Cell | undefined;
    return { row: target.closest<SceneRow>("cw-scene-row")?.scene, cell };
  }

  /** A press on a line begins to edit it where it was pressed; the field keeps the focus until then. */
  private grabbed(event: MouseEvent): void {
    if ((event.target as Element).closest(".scene-line")) event.preventDefault();
  }

  private clicked(event: MouseEvent): void {
    const cell = (event.target as Element).closest(".scene-line");
    const { row } = this.placeOf(event);
    if (!cell || !row) return;
    const at = row.line === "" ? 0 : letterAt(event, cell);
    this.goTo(row.id, "line", true, at ?? row.line.length);
  }

  private pressed(event: KeyboardEvent): void {
    const { row, cell } = this.placeOf(event);
    if (!row || !cell || event.isComposing) return; // an input method has the key
    const deed = keyOf(event, this.keyState(cell));
    if (deed === null) {
      if (cell === "line") this.field.settle(); // the key may be the first of what is typed
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.classList.remove("is-pointed"); // rows that go by below a pointer at rest are not drawn as pointed at
    this.act(deed, row.id, cell);
  }

  private keyState(cell: Cell): KeyState {
    const isLine = cell === "line";
    return {
      cell: isLine ? "line" : cell === "seconds" || cell === "quality" ? "choice" : "press",
      isEditing: isLine && this.field.isEditing,
      isAtStart: isLine && this.field.isAtStart,
    };
  }

  private act(deed: NonNullable<ReturnType<typeof keyOf>>, id: string, cell: Cell): void {
    const rows = table.value?.rows ?? [];
    const index = rows.findIndex((one) => one.id === id);
    const then = (next: string | null | undefined, isTyping = false, at?: number): void => {
      if (next) this.goTo(next, isTyping ? "line" : cell, isTyping, at);
    };
    if (deed.kind === "row") this.step(index + deed.by, cell);
    else if (deed.kind === "page") this.step(index + deed.by * Math.max(1, Math.floor(innerHeight / this.height) - 3), cell);
    else if (deed.kind === "end") this.step(deed.isLast ? rows.length - 1 : 0, cell);
    else if (deed.kind === "cell") this.goTo(id, CELLS[Math.max(0, Math.min(CELLS.length - 1, CELLS.indexOf(cell) + deed.by))]);
    else if (deed.kind === "edit") this.begin(id, cell);
    else if (deed.kind === "rest") this.field.edit(false);
    else if (deed.kind === "next") then(rows[index + 1]?.id ?? addScene(rows.length - 1), true);
    else if (deed.kind === "play") this.play(id);
    else if (deed.kind === "clear") clearCell(id, cell);
    else if (deed.kind === "undo") this.takeBack(deed.isBack, id, cell);
    else if (deed.kind === "duplicate") then(duplicateScene(id));
    else if (deed.kind === "insert") then(addScene(index), true);
    else if (deed.kind === "split") then(splitScene(id, this.field.caret), true, 0);
    else if (deed.kind === "select") toggleSelected(id);
    else if (deed.kind === "help") this.help();
    else if (deed.kind === "move") {
      moveScene(id, deed.by);
      then(id);
      announcement.set(words("moved_to", { n: index + 1 + deed.by }));
    } else if (deed.kind === "remove") {
      removeScenes(new Set([id]));
      then((rows[index + 1] ?? rows[index - 1])?.id);
      announcement.set(words("removed_n", { n: 1 }));
    } else {
      const found = mergeScene(id);
      then(found?.into, true, found?.at);
    }
  }

  /** Begins with a cell what Enter begins: typing, or a list. */
  private begin(id: string, cell: Cell): void {
    if (cell === "line") this.field.edit(true);
    else this.rowOf(id)?.cell(cell)?.click();
  }

  /** The row that had the focus may be gone by it. */
  private takeBack(isBack: boolean, id: string, cell: Cell): void {
    if (!(isBack ? undo() : redo())) return;
    announcement.set(words(isBack ? "undone" : "redone"));
    const rows = table.value?.rows ?? [];
    const there = rows.find((row) => row.id === id) ?? rows[0];
    if (there) this.goTo(there.id, cell);
  }

  private step(to: number, cell: Cell): void {
    const rows = table.value?.rows ?? [];
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row) this.goTo(row.id, cell);
  }

  /** Several lines, or a sheet's cells, fill the rows downwards; one line goes where the caret is, as ever. */
  private pasted(event: ClipboardEvent): void {
    const { row, cell } = this.placeOf(event);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!row || text === "" || cell !== "line") return;
    const isSheet = /<table/i.test(event.clipboardData?.getData("text/html") ?? "");
    const lines = linesOf(text, isSheet);
    if (lines.length < 2 && this.field.isEditing) return;
    event.preventDefault();
    pasteLines(this.indexOf(row.id), lines);
    this.field.edit(false);
  }

  /** A cell that is not being edited is copied whole. */
  private copied(event: ClipboardEvent): void {
    const { row, cell } = this.placeOf(event);
    if (!row || this.field.isEditing || cell !== "line") return;
    event.clipboardData?.setData("text/plain", row.line);
    event.preventDefault();
  }

  private measure(): void {
    if (this.clientWidth === 0) return; // in a room that is not shown
    const em = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const height = Math.round((innerWidth >= WIDE ? ROW_EMS.wide : ROW_EMS.narrow) * em);
    if (height !== this.height) {
      this.height = height;
      this.requestUpdate();
    }
    void this.updateComplete.then(() => this.measureLine());
    this.look();
  }

  /** The field is as large as the cell of a line. */
  private measureLine(): void {
    const row = this.querySelector<SceneRow>("cw-scene-row");
    const cell = row?.querySelector(".scene-line")?.getBoundingClientRect();
    const sheet = this.querySelector(".scene-sheet")?.getBoundingClientRect();
    if (!row || !cell || !sheet) return;
    this.lineTop = cell.top - sheet.top - row.index * this.height;
    const { style } = this.field;
    style.insetInlineStart = `${cell.left - sheet.left}px`;
    style.inlineSize = `${cell.width}px`;
    style.blockSize = `${cell.height}px`;
    this.showLine();
  }

  private look(): void {
    if (!this.hasUpdated || this.clientWidth === 0) return;
    const top = -this.place.getBoundingClientRect().top;
    const measures = { columns: 1, row: this.height, head: 0 };
    const count = table.value?.rows.length ?? 0;
    const [part] = windowOf([count], measures, top, top + innerHeight).parts;
    const seen = { from: part?.from ?? 0, to: part?.to ?? 0 };
    const near = { from: Math.max(0, seen.from - BEYOND), to: seen.to + BEYOND };
    clearTimeout(this.further);
    const left = (rows: number): boolean =>
      this.near.from <= Math.max(0, seen.from - rows) && this.near.to >= Math.min(count, seen.to + rows);
    if (left(FEW_LEFT)) return;
    if (left(0)) this.further = setTimeout(() => (this.near = near)); // a key waits for no row that is not seen yet
    else this.near = near;
  }
}

/** Scrolls no further than it must, and leaves room for the head and the foot. */
function reveal(element: Element): void {
  element.scrollIntoView({ block: "nearest", behavior: "instant" });
}
