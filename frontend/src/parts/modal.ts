/** A dialog of a room: it opens as soon as it is drawn, closes by Esc, its button or a press beside it, and gives the focus
 * back. It does not know what is in it. */

import { html, type TemplateResult } from "lit";
import { icons } from "../icons";
import { t } from "../state/language";
import { modalClosed, modalOpened } from "../state/modals";
import { BusyView } from "./busy-view";
import "./notes";

export abstract class Modal extends BusyView {
  private opener: Element | null = null;

  /** What is in it, below its title. */
  protected abstract content(): TemplateResult;
  protected abstract get heading(): string;

  protected override render(): TemplateResult {
    return html`
      <dialog class="dialog modal ${this.localName}" aria-labelledby="${this.localName}-title" @close=${this.closed} @click=${this.beside}>
        <header class="dialog-head">
          <h2 id="${this.localName}-title" tabindex="-1">${this.heading}</h2>
          <button type="button" class="round" aria-label=${t("close")} @click=${() => this.close()}>${icons.close}</button>
        </header>
        <div class="modal-body">${this.content()}</div>
        <cw-notes></cw-notes>
      </dialog>
    `;
  }

  protected override firstUpdated(): void {
    this.opener = document.activeElement;
    this.dialog.showModal();
    modalOpened(this.dialog);
  }

  override disconnectedCallback(): void {
    modalClosed(this.dialog);
    super.disconnectedCallback();
  }

  protected get dialog(): HTMLDialogElement {
    return this.querySelector("dialog") as HTMLDialogElement;
  }

  close(): void {
    this.dialog.close();
  }

  private readonly beside = (event: MouseEvent): void => {
    if (event.target === this.dialog) this.close();
  };

  private readonly closed = (): void => {
    modalClosed(this.dialog);
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("close"));
  };
}
