/** What can be done with a finished job. The same list serves the card's menu and the detail view. */

import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { customElement, property, state } from "lit/decorators.js";
import { DEFAULT_PRESET, DEFAULT_TIER } from "../../../functions/_generated/constants";
import type { Job, SceneQuality } from "../../../functions/_generated/contract";
import actionWords from "../../words/actions.json";
import clipPartWords from "../../words/clip-part.json";
import { Failure } from "../api";
import { won } from "../format";
import { addressOf } from "../rooms";
import { change, changeMode, isOffered, keepDraft, loadSettings } from "../state/draft";
import { remove, rerun, restore } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { dropJobs, loadShelf, shelf, shelfFilter } from "../state/library";
import { choiceOf, estimateFor, menu } from "../state/menu";
import { announcement, note, noteTogether } from "../state/notices";
import { besidesClips, followOffers, offers } from "../state/offers";
import { go, place } from "../state/place";
import { isRetakable, longerBy, type PartKind } from "./clip-part";
import { View } from "./view";

const words = wordsOf(actionWords);
const partWords = wordsOf(clipPartWords);
/** Frames for which a room that is fetched is waited for. */
const PROMPT_TRIES = 300;

@customElement("cw-clip-actions")
export class ClipActions extends View {
  @property({ attribute: false }) accessor job!: Job;
  /** On the clip's own page: downloading stands out. */
  @property({ attribute: false }) accessor isMain = false;

  /** On the card of a failure: only the way to try again. */
  @property({ attribute: false }) accessor isRetryAlone = false;

  /** The form that is open below the list. */
  @state() private accessor openForm: PartKind | null = null;

  constructor() {
    super();
    this.watching(language, menu, offers);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    followOffers();
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const isClip = job.status === "succeeded";
    if (this.isRetryAlone) return this.action(this.priced(words("rerun")), () => this.again("same"), "small");
    return html`
      <div class="actions">
        ${isClip && job.links.download
          ? html`<a class=${this.isMain ? "primary" : "action"} href=${job.links.download} download>${t("download")}</a>`
          : nothing}
        ${isClip ? nothing : this.action(this.priced(words("rerun_same")), () => this.again("same"))}
        ${this.action(this.priced(words("rerun_new")), () => this.again("new"))} ${this.full()}
        ${this.action(words("load_settings"), () => this.load())}
        ${isClip ? this.action(words("go_on"), () => this.goOn()) : nothing}
        ${isClip && this.isMain ? this.parts() : nothing}
        ${isClip && isOffered("video") ? this.action(words("use_as_source"), () => this.source()) : nothing}
        ${this.action(t("delete"), () => this.discard(), "danger")}
      </div>
    `;
  }

  /** On the clip's own page, where its film is seen beside the form. */
  private parts(): TemplateResult {
    const opened = (kind: PartKind): TemplateResult => html`<button
      type="button"
      class="action"
      data-part=${kind}
      aria-expanded=${this.openForm === kind ? "true" : "false"}
      @click=${() => (this.openForm = this.openForm === kind ? null : kind)}
    >
      ${partWords(kind)}
    </button>`;
    return html`
      ${isRetakable(this.job) ? opened("retake") : nothing} ${longerBy(this.job).length > 0 ? opened("extend") : nothing}
      ${this.openForm === null
        ? nothing
        : keyed(
            this.openForm,
            html`<cw-clip-part .job=${this.job} .kind=${this.openForm} @closed=${this.closePart} @sent=${this.sentPart}></cw-clip-part>`,
          )}
    `;
  }

  private readonly closePart = async (): Promise<void> => {
    const kind = this.openForm;
    this.openForm = null;
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-part="${kind}"]`)?.focus();
  };

  private readonly sentPart = (): void => {
    this.openForm = null;
    this.done();
  };

  private action(label: string, act: () => Promise<void>, kind = ""): TemplateResult {
    const press = async (): Promise<void> => {
      try {
        await act();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        note(`${error.problem.title}. ${error.problem.fix}`);
      }
    };
    return html`<button type="button" class="action ${kind}" @click=${() => void press()}>${label}</button>`;
  }

  /** What it will cost now, a start included where no card is on, is on every button that spends. */
  private priced(label: string): string {
    const estimate = estimateFor(choiceOf(this.job.input));
    return estimate ? `${label} · ${won(estimate.micro_won + besidesClips(estimate))}` : label;
  }

  /** A draft at full size, and what of the draft it keeps. */
  private full(): TemplateResult | typeof nothing {
    const input = this.job.input;
    if (input.preset !== "draft" || this.job.status !== "succeeded") return nothing;
    const quality = { preset: DEFAULT_PRESET, tier: DEFAULT_TIER };
    const estimate = estimateFor({ ...choiceOf(input), ...quality });
    if (!estimate) return nothing;
    const label = `${words("full_size")} · ${won(estimate.micro_won + besidesClips(estimate))}`;
    return html`
      ${this.action(label, () => this.again("same", quality))}
      <p class="quiet action-note">${words("full_size_hint")}</p>
    `;
  }

  private async again(seed: "same" | "new", quality: SceneQuality | null = null): Promise<void> {
    this.done();
    await rerun(this.job.id, seed, quality);
    announcement.set(t("submitted"));
    note(t("rerun_started"));
  }

  private async load(): Promise<void> {
    this.done();
    if (place.value.room !== "make") go(addressOf("make", language.value));
    await loadSettings(this.job);
    note(words("settings_loaded"));
    await goToPrompt();
  }

  /** The words of before are chosen: the next ones replace them. */
  private async goOn(): Promise<void> {
    const { goOnFrom } = await import("../state/go-on");
    if (!(await goOnFrom(this.job))) return;
    this.done();
    if (place.value.room !== "make") go(addressOf("make", language.value));
    await goToPrompt();
    document.querySelector<HTMLTextAreaElement>("#field-prompt")?.select();
  }

  private async source(): Promise<void> {
    this.done();
    if (place.value.room !== "make") go(addressOf("make", language.value));
    await keepDraft();
    changeMode("video");
    change({ sourceJobId: this.job.id, ratio: this.job.input.ratio });
    note(words("source_chosen"));
    await goToPrompt();
  }

  private async discard(): Promise<void> {
    const { job } = this;
    this.done("deleted");
    const removing = remove(job);
    goToList();
    await removing;
    if (shelf.value.isLoaded) dropJobs(new Set([job.id]));
    const said = (n: number): string => (n === 1 ? words("deleted") : words("deleted_n", { n }));
    noteTogether("deleted", said, { label: t("undo"), run: () => void this.undo(job) });
  }

  private async undo(job: Job): Promise<void> {
    try {
      await restore(job);
      if (shelf.value.isLoaded) void loadShelf(shelfFilter());
      announcement.set(t("restored"));
      goToList();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
    }
  }

  /** Tells whoever shows this list (a menu, a dialog, a page) that it may close. */
  private done(why?: "deleted"): void {
    this.dispatchEvent(new CustomEvent("done", { bubbles: true, detail: why }));
  }
}

/** The room of the form may still be on its way. */
async function goToPrompt(): Promise<void> {
  for (let tries = 0; tries < PROMPT_TRIES; tries++) {
    const prompt = document.querySelector<HTMLElement>("#field-prompt");
    if (prompt?.checkVisibility()) {
      prompt.scrollIntoView({ block: "center" });
      prompt.focus({ preventScroll: true });
      return;
    }
    await new Promise(requestAnimationFrame);
  }
}

/** What held the focus goes, a card or a note: on the next frame it goes on from the list's heading, unless somebody has
 * gone elsewhere by then. */
function goToList(): void {
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>("#recent-title, #ideas-title")?.focus({ preventScroll: true });
  });
}
