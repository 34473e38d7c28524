/** The table of scenes as a sheet: rows near the window alone are drawn, and one cell at a time is in the order of Tab. Keys
 * go from cell to cell and change rows. It knows what a key means, and leaves what a row looks like to the row. */

import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Job } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { linesOf } from "../scenes/edits";
import { keyOf } from "../scenes/keys";
import { windowOf } from "../shelf-window";
import { work } from "../state/jobs";
import { language, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { announcement } from "../state/notices";
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
import { CELLS, type Cell, imageOf, type SceneRow } from "./scene-row";
import "./scene-row";
import { View } from "./view";
import { WindowWatch } from "./window-watch";

const words = wordsOf(sceneWords);
/** Heights of rows in em, as scenes.css has them. */
const ROW_EMS = { wide: 4.5, narrow: 9.5 };
const WIDE = 760;
/** Rows that are drawn beyond the window, so that a step of a key finds the next one there. */
const BEYOND = 4;

@customElement("cw-scene-grid")
export class SceneGrid extends View {
  /** Opens what more there is of a scene. */
  @property({ attribute: false }) accessor open: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor play: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor pick: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor help: () => void = () => undefined;
  @state() private accessor near = { from: 0, to: 12 };
  @state() private accessor active: { id: string; cell: Cell } | null = null;
  private height = 72;
  private further: ReturnType<typeof setTimeout> | undefined;
  private wanted: { editing: boolean; at?: number } | null = null;

  constructor() {
    super();
    this.watching(language, table, standings, selected, scenePictures, sceneImages, menu, work);
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
    if (activeIndex >= 0 && !drawn.includes(activeIndex)) drawn.push(activeIndex); // what has the focus stays
    drawn.sort((a, b) => a - b);
    const tabStop = activeIndex >= 0 ? activeIndex : (drawn[0] ?? 0);
    return html`
      <div
        class="scene-grid"
        role="grid"
        aria-label=${words("grid")}
        aria-rowcount=${rows.length + 1}
        aria-describedby="grid-hint"
        @keydown=${this.pressed}
        @focusin=${this.focused}
        @focusout=${endTyping}
        @paste=${this.pasted}
        @copy=${this.copied}
      >
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
              const isActive = index === tabStop;
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
                .isSelected=${selected.value.has(row.id)}
                .stop=${isActive ? (this.active?.id === row.id ? this.active.cell : "line") : null}
                .open=${this.open}
                .play=${this.play}
                .pick=${this.pick}
              ></cw-scene-row>`;
            },
          )}
        </div>
        <p id="grid-hint" class="visually-hidden">${words("grid_hint")}</p>
      </div>
    `;
  }

  protected override updated(): void {
    const rows = table.value?.rows ?? [];
    const place = this.querySelector<HTMLElement>(".scene-rows");
    if (place) place.style.blockSize = `${rows.length * this.height}px`;
    for (const one of this.querySelectorAll<SceneRow>("cw-scene-row")) this.lay(one);
    if (this.wanted) void this.focusWanted();
  }

  /** Through the style object: the page's policy refuses style attributes. */
  private lay(row: SceneRow): void {
    const top = `${row.index * this.height}px`;
    if (row.style.insetBlockStart !== top) row.style.insetBlockStart = top;
  }

  /** Goes to a scene's cell, and begins to edit it where that is wanted. */
  goTo(id: string, cell: Cell = "line", editing = false, at?: number): void {
    this.active = { id, cell };
    this.wanted = at === undefined ? { editing } : { editing, at };
    this.requestUpdate();
  }

  private async focusWanted(): Promise<void> {
    const { wanted, active } = this;
    this.wanted = null;
    if (!active || !wanted) return;
    const row = this.rowOf(active.id);
    await row?.updateComplete;
    const target = row?.cell(active.cell);
    if (!row || !target) return;
    target.focus({ preventScroll: true });
    if (active.cell === "line") row.edit(wanted.editing, wanted.at);
    this.reveal(row);
  }

  /** The job that is under way for a scene. */
  private jobOf(id: string): Job | undefined {
    const open = standings.value.get(id)?.versions.find(({ status }) => status === "queued" || status === "running");
    return open && work.value.jobs.find((job) => job.id === open.job_id);
  }

  private rowOf(id: string): SceneRow | undefined {
    return [...this.querySelectorAll<SceneRow>("cw-scene-row")].find((row) => row.scene.id === id);
  }

  /** Scrolls no further than it must, and leaves room for the head and the foot. */
  private reveal(row: SceneRow): void {
    row.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  private focused(event: FocusEvent): void {
    const row = (event.target as Element).closest<SceneRow>("cw-scene-row");
    const cell = (event.target as Element).closest<HTMLElement>("[data-cell]")?.dataset["cell"] as Cell | undefined;
    if (!row || !cell) return;
    if (this.active?.id !== row.scene.id || this.active.cell !== cell) this.active = { id: row.scene.id, cell };
  }

  private pressed(event: KeyboardEvent): void {
    const row = (event.target as Element).closest<SceneRow>("cw-scene-row");
    const cell = (event.target as Element).closest<HTMLElement>("[data-cell]")?.dataset["cell"] as Cell | undefined;
    if (!row || !cell || event.isComposing) return; // an input method has the key
    const deed = keyOf(event, row.keyState(cell));
    if (deed === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(deed, row, cell);
  }

  private act(deed: NonNullable<ReturnType<typeof keyOf>>, row: SceneRow, cell: Cell): void {
    const rows = table.value?.rows ?? [];
    const { id } = row.scene;
    const index = rows.findIndex((one) => one.id === id);
    const then = (next: string | null | undefined, isTyping = false, at?: number): void => {
      if (next) this.goTo(next, isTyping ? "line" : cell, isTyping, at);
    };
    if (deed.kind === "row") this.step(index + deed.by, cell);
    else if (deed.kind === "page") this.step(index + deed.by * Math.max(1, Math.floor(innerHeight / this.height) - 3), cell);
    else if (deed.kind === "end") this.step(deed.isLast ? rows.length - 1 : 0, cell);
    else if (deed.kind === "cell") this.goTo(id, CELLS[Math.max(0, Math.min(CELLS.length - 1, CELLS.indexOf(cell) + deed.by))]);
    else if (deed.kind === "edit") row.begin(cell);
    else if (deed.kind === "rest") row.edit(false);
    else if (deed.kind === "next") then(rows[index + 1]?.id ?? addScene(rows.length - 1), true);
    else if (deed.kind === "play") this.play(id);
    else if (deed.kind === "clear") clearCell(id, cell);
    else if (deed.kind === "undo") this.takeBack(deed.isBack, id, cell);
    else if (deed.kind === "duplicate") then(duplicateScene(id));
    else if (deed.kind === "insert") then(addScene(index), true);
    else if (deed.kind === "split") then(splitScene(id, row.caret()), true, 0);
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
    const row = (event.target as Element).closest<SceneRow>("cw-scene-row");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!row || text === "" || !(event.target instanceof HTMLTextAreaElement)) return;
    const isSheet = /<table/i.test(event.clipboardData?.getData("text/html") ?? "");
    const lines = linesOf(text, isSheet);
    if (lines.length < 2 && row.isEditing) return;
    event.preventDefault();
    const index = (table.value?.rows ?? []).findIndex(({ id }) => id === row.scene.id);
    pasteLines(index, lines);
    row.edit(false);
  }

  /** A cell that is not being edited is copied whole. */
  private copied(event: ClipboardEvent): void {
    const row = (event.target as Element).closest<SceneRow>("cw-scene-row");
    if (!row || row.isEditing || !(event.target instanceof HTMLTextAreaElement)) return;
    event.clipboardData?.setData("text/plain", row.scene.line);
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
    this.look();
  }

  private look(): void {
    const place = this.querySelector<HTMLElement>(".scene-rows");
    if (!place || this.clientWidth === 0) return;
    const top = -place.getBoundingClientRect().top;
    const measures = { columns: 1, row: this.height, head: 0 };
    const count = table.value?.rows.length ?? 0;
    const [part] = windowOf([count], measures, top, top + innerHeight).parts;
    const seen = { from: part?.from ?? 0, to: part?.to ?? 0 };
    const near = { from: Math.max(0, seen.from - BEYOND), to: seen.to + BEYOND };
    clearTimeout(this.further);
    if (near.from === this.near.from && near.to === this.near.to) return;
    const isDrawn = seen.from >= this.near.from && seen.to <= this.near.to;
    if (isDrawn) this.further = setTimeout(() => (this.near = near)); // a key waits for no row that is not seen yet
    else this.near = near;
  }
}
