/** What there is to know about prices before a clip is made: that they cannot be had, or are those of a real card while the
 * tiny model makes the clips. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { needed } from "../state/identity";
import { language, t } from "../state/language";
import { menu, menuFailure } from "../state/menu";
import { isOnline } from "../state/notices";
import { View } from "./view";

@customElement("cw-menu-banner")
export class MenuBanner extends View {
  constructor() {
    super();
    this.watching(menu, menuFailure, isOnline, needed, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (menuFailure.value && isOnline.value && needed.value === null) {
      const { title, fix } = menuFailure.value.problem;
      return html`<p class="banner is-warning" role="status">${title}. ${fix}</p>`;
    }
    if (!menu.value?.is_tiny_model) return nothing;
    return html`<p class="banner"><strong>${t("tiny_title")}</strong> ${t("tiny_text")}</p>`;
  }
}
