/** The library's list: sections by day with their sums, and of their clips those near the window alone. Each cell has its
 * place before its clip is loaded, so nothing moves when it comes. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Job } from "../../../functions/_generated/contract";
import libraryWords from "../../words/library.json";
import { aspect } from "../crop";
import { dayName, won } from "../format";
import { addressOfClip, type LibraryFilter, NO_FILTER } from "../library-filter";
import { addressOf } from "../rooms";
import { type Measures, type Part, type Window, windowOf } from "../shelf-window";
import { language, wordsOf } from "../state/language";
import { jobsOf, news, type Section, shelf, want } from "../state/library";
import { previewsOnHover } from "../state/preferences";
import { isSelecting, selectAll, selection, toggle } from "../state/selection";
import "./shelf-card";
import { View } from "./view";
import { WindowWatch } from "./window-watch";

const words = wordsOf(libraryWords);
/** Of a cell and what lies below its picture, in CSS pixels and in root ems, as styles/shelf.css has them. */
const LEAST_CELL = { narrow: 152, wide: 190 };
const WIDE = 1280;
const GAP = 16;
/** Cells have one shape; clips of another one are shown whole in it. */
const USUAL_SHAPE = "9:16";
const FOOT_EMS = 3.75;
const HEAD_EMS = 3.5;
/** Clips are asked for once the window stands still: nobody waits for those that were passed by. */
const STILL_MS = 90;

@customElement("cw-shelf")
export class ShelfList extends View {
  @property({ attribute: false }) accessor filter: LibraryFilter = NO_FILTER;
  @state() private accessor measures: Measures = { columns: 2, row: 400, head: 56 };
  @state() private accessor near = { top: 0, bottom: 0 };
  private view: Window = { above: 0, below: 0, parts: [] };
  private still: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language, shelf, news, selection, isSelecting, previewsOnHover);
    new WindowWatch(this, () => this.look(), () => this.measure());
  }

  override disconnectedCallback(): void {
    clearTimeout(this.still);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("filter")) this.measure();
  }

  protected override render(): TemplateResult {
    const { sections } = shelf.value;
    const counts = sections.map(({ jobs }) => jobs);
    this.view = windowOf(counts, this.measures, this.near.top, this.near.bottom);
    const { parts } = this.view;
    const before = counts.slice(0, parts[0]?.index ?? 0).reduce((sum, count) => sum + count, 0);
    let position = before;
    return html`
      <div class="shelf">
        ${repeat(
          parts,
          (part) => sections[part.index]?.key,
          (part) => {
            const first = position;
            position += counts[part.index] ?? 0;
            return this.section(sections[part.index] as Section, part, first);
          },
        )}
      </div>
    `;
  }

  protected override updated(): void {
    this.leaveRoom();
    clearTimeout(this.still);
    this.still = setTimeout(() => this.ask(), STILL_MS);
  }

  /** Room for what is not drawn. Through style objects: the page's policy refuses style attributes. */
  private leaveRoom(): void {
    const lists = this.querySelectorAll<HTMLElement>(".shelf-cells");
    for (const [index, { above, below }] of this.view.parts.entries()) pad(lists[index], above, below);
    pad(this.querySelector<HTMLElement>(".shelf"), this.view.above, this.view.below);
  }

  private section(section: Section, part: Part, position: number): TemplateResult {
    const jobs = jobsOf(section.key);
    const cells = Array.from({ length: part.to - part.from }, (_, index) => part.from + index);
    const total = shelf.value.sections.reduce((sum, one) => sum + one.jobs, 0);
    const id = `day-${section.key}`;
    return html`
      <section aria-labelledby=${id}>
        <div class="shelf-head">
          <h2 id=${id}>${section.key === "all" ? words("all_days") : dayName(section.key)}</h2>
          <span class="quiet">${words("day_sum", { n: section.jobs, won: won(section.billed_micro_won) })}</span>
          ${isSelecting.value
            ? html`<button type="button" class="link" @click=${() => void this.selectDay(section)}>${words("select_day")}</button>`
            : nothing}
        </div>
        <ul class="shelf-cells" role="list" @keydown=${this.moved}>
          ${repeat(
            cells,
            (index) => jobs[index]?.id ?? `empty-${index}`,
            (index) => this.cell(jobs[index], position + index + 1, total),
          )}
        </ul>
      </section>
    `;
  }

  private cell(job: Job | undefined, position: number, total: number): TemplateResult {
    if (job === undefined) return html`<li class="shelf-cell" aria-setsize=${total} aria-posinset=${position}><div class="shelf-empty"></div></li>`;
    return html`<li class="shelf-cell" aria-setsize=${total} aria-posinset=${position}>
      <cw-shelf-card
        .job=${job}
        .address=${addressOfClip(addressOf("library", language.value), job.id, this.filter)}
        .isSelected=${selection.value.has(job.id)}
        .isSelecting=${isSelecting.value}
        .isOtherShape=${job.input.ratio !== (this.filter.ratio || USUAL_SHAPE)}
        .isDeleted=${this.filter.isDeleted}
        @select=${(event: CustomEvent<boolean>) => this.select(job, event.detail)}
      ></cw-shelf-card>
    </li>`;
  }

  private select(job: Job, isRange: boolean): void {
    const order = shelf.value.sections.flatMap(({ key }) => jobsOf(key).map(({ id }) => id));
    toggle(job.id, isRange ? order : null);
  }

  private async selectDay(section: Section): Promise<void> {
    await want(section.key, section.jobs);
    selectAll(jobsOf(section.key).map(({ id }) => id));
  }

  /** Arrow keys go from clip to clip, as in a grid; Tab goes on. */
  private moved(event: KeyboardEvent): void {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.measures.columns, ArrowUp: -this.measures.columns };
    const step = steps[event.key as keyof typeof steps];
    const link = (event.target as Element).closest("a");
    if (step === undefined || link === null) return;
    const links = [...this.querySelectorAll<HTMLElement>(".shelf-link")];
    const next = links[links.indexOf(link) + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }

  private measure(): void {
    const width = this.clientWidth;
    if (width === 0) return; // in a room that is not shown
    const em = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const least = Math.min(width, innerWidth >= WIDE ? LEAST_CELL.wide : LEAST_CELL.narrow);
    const columns = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
    const cell = (width - GAP * (columns - 1)) / columns;
    const shape = aspect(this.filter.ratio || USUAL_SHAPE);
    const row = Math.round(cell / shape) + FOOT_EMS * em + GAP;
    this.style.setProperty("--columns", String(columns));
    this.style.setProperty("--picture", `${Math.round(cell / shape)}px`);
    this.measures = { columns, row, head: HEAD_EMS * em };
    this.look();
  }

  /** Draws a window more in each direction, and anew only where other rows come near. */
  private look(): void {
    if (this.clientWidth === 0) return;
    const { row } = this.measures;
    const offset = -this.getBoundingClientRect().top;
    const top = Math.floor((offset - innerHeight / 2) / row) * row;
    const bottom = Math.ceil((offset + innerHeight * 1.5) / row) * row;
    if (top !== this.near.top || bottom !== this.near.bottom) this.near = { top, bottom };
  }

  /** Asks for the clips of the cells that are drawn. */
  private ask(): void {
    const { sections } = shelf.value;
    const counts = sections.map(({ jobs }) => jobs);
    for (const { index, to } of windowOf(counts, this.measures, this.near.top, this.near.bottom).parts) {
      void want(sections[index]?.key ?? "", to);
    }
  }
}

function pad(element: HTMLElement | null | undefined, above: number, below: number): void {
  if (!element) return;
  element.style.paddingBlockStart = `${above}px`;
  element.style.paddingBlockEnd = `${below}px`;
}
