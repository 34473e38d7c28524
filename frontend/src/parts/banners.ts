/** Plain sentences above everything else: no network, an outdated page, the tiny model. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { language, t } from "../state/language";
import { isOutdated, menu, menuFailure } from "../state/menu";
import { needed } from "../state/identity";
import { isOnline } from "../state/notices";
import "./claim-offer";
import "./sign-in";
import { View } from "./view";

@customElement("cw-banners")
export class Banners extends View {
  constructor() {
    super();
    this.watching(menu, menuFailure, isOutdated, isOnline, needed, language);
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
      ${menuFailure.value && isOnline.value && needed.value === null
        ? html`<p class="banner is-warning" role="status">${menuFailure.value.problem.title}. ${menuFailure.value.problem.fix}</p>`
        : nothing}
      ${menu.value?.is_tiny_model
        ? html`<p class="banner"><strong>${t("tiny_title")}</strong> ${t("tiny_text")}</p>`
        : nothing}
    `;
  }
}
