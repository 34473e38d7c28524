/** What narrows the library: words, a day, how a clip ended, its quality and shape, favourites, what was deleted; and the
 * order. It writes the address and holds nothing itself. */

import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { MAX_SEARCH } from "../../../functions/_generated/constants";
import libraryWords from "../../words/library.json";
import { dayName } from "../format";
import { icons } from "../icons";
import { daysBefore, type LibraryFilter, NO_FILTER, seoulDay } from "../library-filter";
import { either, language, wordsOf } from "../state/language";
import { shelf } from "../state/library";
import { menu } from "../state/menu";
import { View } from "./view";

const words = wordsOf(libraryWords);
/** A search is asked for once the typing pauses; a syllable that is being put together is no word yet. */
const PAUSE_MS = 250;
type Choice = readonly [value: string, text: string];

@customElement("cw-library-filters")
export class LibraryFilters extends View {
  @property({ attribute: false }) accessor filter: LibraryFilter = NO_FILTER;
  /** On a phone what is seldom chosen is folded away. */
  @state() private accessor isOpen = false;
  private pausing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language, shelf, menu);
  }

  protected override render(): TemplateResult {
    const { filter } = this;
    const { deleted } = shelf.value;
    return html`
      <search class="filters" aria-label=${words("filters")}>
        <input
          class="filter-search"
          type="search"
          data-start
          .value=${filter.q}
          maxlength=${MAX_SEARCH}
          placeholder=${words("search_hint")}
          aria-label=${words("search")}
          @input=${this.typed}
        />
        <div class="filter-row">
          ${this.select("day", words("day"), this.dayNow(), this.days(), (value) => this.chooseDay(value))}
          ${this.select(
            "ending",
            words("ending"),
            filter.ending,
            (["succeeded", "failed", "canceled", "all"] as const).map((one) => [one, words(`ending_${one}`)]),
            (ending) => this.change({ ending: ending as LibraryFilter["ending"] }),
          )}
          <button
            type="button"
            class="filter-switch filter-more"
            aria-expanded=${this.isOpen ? "true" : "false"}
            aria-controls="filter-rest"
            @click=${() => (this.isOpen = !this.isOpen)}
          >
            ${words("more_filters")}${this.further() > 0 ? ` ${this.further()}` : ""}
          </button>
          <div id="filter-rest" class="filter-rest ${this.isOpen ? "is-open" : ""}">
            ${this.select(
              "preset",
              words("preset"),
              filter.preset,
              [
                ["", words("any_preset")],
                ...(menu.value?.presets ?? []).map(
                  (one): Choice => [one.name, either(one.title_ko, one.title_en)],
                ),
              ],
              (preset) => this.change({ preset: preset as LibraryFilter["preset"] }),
            )}
            ${this.select(
              "ratio",
              words("ratio"),
              filter.ratio,
              [["", words("any_ratio")], ...["9:16", "16:9", "1:1"].map((one): Choice => [one, one])],
              (ratio) => this.change({ ratio: ratio as LibraryFilter["ratio"] }),
            )}
            ${this.select(
              "sort",
              words("sort"),
              filter.sort,
              (["newest", "oldest", "dearest"] as const).map((one) => [one, words(`sort_${one}`)]),
              (sort) => this.change({ sort: sort as LibraryFilter["sort"] }),
            )}
            ${this.switch(words("favorites"), filter.isFavorite, icons.star, { isFavorite: !filter.isFavorite })}
            ${this.switch(words("bin", { n: deleted }), filter.isDeleted, icons.bin, { isDeleted: !filter.isDeleted })}
          </div>
        </div>
      </search>
    `;
  }

  /** How many of those that a phone folds away are chosen. */
  private further(): number {
    const { preset, ratio, sort, isFavorite, isDeleted } = this.filter;
    return [preset !== "", ratio !== "", sort !== "newest", isFavorite, isDeleted].filter(Boolean).length;
  }

  private select(
    name: string,
    label: string,
    now: string,
    choices: readonly Choice[],
    choose: (value: string) => void,
  ): TemplateResult {
    const isKnown = choices.some(([value]) => value === now);
    return html`
      <select
        name=${name}
        aria-label=${label}
        @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}
      >
        ${isKnown ? "" : html`<option value=${now} selected>${daysIn(now)}</option>`}
        ${choices.map(([value, text]) => html`<option value=${value} ?selected=${value === now} .selected=${value === now}>${text}</option>`)}
      </select>
    `;
  }

  private switch(label: string, isOn: boolean, icon: TemplateResult, part: Partial<LibraryFilter>): TemplateResult {
    return html`<button
      type="button"
      class="filter-switch"
      aria-pressed=${isOn ? "true" : "false"}
      @click=${() => this.change(part)}
    >
      ${icon}<span>${label}</span>
    </button>`;
  }

  /** Ranges first, then each day that has clips: "last Tuesday" is one of them. */
  private days(): readonly Choice[] {
    return [
      ["", words("any_day")],
      ...this.ranges().map(({ name, from, to }): Choice => [`${from}/${to}`, words(name)]),
      ...shelf.value.days.map(({ key, jobs }): Choice => [`${key}/${key}`, words("day_n", { day: dayName(key), n: jobs })]),
    ];
  }

  private ranges(): { name: "last_7" | "last_30"; from: string; to: string }[] {
    const today = seoulDay();
    return [
      { name: "last_7", from: daysBefore(today, 6), to: today },
      { name: "last_30", from: daysBefore(today, 29), to: today },
    ];
  }

  private dayNow(): string {
    const { from, to } = this.filter;
    return from === "" && to === "" ? "" : `${from}/${to}`;
  }

  private chooseDay(value: string): void {
    const [from = "", to = ""] = value.split("/");
    this.change({ from, to });
  }

  private typed(event: InputEvent): void {
    const { value } = event.target as HTMLInputElement;
    clearTimeout(this.pausing);
    this.pausing = setTimeout(() => this.change({ q: value }), event.isComposing ? PAUSE_MS * 2 : PAUSE_MS);
  }

  private change(part: Partial<LibraryFilter>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: { ...this.filter, ...part } }));
  }
}

/** A range that is none of the list: `2026-11-24/2026-11-25`. What is no range says itself. */
function daysIn(value: string): string {
  const [from = "", to = ""] = value.split("/");
  if (from === to || to === "") return from === "" ? value : dayName(from);
  return `${from === "" ? "" : dayName(from)} – ${dayName(to)}`;
}
