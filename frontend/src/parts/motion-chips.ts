/** The motions that suit the spoken lines, as switches: each shows the very words that it adds to what is sent. */

import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Motion } from "../../../functions/_generated/contract";
import { icons } from "../icons";
import type { OfferedMotion } from "../motions";
import { either, language } from "../state/language";
import { View } from "./view";

@customElement("cw-motion-chips")
export class MotionChips extends View {
  @property({ attribute: false }) accessor offered: readonly OfferedMotion[] = [];
  @property({ attribute: false }) accessor turn: (motion: Motion, isOn: boolean) => void = () => undefined;

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`
      <ul class="motion-chips" role="list">
        ${this.offered.map(
          ({ name, title_ko, title_en, words, isOn }) => html`<li>
            <button type="button" class="motion-chip" aria-pressed=${isOn ? "true" : "false"} @click=${() => this.turn(name, !isOn)}>
              <span class="motion-title">${isOn ? icons.check : icons.plus} ${either(title_ko, title_en)}</span>
              <span class="motion-words" lang="en">${words}</span>
            </button>
          </li>`,
        )}
      </ul>
    `;
  }
}
