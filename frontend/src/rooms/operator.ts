/** The operator's room: the way to what only operators change. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { addressOf } from "../rooms";
import { language, t } from "../state/language";
import { View } from "../parts/view";

@customElement("cw-operator-room")
export class OperatorRoom extends View {
  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="room-body settings">
        <h1>${t("room_operator")}</h1>
        <p class="settings-links"><a href=${addressOf("limits", language.value)}>${t("room_limits")}</a></p>
      </div>
    `;
  }
}
