/** One job in full, on its page and in the dialog: its clip, what can be done with it, then all that is known of it. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { MAX_TITLE } from "../../../functions/_generated/constants";
import type { Job, JobList } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { call, Failure } from "../api";
import { nameOf } from "../clip-name";
import { won } from "../format";
import { icons } from "../icons";
import { standing } from "../stages";
import { language, wordsOf } from "../state/language";
import { changeJob } from "../state/library";
import { note } from "../state/notices";
import "./clip-actions";
import "./clip-compare";
import "./clip-facts";
import "./clip-faults";
import "./clip-share";
import "./player";
import type { Player } from "./player";
import "./problem";
import { View } from "./view";

const words = wordsOf(clipWords);
/** Versions to choose from. */
const MOST_VERSIONS = 20;

@customElement("cw-clip-view")
export class ClipView extends View {
  @property({ attribute: false }) accessor job!: Job;
  /** The heading's id, which labels a dialog. */
  @property({ attribute: false }) accessor headingId = "clip-title";
  @property({ attribute: false }) accessor level: 1 | 2 = 2;
  @state() private accessor isNaming = false;
  @state() private accessor versions: readonly Job[] = [];
  private shownId = "";

  constructor() {
    super();
    this.watching(language);
  }

  protected override willUpdate(): void {
    if (this.shownId === this.job.id) return;
    this.shownId = this.job.id;
    this.isNaming = false;
    this.versions = [];
    void this.findVersions(this.job.id);
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const isClip = job.status === "succeeded";
    return html`
      <div class="clip-view shape-${job.input.ratio.replace(":", "x")}">
        <div class="clip-film">
          ${isClip
            ? html`<cw-clip-compare .job=${job} .versions=${this.versions}></cw-clip-compare>`
            : html`<div class="ending">${job.status === "failed" ? icons.warning : icons.close}<span>${this.ending()}</span></div>`}
        </div>
        <div class="clip-side">
          ${this.head()}
          ${job.problem ? html`<cw-problem .problem=${job.problem} .jobId=${job.id}></cw-problem>` : nothing}
          ${isClip ? html`<cw-clip-faults .job=${job}></cw-clip-faults>` : nothing}
          <section>
            <h2 class="visually-hidden">${words("actions")}</h2>
            <cw-clip-actions .job=${job} .isMain=${true}></cw-clip-actions>
            ${isClip ? html`<cw-clip-share .job=${job}></cw-clip-share>` : nothing}
          </section>
          <cw-clip-facts .job=${job} .versions=${this.versions}></cw-clip-facts>
        </div>
      </div>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("isNaming" as keyof this) && this.isNaming) {
      const field = this.querySelector<HTMLInputElement>(".clip-naming input");
      field?.focus();
      field?.select();
    }
  }

  /** That it was canceled, and what that cost. */
  private ending(): string {
    const billed = this.job.cost.billed_micro_won ?? 0;
    return billed > 0 ? `${standing(this.job)} · ${won(billed)}` : standing(this.job);
  }

  /** Starts the film, without sound. */
  async start(): Promise<void> {
    await this.updateComplete;
    await this.querySelector<Player>("cw-player")?.start();
  }

  stop(): void {
    for (const film of this.querySelectorAll("video")) film.pause();
  }

  private head(): TemplateResult {
    const { job } = this;
    const name = nameOf(job);
    const heading =
      this.level === 1
        ? html`<h1 id=${this.headingId} class="clip-name">${name}</h1>`
        : html`<h2 id=${this.headingId} class="clip-name">${name}</h2>`;
    return html`
      <div class="clip-head">
        ${this.isNaming
          ? html`<form class="clip-naming" @submit=${this.named} @keydown=${this.namingKey}>
              <label class="visually-hidden" for="clip-name-field">${words("name")}</label>
              <input id="clip-name-field" type="text" maxlength=${MAX_TITLE} .value=${job.title ?? ""} placeholder=${name} />
              <button type="submit" class="small">${words("save")}</button>
            </form>`
          : html`${heading}
              <button type="button" class="round rename" aria-label=${words("rename")} @click=${() => (this.isNaming = true)}>
                ${icons.pencil}
              </button>`}
        ${job.status === "succeeded"
          ? html`<button
              type="button"
              class="round is-star"
              aria-pressed=${job.favorite ? "true" : "false"}
              aria-label=${words("favorite")}
              title=${words("favorite_hint")}
              @click=${() => void this.change({ favorite: !job.favorite })}
            >
              ${icons.star}
            </button>`
          : nothing}
      </div>
    `;
  }

  private async named(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const title = this.querySelector<HTMLInputElement>(".clip-naming input")?.value ?? "";
    await this.change({ title });
    await this.endNaming();
  }

  private namingKey(event: KeyboardEvent): void {
    event.stopPropagation(); // arrows belong to the field here
    if (event.key !== "Escape") return;
    event.preventDefault(); // and a dialog around it stays
    void this.endNaming();
  }

  private async endNaming(): Promise<void> {
    this.isNaming = false;
    await this.updateComplete;
    this.querySelector<HTMLElement>(".rename")?.focus();
  }

  private async change(part: { title?: string; favorite?: boolean }): Promise<void> {
    try {
      await changeJob(this.job.id, part);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(`${error.problem.title}. ${error.problem.fix}`);
    }
  }

  private async findVersions(id: string): Promise<void> {
    try {
      const { body } = await call<JobList>(`/api/jobs?rerun_of=${id}&limit=${MOST_VERSIONS}`);
      if (id === this.job.id) this.versions = body?.jobs ?? [];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
}
