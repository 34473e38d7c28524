/** The room of API tokens and webhooks. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { loadTokens } from "../state/api-tokens";
import { onReturn } from "../state/identity";
import { language, t } from "../state/language";
import { loadWebhooks } from "../state/webhooks";
import "../parts/api-tokens";
import "../parts/webhooks";
import { View } from "../parts/view";

function load(): void {
  void Promise.all([loadTokens(), loadWebhooks()]);
}

@customElement("cw-api-tokens-room")
export class ApiTokensRoom extends View {
  constructor() {
    super();
    this.watching(language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    onReturn(load);
    load();
  }

  protected override render(): TemplateResult {
    return html`
      <div class="room-body settings">
        <h1>${t("room_api_tokens")}</h1>
        <cw-api-tokens></cw-api-tokens>
        <cw-webhooks></cw-webhooks>
      </div>
    `;
  }
}
