/** A link that opens the clip for others: made for some days, shown once, ended whenever its owner wants. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job, Share } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { call } from "../api";
import { moment } from "../format";
import { icons } from "../icons";
import { language, t, wordsOf } from "../state/language";
import { takeJob } from "../state/library";
import { note } from "../state/notices";
import { BusyView } from "./busy-view";

const words = wordsOf(clipWords);
const DAYS = [1, 7, 30];
const USUAL_DAYS = 7;

@customElement("cw-clip-share")
export class ClipShare extends BusyView {
  @property({ attribute: false }) accessor job!: Job;
  /** The link that was just made: no later answer has it. */
  @state() private accessor made: { jobId: string; address: string } | null = null;

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    const { shared_until, id } = this.job;
    const made = this.made?.jobId === id && shared_until !== null ? this.made : null;
    return html`
      <details class="share">
        <summary>${icons.share} ${words(shared_until === null ? "share" : "shared")} ${icons.chevron}</summary>
        <p class="quiet">${words("share_about")}</p>
        ${shared_until === null ? nothing : html`<p>${words("shared_until", { moment: moment(shared_until) })}</p>`}
        ${made
          ? html`<p class="share-made">
              <input type="text" readonly .value=${made.address} aria-label=${words("share_link")} @focus=${selectText} />
              <button type="button" class="small" @click=${() => void this.copy(made.address)}>${words("copy")}</button>
            </p>`
          : nothing}
        <p class="share-tools">
          <label>
            <span class="visually-hidden">${words("share_for")}</span>
            <select>
              ${DAYS.map((days) => html`<option value=${days} ?selected=${days === USUAL_DAYS}>${words("share_days", { n: days })}</option>`)}
            </select>
          </label>
          <button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.make()}>
            ${words(shared_until === null ? "share_make" : "share_again")}
          </button>
          ${shared_until === null
            ? nothing
            : html`<button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.end()}>${words("share_end")}</button>`}
        </p>
      </details>
    `;
  }

  private async make(): Promise<void> {
    const { job } = this;
    const days = Number(this.querySelector("select")?.value ?? USUAL_DAYS);
    await this.press(async () => {
      const { body } = await call<Share>(`/api/jobs/${job.id}/share`, { method: "POST", body: { days } });
      if (body === null) return;
      const address = location.origin + body.path;
      this.made = { jobId: job.id, address };
      takeJob({ ...job, shared_until: body.ends_at });
      await this.copy(address);
    });
  }

  private async end(): Promise<void> {
    const { job } = this;
    await this.press(async () => {
      await call(`/api/jobs/${job.id}/share`, { method: "DELETE" });
      this.made = null;
      takeJob({ ...job, shared_until: null });
      note(words("share_ended"));
    });
  }

  private async copy(address: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(address);
      note(t("copied"));
    } catch {
      this.querySelector<HTMLInputElement>(".share-made input")?.focus(); // marked, so that it can be copied by hand
    }
  }
}

function selectText(event: Event): void {
  (event.target as HTMLInputElement).select();
}
