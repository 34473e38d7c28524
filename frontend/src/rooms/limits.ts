/** The room of the site's limits, for operators. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { onReturn } from "../state/identity";
import { loadCaps } from "../state/caps";
import { language, t } from "../state/language";
import "../parts/limits";
import { View } from "../parts/view";

@customElement("cw-limits-room")
export class LimitsRoom extends View {
  constructor() {
    super();
    this.watching(language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    onReturn(() => void loadCaps());
    void loadCaps();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="room-body settings">
        <h1>${t("room_limits")}</h1>
        <cw-limits></cw-limits>
      </div>
    `;
  }
}
