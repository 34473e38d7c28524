/** The page of one clip, above the list that it was opened from: the clip before and behind it, by arrow keys too. */

import { html, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job, JobList } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { call, Failure } from "../api";
import { nameOf } from "../clip-name";
import { addressOfClip, askedOf, type LibraryFilter, NO_FILTER, queryOf } from "../library-filter";
import { painted } from "../painted";
import { addressOf } from "../rooms";
import { isActive, jobs } from "../state/jobs";
import { language, wordsOf } from "../state/language";
import { allHere, changedJob } from "../state/library";
import { wantMenu } from "../state/menu";
import { go, rewrite, subtitle } from "../state/place";
import "./clip-view";
import type { ClipView } from "./clip-view";
import "./problem";
import { View } from "./view";

const words = wordsOf(clipWords);

@customElement("cw-clip-page")
export class ClipPage extends View {
  @property({ attribute: false }) accessor clipId = "";
  @property({ attribute: false }) accessor filter: LibraryFilter = NO_FILTER;
  @state() private accessor job: Job | null = null;
  @state() private accessor failure: Failure | null = null;
  @state() private accessor around: { before: string | null; after: string | null } = { before: null, after: null };

  constructor() {
    super();
    this.watching(language, changedJob, jobs);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    wantMenu();
    document.addEventListener("keydown", this.key);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("keydown", this.key);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("clipId")) {
      this.job = null;
      this.failure = null;
      this.around = { before: null, after: null };
      void this.load(this.clipId);
    }
    if (this.job === null) return;
    const followed = jobs.value.list.find(({ id }) => id === this.clipId);
    if (changedJob.value?.id === this.clipId) this.job = changedJob.value;
    else if (followed && isActive(this.job)) this.job = followed;
  }

  protected override render(): TemplateResult {
    const { before, after } = this.around;
    const list = addressOf("library", language.value);
    const query = queryOf(this.filter);
    return html`
      <div class="clip-page" @done=${this.left}>
        <nav class="clip-nav" aria-label=${words("nav")}>
          <a class="small" href=${query === "" ? list : `${list}?${query}`}>${words("back")}</a>
          <span class="clip-steps">
            ${this.way(before, words("previous"))} ${this.way(after, words("next"))}
          </span>
        </nav>
        ${this.failure
          ? html`<cw-problem .problem=${this.failure.problem}></cw-problem>`
          : this.job
            ? html`<cw-clip-view .job=${this.job} .level=${1}></cw-clip-view>`
            : html`<div class="clip-waiting skeleton"></div>`}
      </div>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("job" as keyof this) || this.job === null) return;
    subtitle.set(nameOf(this.job));
    const before = changed.get("job" as keyof this) as Job | null;
    if (before?.id === this.job.id) return;
    if (this.job.status === "succeeded") void this.querySelector<ClipView>("cw-clip-view")?.start();
  }

  private way(id: string | null, name: string): TemplateResult {
    if (id === null) return html`<a class="small" role="link" aria-disabled="true">${name}</a>`;
    return html`<a class="small" href=${this.address(id)} @click=${(event: MouseEvent) => this.step(event, id)}>${name}</a>`;
  }

  private address(id: string): string {
    return addressOfClip(addressOf("library", language.value), id, this.filter);
  }

  /** From clip to clip without an entry in the history for each: Back leads to the list. */
  private step(event: MouseEvent | null, id: string): void {
    if (event && (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) return;
    event?.preventDefault();
    rewrite(this.address(id));
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
    if (this.closest("[hidden]") || document.querySelector("dialog[open]")) return;
    // Fields, lists and films have arrow keys of their own.
    if ((event.target as Element).closest("input, select, textarea, video, [role=slider]")) return;
    const id = { ArrowLeft: this.around.before, ArrowRight: this.around.after }[event.key] ?? null;
    if (id === null) return;
    event.preventDefault();
    this.step(null, id);
  };

  /** Deleted, or on the way to the form: the list is what is left. */
  private left(event: CustomEvent<string | undefined>): void {
    if (event.detail !== "deleted") return;
    const { after, before } = this.around;
    const next = after ?? before;
    if (next !== null) this.step(null, next);
    else go(addressOf("library", language.value));
  }

  private async load(id: string): Promise<void> {
    await painted(); // a player takes several frames
    if (id !== this.clipId) return;
    const known = allHere().find((one) => one.id === id);
    if (known) this.job = known;
    try {
      const { body } = await call<Job>(`/api/jobs/${id}`);
      if (id !== this.clipId || body === null) return;
      changedJob.set(null); // what was changed before is in the answer
      this.job = body;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (id === this.clipId) this.failure = error;
      return;
    }
    const around = await this.neighbours(id);
    if (id === this.clipId) this.around = around;
  }

  /** In the order of the list: from what is loaded of it, else by asking. */
  private async neighbours(id: string): Promise<{ before: string | null; after: string | null }> {
    const ids = allHere().map((one) => one.id);
    const at = ids.indexOf(id);
    const isOldestFirst = this.filter.sort === "oldest";
    const ask = async (isForward: boolean): Promise<string | null> => {
      const next = at < 0 ? undefined : ids[isForward ? at + 1 : at - 1];
      if (next !== undefined) return next;
      if (this.filter.sort === "dearest") return null; // its other direction cannot be asked for
      const query = askedOf(this.filter);
      if (this.filter.from !== "") query.set("from", this.filter.from);
      if (this.filter.to !== "") query.set("to", this.filter.to);
      query.set("sort", isForward === isOldestFirst ? "oldest" : "newest");
      query.set("cursor", id);
      query.set("limit", "1");
      try {
        return (await call<JobList>(`/api/jobs?${query}`)).body?.jobs[0]?.id ?? null;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return null;
      }
    };
    const [before, after] = await Promise.all([ask(false), ask(true)]);
    return { before, after };
  }
}
