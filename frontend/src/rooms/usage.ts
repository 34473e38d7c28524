/** The room of what was spent. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { won } from "../format";
import { language, t } from "../state/language";
import { today } from "../state/spending";
import { View } from "../parts/view";

@customElement("cw-usage-room")
export class UsageRoom extends View {
  constructor() {
    super();
    this.watching(language, today);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="room-body settings">
        <h1>${t("room_usage")}</h1>
        ${today.value
          ? html`<p>${t("today")} <strong>${won(today.value.billed_micro_won)}</strong> / ${won(today.value.cap_micro_won)}</p>`
          : nothing}
      </div>
    `;
  }
}
