/** One job in full, above whatever is open: the same as on its page. Opened by the address
 * (`#clip-<id>`), so that a link leads here and Back closes it. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { icons } from "../icons";
import { addressOfClip } from "../library-filter";
import { addressOf } from "../rooms";
import { jobs } from "../state/jobs";
import { language, t } from "../state/language";
import { changedJob } from "../state/library";
import { modalClosed, modalOpened } from "../state/modals";
import { note } from "../state/notices";
import "./clip-view";
import type { ClipView } from "./clip-view";
import "./notes";
import { View } from "./view";

@customElement("cw-clip-dialog")
export class ClipDialog extends View {
  @state() private accessor job: Job | null = null;
  private opener: Element | null = null;

  constructor() {
    super();
    this.watching(language, jobs, changedJob);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.follow);
  }

  override disconnectedCallback(): void {
    removeEventListener("hashchange", this.follow);
    modalClosed(this.dialog);
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    void this.updateComplete.then(this.follow); // what it shows is drawn by an update of its own
  }

  protected override willUpdate(): void {
    // A job that goes on while it is open, or comes back in another language, is shown as it is now.
    const told = [jobs.value.list.find((one) => one.id === this.job?.id), changedJob.value];
    this.job = told.find((one) => one?.id === this.job?.id) ?? this.job;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector("dialog") as HTMLDialogElement;
  }

  protected override render(): TemplateResult {
    const { job } = this;
    return html`
      <dialog class="dialog clip-dialog" aria-labelledby="dialog-title" @close=${this.closed} @click=${this.backdrop} @done=${this.close}>
        ${job
          ? html`<div class="dialog-body">
              <header class="dialog-head">
                <a href=${addressOfClip(addressOf("library", language.value), job.id)} @click=${this.close}>${t("open_page")}</a>
                <button type="button" class="round" aria-label=${t("close")} @click=${this.close}>${icons.close}</button>
              </header>
              <cw-clip-view .job=${job} .headingId=${"dialog-title"}></cw-clip-view>
              <cw-notes></cw-notes>
            </div>`
          : nothing}
      </dialog>
    `;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("job" as keyof this) || !this.job || this.dialog.open) return;
    this.opener = document.activeElement;
    this.dialog.showModal();
    modalOpened(this.dialog);
    if (this.job.status === "succeeded") void this.querySelector<ClipView>("cw-clip-view")?.start();
  }

  private readonly follow = async (): Promise<void> => {
    const id = /^#clip-([0-9a-z]{8,40})$/.exec(location.hash)?.[1];
    if (!id) {
      if (this.dialog.open) this.dialog.close();
      return;
    }
    const known = jobs.value.list.find((one) => one.id === id);
    try {
      this.job = known ?? (await call<Job>(`/api/jobs/${id}`)).body;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(`${error.problem.title}. ${error.problem.fix}`);
      forgetAddress();
    }
  };

  private readonly close = (): void => this.dialog.close();

  private backdrop(event: MouseEvent): void {
    if (event.target === this.dialog) this.dialog.close();
  }

  private closed(): void {
    modalClosed(this.dialog);
    this.querySelector<ClipView>("cw-clip-view")?.stop();
    this.job = null;
    forgetAddress();
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
  }
}

function forgetAddress(): void {
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}
