/** What can be done with a finished job. The same list serves the card's menu and the detail view. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import { Failure } from "../api";
import { change, changeMode, loadSettings } from "../state/draft";
import { remove, rerun, restore } from "../state/jobs";
import { language, t } from "../state/language";
import { announcement, note } from "../state/notices";
import { View } from "./view";

@customElement("cw-clip-actions")
export class ClipActions extends View {
  @property({ attribute: false }) accessor job!: Job;

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    const { job } = this;
    const isClip = job.status === "succeeded";
    return html`
      <div class="actions">
        ${isClip && job.links.download
          ? html`<a class="action" href=${job.links.download} download>${t("download")}</a>`
          : nothing}
        ${this.action(t("rerun_same"), () => this.again("same"))} ${this.action(t("rerun_new"), () => this.again("new"))}
        ${this.action(t("load_settings"), () => this.load())}
        ${isClip ? this.action(t("use_as_source"), () => this.source()) : nothing}
        ${isClip ? this.action(t("copy_link"), () => this.copy()) : nothing}
        ${this.action(t("delete"), () => this.discard(), "danger")}
      </div>
    `;
  }

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

  private async again(seed: "same" | "new"): Promise<void> {
    this.done();
    await rerun(this.job.id, seed);
    announcement.set(t("submitted"));
    note(t("rerun_started"));
  }

  private async load(): Promise<void> {
    this.done();
    await loadSettings(this.job);
    note(t("settings_loaded"));
    this.goToPrompt();
  }

  private async source(): Promise<void> {
    this.done();
    changeMode("video");
    change({ sourceJobId: this.job.id, ratio: this.job.input.ratio });
    note(t("source_chosen"));
    this.goToPrompt();
  }

  private async copy(): Promise<void> {
    const address = `${location.origin}${location.pathname}#clip-${this.job.id}`;
    try {
      await navigator.clipboard.writeText(address);
      note(t("link_copied"));
    } catch {
      note(address);
    }
    this.done();
  }

  private async discard(): Promise<void> {
    const { job } = this;
    this.done();
    const removing = remove(job);
    goToList();
    await removing;
    note(t("deleted"), { label: t("undo"), run: () => void this.undo(job) });
  }

  private async undo(job: Job): Promise<void> {
    try {
      await restore(job);
      announcement.set(t("restored"));
      goToList();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
    }
  }

  /** Tells whoever shows this list (a menu, a dialog) to close. */
  private done(): void {
    this.dispatchEvent(new CustomEvent("done", { bubbles: true }));
  }

  private goToPrompt(): void {
    const prompt = document.querySelector<HTMLElement>("#field-prompt");
    prompt?.scrollIntoView({ block: "center" });
    prompt?.focus({ preventScroll: true });
  }
}

/** What held the focus goes, a card or a note: on the next frame it goes on from the list's heading, unless somebody has
 * gone elsewhere by then. */
function goToList(): void {
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>("#recent-title, #gallery-title, #ideas-title")?.focus({ preventScroll: true });
  });
}
