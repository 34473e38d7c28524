/** Short notes at the bottom of the page, and what is read out. They wait for nobody, except that an undo stays ten seconds.
 * The page has one of these, and each modal dialog: what is uppermost shows them. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { icons } from "../icons";
import { language, t } from "../state/language";
import { modals } from "../state/modals";
import { announcement, dismiss, type Note, notes } from "../state/notices";
import { View } from "./view";

@customElement("cw-notes")
export class Notes extends View {
  /** What had the focus before a note. */
  private cameFrom: EventTarget | null = null;
  private losesFocus = false;

  constructor() {
    super();
    this.watching(notes, announcement, modals, language);
  }

  protected override willUpdate(): void {
    this.losesFocus = this.contains(document.activeElement);
  }

  protected override updated(): void {
    if (!this.losesFocus || document.activeElement !== document.body) return;
    if (this.cameFrom instanceof HTMLElement) this.cameFrom.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.closest("dialog") !== (modals.value.at(-1) ?? null)) return nothing;
    return html`
      <div class="notes" role="status" aria-live="polite" @focusin=${this.entered}>
        ${repeat(
          notes.value,
          (one) => one.id,
          (one) => this.note(one),
        )}
      </div>
      <div class="visually-hidden" role="status" aria-live="polite">${announcement.value || nothing}</div>
    `;
  }

  private entered(event: FocusEvent): void {
    const from = event.relatedTarget;
    if (!(from instanceof Node && this.contains(from))) this.cameFrom = from;
  }

  private note(one: Note): TemplateResult {
    const { action } = one;
    const act = (): void => {
      dismiss(one.id);
      action?.run();
    };
    return html`
      <div class="note">
        <span>${one.text}</span>
        ${action ? html`<button type="button" class="note-action" @click=${act}>${action.label}</button>` : nothing}
        <button type="button" class="note-close" aria-label=${t("close")} @click=${() => dismiss(one.id)}>${icons.close}</button>
      </div>
    `;
  }
}
