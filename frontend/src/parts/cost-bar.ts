/** What the clips will cost, starts of cards included, and the button that spends it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Estimate } from "../../../functions/_generated/contract";
import { choiceNow, draft } from "../state/draft";
import { roughly, won } from "../format";
import { work } from "../state/jobs";
import { either, language, t } from "../state/language";
import { estimateFor, menu, menuFailure, presetNamed } from "../state/menu";
import { isOnline } from "../state/notices";
import { chosen, mostOf, offers, quicker, wantsQuick } from "../state/offers";
import { orders } from "../state/orders";
import { pictures } from "../state/pictures";
import { today } from "../state/spending";
import { sentNow, stopSending } from "../state/sending";
import { clipCount } from "../request";
import "./offer-choice";
import { View } from "./view";

@customElement("cw-cost-bar")
export class CostBar extends View {
  @property({ attribute: false }) accessor isSending = false;

  constructor() {
    super();
    this.watching(draft, pictures, menu, menuFailure, isOnline, orders, offers, wantsQuick, today, work, language);
  }

  protected override render(): TemplateResult {
    const estimate = estimateFor(choiceNow(draft.value));
    const clips = clipCount(draft.value, pictures.value);
    const free = menu.value?.is_tiny_model ?? false;
    const sum = estimate && sumOf(estimate, clips);
    const most = estimate ? mostOf(estimate, clips) : 0;
    return html`
      <div class="cost-bar">
        ${estimate && sum !== undefined
          ? html`<div class="cost" aria-live="off">
              <p class="cost-main">
                <span class="cost-word">${t("estimate")}</span>
                <strong>${won(sum)}</strong>
              </p>
              <details class="why">
                <summary>${t("why_price")}</summary>
                <p class="quiet">
                  ${t("why_sum")} ${either(estimate.reason_ko, estimate.reason_en)}
                  ${t("never_more", { won: won(most) })}
                  ${t("price_rev", { rev: estimate.price_rev })}
                </p>
              </details>
              ${this.choice()}
              <p class="quiet cost-facts">${this.facts(estimate, clips, sum)}</p>
            </div>`
          : html`<div class="cost quiet">
              ${menuFailure.value ? menuFailure.value.problem.title : t("price_loading")}
            </div>`}
        ${this.dayLeft(estimate, clips)}
        <cw-offer-choice></cw-offer-choice>
        <button
          type="submit"
          class="primary"
          ?disabled=${!estimate || !isOnline.value}
          aria-disabled=${this.isSending ? "true" : "false"}
          @click=${once}
        >
          ${this.isSending ? this.progress() : clips > 1 ? t("make_n", { n: clips }) : t("make")}
          ${sum !== undefined && !this.isSending ? html`<span class="button-price">${won(sum)}</span>` : nothing}
        </button>
        ${this.others()}
        ${free ? html`<p class="quiet free">${t("free_here")}</p>` : nothing}
      </div>
    `;
  }

  /** The chosen settings, which may lie out of sight, and the way to them. */
  private choice(): TemplateResult {
    const { preset, tier, seconds, ratio } = choiceNow(draft.value);
    const named = presetNamed(preset);
    const words = [
      `${named ? either(named.title_ko, named.title_en) : preset} ${tier}`,
      t("seconds_n", { n: seconds }),
      ratio,
    ].join(" · ");
    return html`<button type="button" class="cost-choice" aria-label=${t("to_choices", { words })} @click=${toChoices}>
      ${words}
    </button>`;
  }

  private facts(estimate: Estimate, clips: number, sum: number): TemplateResult {
    const way = chosen();
    const time = roughly(way?.seconds ?? estimate.gpu_seconds);
    const start = offers.value?.is_warm
      ? t("gpu_is_on")
      : t("start_included", { won: won(sum - clips * estimate.micro_won) });
    return html`
      ${clips > 1 ? html`<span>${t("for_each", { won: won(sum / clips) })}</span>` : nothing}
      ${quicker() ? nothing : html`<span>${t("about", { time })}</span>`}
      <span>${start}</span>
      ${offers.value?.waiting ? html`<span>${t("waiting_before", { n: offers.value.waiting })}</span>` : nothing}
    `;
  }

  /** Where the day's cap lets fewer clips through than the form holds: how many fit, what is spent and what is set aside. */
  private dayLeft(estimate: Estimate | undefined, clips: number): TemplateResult | typeof nothing {
    if (!estimate || !today.value) return nothing;
    const { billed_micro_won: spent, held_micro_won: aside, cap_micro_won: cap } = today.value;
    const left = cap - spent - aside;
    if (mostOf(estimate, clips) <= left) return nothing;
    let fitting = clips;
    while (fitting > 0 && mostOf(estimate, fitting) > left) fitting -= 1;
    const values = { cap: won(cap), spent: won(spent), aside: won(aside), n: fitting };
    return html`<p class="fault" role="status">${t(clips > 1 && fitting > 0 ? "day_fits" : aside > 0 ? "day_full" : "day_spent", values)}</p>`;
  }

  private progress(): string {
    const order = sentNow();
    return order?.isMine && order.of > 1 ? t("sending_n", { n: order.place, of: order.of }) : t("sending");
  }

  /** What is sent and can be stopped here, or is sent for another tab. */
  private others(): TemplateResult | typeof nothing {
    const order = sentNow();
    if (order === null) return nothing;
    if (!order.isMine) return html`<p class="quiet" role="status">${t("sending_elsewhere", { n: order.place, of: order.of })}</p>`;
    if (order.of === 1 || order.place === order.of) return nothing;
    return html`<button type="button" class="small" @click=${() => void stopSending()}>${t("stop_sending")}</button>`;
  }
}

/** What the next press costs: as the site reckons it for the cards of this moment, or, while that is on its way, with the
 * start of a card. */
function sumOf(estimate: Estimate, clips: number): number {
  return chosen()?.micro_won ?? clips * estimate.micro_won + estimate.cold_start_micro_won;
}

function toChoices(): void {
  const choices = document.querySelector("cw-choices");
  choices?.scrollIntoView({ block: "start" });
  choices?.querySelector<HTMLElement>("input:checked")?.focus({ preventScroll: true });
}

/** The second click of a double one means no further clip. */
function once(event: MouseEvent): void {
  if (event.detail > 1) event.preventDefault();
}
