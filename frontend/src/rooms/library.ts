/** The room of everything that was made here: the list with its filters, and above it the page of a clip that the address
 * names. The list stays as it is behind a clip, so that going back leads to the same place. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import libraryWords from "../../words/library.json";
import { megabytes, won } from "../format";
import { icons } from "../icons";
import { filterOf, type LibraryFilter, queryOf } from "../library-filter";
import { addressOf } from "../rooms";
import { isActive, onJobChange } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { loadShelf, shelf } from "../state/library";
import { wantMenu } from "../state/menu";
import { place, rewrite, subtitle } from "../state/place";
import { deselect, isSelecting } from "../state/selection";
import "../parts/library-filters";
import "../parts/problem";
import "../parts/selection-bar";
import "../parts/shelf";
import { View } from "../parts/view";

const words = wordsOf(libraryWords);

@customElement("cw-library-room")
export class LibraryRoom extends View {
  @state() private accessor filter: LibraryFilter = filterOf(place.value.query);
  @state() private accessor clipId: string | null = null;
  @state() private accessor isClipReady = false;
  /** Clips that were finished since the list was loaded. */
  @state() private accessor fresh = 0;
  private height = 0;

  constructor() {
    super();
    this.watching(language, shelf, isSelecting);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    wantMenu();
    place.watch(() => this.arrive());
    onJobChange((job, before) => {
      if (before && isActive(before) && !isActive(job)) this.fresh += 1;
    });
    language.watch(() => void loadShelf(this.filter)); // problems come worded by the server
    this.arrive(true);
  }

  /** Another filter asks anew; another clip, or the way back from it, does not. */
  private arrive(isFirst = false): void {
    if (place.value.room !== "library") return;
    const clip = place.value.query.get("clip");
    const id = /^[0-9a-z]{8,40}$/.test(clip ?? "") ? clip : null;
    const filter = filterOf(place.value.query);
    if (isFirst || queryOf(filter) !== queryOf(this.filter)) {
      this.filter = filter;
      deselect();
      void this.load();
    } else if (id === null && this.clipId === null && this.fresh > 0) void this.load(); // back from another room
    if (id !== null && this.clipId === null) this.height = scrollY;
    const isBack = id === null && this.clipId !== null;
    this.clipId = id;
    if (id !== null && !this.isClipReady) void import("../parts/clip-page").then(() => (this.isClipReady = true));
    if (id !== null) scrollTo({ top: 0, behavior: "instant" });
    else subtitle.set(null);
    if (isBack) void this.back();
  }

  private async back(): Promise<void> {
    await this.updateComplete;
    scrollTo({ top: this.height, behavior: "instant" });
    this.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }

  private async load(): Promise<void> {
    this.fresh = 0;
    await loadShelf(this.filter);
  }

  protected override render(): TemplateResult {
    const isClip = this.clipId !== null;
    return html`
      ${isClip
        ? html`<div class="room-body">
            ${this.isClipReady
              ? html`<cw-clip-page .clipId=${this.clipId} .filter=${this.filter}></cw-clip-page>`
              : html`<div class="clip-waiting skeleton"></div>`}
          </div>`
        : nothing}
      <div class="room-body library" ?hidden=${isClip}>
        <div class="library-head">
          <h1 tabindex="-1">${t("room_library")}</h1>
          ${this.sums()}
          ${shelf.value.sections.length > 0 && !isSelecting.value
            ? html`<button type="button" class="small to-select" @click=${() => isSelecting.set(true)}>${words("begin_selecting")}</button>`
            : nothing}
        </div>
        <cw-library-filters .filter=${this.filter} @filter=${this.choose}></cw-library-filters>
        ${this.fresh > 0
          ? html`<button type="button" class="small fresh" @click=${() => void this.load()}>${words("fresh", { n: this.fresh })}</button>`
          : nothing}
        ${this.content()}
        <cw-selection-bar .isDeleted=${this.filter.isDeleted} @restored=${() => void this.load()}></cw-selection-bar>
      </div>
    `;
  }

  private content(): TemplateResult {
    const { sections, isLoaded, failure } = shelf.value;
    return html`
      ${failure
        ? html`<div>
            <cw-problem .problem=${failure.problem}></cw-problem>
            <button type="button" class="small" @click=${() => void this.load()}>${t("retry")}</button>
          </div>`
        : nothing}
      ${isLoaded && sections.length === 0
        ? this.nothingThere()
        : html`<cw-shelf .filter=${this.filter} aria-busy=${isLoaded ? nothing : "true"}></cw-shelf>`}
    `;
  }

  private nothingThere(): TemplateResult {
    const isFiltered = queryOf(this.filter) !== "";
    const { isDeleted } = this.filter;
    if (isFiltered) {
      return html`<p class="library-empty">
        ${isDeleted ? icons.bin : icons.library}<span>${words(isDeleted ? "bin_empty" : "none_found")}</span>
        <a class="small" href=${addressOf("library", language.value)}>${words("show_all")}</a>
      </p>`;
    }
    return html`<p class="library-empty">
      ${icons.library}<span>${words("empty")}</span> <a class="primary" href=${addressOf("make", language.value)}>${words("make_first")}</a>
    </p>`;
  }

  /** What is shown and what it cost; for favourites what keeping them costs. */
  private sums(): TemplateResult | typeof nothing {
    const { sections, favorites, isLoaded } = shelf.value;
    if (!isLoaded) return nothing;
    const clips = sections.reduce((sum, { jobs: count }) => sum + count, 0);
    const cost = sections.reduce((sum, { billed_micro_won }) => sum + billed_micro_won, 0);
    return html`
      <p class="quiet" role="status">${words("sum", { n: clips.toLocaleString("en-US"), won: won(cost) })}</p>
      ${this.filter.isFavorite && favorites
        ? html`<p class="quiet">
            ${words("favorites_kept", {
              n: favorites.clips,
              most: favorites.most,
              days: favorites.days,
              size: megabytes(favorites.bytes),
              won: won(favorites.micro_won_a_month),
            })}
          </p>`
        : nothing}
      ${this.filter.isDeleted ? html`<p class="quiet">${words("bin_about")}</p>` : nothing}
    `;
  }

  private choose(event: CustomEvent<LibraryFilter>): void {
    if (this.clipId !== null) return; // a search that was typed before: the clip stays open
    const query = queryOf(event.detail);
    scrollTo({ top: 0, behavior: "instant" });
    rewrite(`${addressOf("library", language.value)}${query === "" ? "" : `?${query}`}`);
  }
}
