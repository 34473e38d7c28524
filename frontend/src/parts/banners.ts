/** Plain sentences above every room: no network, an outdated page, nobody known, clips to be taken over. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { language, t } from "../state/language";
import { isOutdated } from "../state/menu";
import { isOnline } from "../state/notices";
import "./claim-offer";
import "./sign-in";
import { View } from "./view";

@customElement("cw-banners")
export class Banners extends View {
  constructor() {
    super();
    this.watching(isOutdated, isOnline, language);
  }

  protected override render(): TemplateResult {
    return html`
      ${isOnline.value ? nothing : html`<p class="banner is-warning" role="status">${t("offline")}</p>`}
      ${isOutdated.value
        ? html`<p class="banner is-warning" role="status">
            ${t("outdated")}
            <button type="button" class="link" @click=${() => location.reload()}>${t("reload")}</button>
          </p>`
        : nothing}
      <cw-sign-in></cw-sign-in>
      <cw-claim-offer></cw-claim-offer>
    `;
  }
}
