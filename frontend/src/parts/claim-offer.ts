/** Offers to move clips that this browser made before its person signed in. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { Failure } from "../api";
import { claim, me, needed } from "../state/identity";
import { language, t } from "../state/language";
import { note } from "../state/notices";
import { View } from "./view";

@customElement("cw-claim-offer")
export class ClaimOffer extends View {
  @state() private accessor isClaiming = false;

  constructor() {
    super();
    this.watching(me, needed, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!me.value?.is_claimable || needed.value !== null) return nothing;
    return html`
      <p class="banner" role="status">
        ${t("claim_offer")}
        <button type="button" class="link" ?disabled=${this.isClaiming} @click=${this.move}>${t("claim")}</button>
      </p>
    `;
  }

  private async move(): Promise<void> {
    this.isClaiming = true;
    try {
      note(t("claimed", { n: await claim() }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(error.problem.title);
    } finally {
      this.isClaiming = false;
    }
  }
}
