/** The motions that spoken lines suggest, beside the field with the lines: switches, what they do, and a way to be offered none
 * again where the form has one. Draws nothing where none suits. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Motion } from "../../../functions/_generated/contract";
import motionWords from "../../words/motions.json";
import type { OfferedMotion } from "../motions";
import { either, language, wordsOf } from "../state/language";
import { announcement } from "../state/notices";
import "./motion-chips";
import { View } from "./view";

const words = wordsOf(motionWords);

/** Several forms may be on a page. */
let drawn = 0;

@customElement("cw-spoken-motions")
export class SpokenMotions extends View {
  @property({ attribute: false }) accessor offered: readonly OfferedMotion[] = [];
  @property({ attribute: false }) accessor turn: (motion: Motion, isOn: boolean) => void = () => undefined;
  /** Offers none again. */
  @property({ attribute: false }) accessor stop: (() => void) | null = null;

  private readonly own = `motions-${++drawn}`;
  private announced: readonly string[] = [];

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.offered.length === 0) return nothing;
    return html`
      <div class="motions" role="group" aria-labelledby="${this.own}-title" aria-describedby="${this.own}-about">
        <div class="motions-head">
          <span id="${this.own}-title" class="motions-title">${words("title")}</span>
          ${this.stop ? html`<button type="button" class="link" @click=${this.stop}>${words("stop")}</button>` : nothing}
        </div>
        <cw-motion-chips .offered=${this.offered} .turn=${this.turn}></cw-motion-chips>
        <p class="quiet" id="${this.own}-about">${words("about")}</p>
      </div>
    `;
  }

  /** What is added to the text must be heard as well. */
  protected override updated(): void {
    const names = this.offered.filter(({ isOn }) => isOn).map(({ title_ko, title_en }) => either(title_ko, title_en));
    if (names.some((name) => !this.announced.includes(name))) announcement.set(words("offered", { names: names.join(", ") }));
    this.announced = names;
  }
}
