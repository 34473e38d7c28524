/** Who is signed in, and the way out. Draws nothing where nobody signs in. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { me, needed } from "../state/identity";
import { language, t } from "../state/language";
import { View } from "./view";

@customElement("cw-account")
export class Account extends View {
  constructor() {
    super();
    this.watching(me, needed, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { email, sign_out } = me.value ?? {};
    if (!sign_out || needed.value !== null) return nothing;
    return html`
      ${email ? html`<span class="account-name quiet" title=${email}>${t("signed_in_as", { email })}</span>` : nothing}
      <a class="tool" href=${sign_out}>${t("sign_out")}</a>
    `;
  }
}
