/** Two ways to the same clips, where there are two: the cheapest, which is chosen, and a quicker one with more cards. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { Offer } from "../../../functions/_generated/contract";
import { roughly, won } from "../format";
import { language, t } from "../state/language";
import { offers, quicker, wantsQuick } from "../state/offers";
import { View } from "./view";

@customElement("cw-offer-choice")
export class OfferChoice extends View {
  constructor() {
    super();
    this.watching(offers, wantsQuick, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const [cheapest] = offers.value?.offers ?? [];
    const quick = quicker();
    if (!cheapest || !quick) return nothing;
    return html`
      <fieldset class="offers">
        <legend class="visually-hidden">${t("ways")}</legend>
        ${this.way(cheapest, false)} ${this.way(quick, true)}
      </fieldset>
    `;
  }

  private way(offer: Offer, isQuick: boolean): TemplateResult {
    return html`
      <label class="offer">
        <input type="radio" name="way" .checked=${wantsQuick.value === isQuick} @change=${() => wantsQuick.set(isQuick)} />
        <span class="offer-name">${isQuick ? t("way_quick") : t("way_cheap")} <span class="price">${won(offer.micro_won)}</span></span>
        <span class="quiet">${t("about", { time: roughly(offer.seconds) })} · ${t("cards_n", { n: offer.cards })}</span>
      </label>
    `;
  }
}
