/** A button that asks once more before it does what cannot be undone: its first press changes its words, its second acts.
 * It knows no deed. */

import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { View } from "./view";

@customElement("cw-sure-button")
export class SureButton extends View {
  @property({ attribute: false }) accessor label = "";
  /** Its words after the first press. */
  @property({ attribute: false }) accessor sure = "";
  /** What it acts on, for those who hear the button alone. */
  @property({ attribute: false }) accessor about = "";
  @state() private accessor isArmed = false;

  protected override render(): TemplateResult {
    const words = this.isArmed ? this.sure : this.label;
    return html`
      <button
        type="button"
        class="small ${this.isArmed ? "is-danger" : ""}"
        aria-label="${words}: ${this.about}"
        @click=${this.press}
        @blur=${this.disarm}
        @keydown=${(event: KeyboardEvent) => (event.key === "Escape" ? this.disarm() : undefined)}
      >
        ${words}
      </button>
    `;
  }

  private press(event: MouseEvent): void {
    if (event.detail > 1) return; // the second click of a double one
    if (this.isArmed) this.dispatchEvent(new CustomEvent("sure"));
    this.isArmed = !this.isArmed;
  }

  private disarm(): void {
    this.isArmed = false;
  }
}
