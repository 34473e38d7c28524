/** The choice how pictures of another shape fill the clip. */

import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Borders } from "../crop";
import { change, draft } from "../state/draft";
import { language, t } from "../state/language";
import { View } from "./view";

const ALL: readonly Borders[] = ["cut", "blurred"];

@customElement("cw-borders-choice")
export class BordersChoice extends View {
  /** Tells the radios of one place on the page from those of another. */
  @property({ attribute: false }) accessor place = "form";

  constructor() {
    super();
    this.watching(draft, language);
  }

  protected override render(): TemplateResult {
    return html`
      <fieldset class="borders">
        <legend>${t("borders")}</legend>
        <div class="borders-row">
          ${ALL.map(
            (one) => html`
              <label class="check">
                <input
                  type="radio"
                  name="borders-${this.place}"
                  .checked=${draft.value.borders === one}
                  @change=${() => change({ borders: one })}
                />
                ${t(`borders_${one}`)}
              </label>
            `,
          )}
        </div>
      </fieldset>
    `;
  }
}
