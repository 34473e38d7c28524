/** The room of what was spent: a month at a glance, today beside its cap, and the month by day, quality and card. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { Usage, UsageSums } from "../../../functions/_generated/contract";
import usageWords from "../../words/usage.json";
import { monthName, won } from "../format";
import { monthGroups } from "../parts/month-groups";
import "../parts/own-limits";
import "../parts/problem";
import { View } from "../parts/view";
import { addressOf } from "../rooms";
import { language, t, wordsOf } from "../state/language";
import { whenLookedAt } from "../state/looked-at";
import { menu, wantMenu } from "../state/menu";
import { place } from "../state/place";
import { loadUsage, monthAfter, queryOf, usage, usageFailure } from "../state/usage";

const words = wordsOf(usageWords);

@customElement("cw-usage-room")
export class UsageRoom extends View {
  constructor() {
    super();
    this.watching(language, usage, usageFailure, menu);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    wantMenu(); // for the names of qualities
    whenLookedAt("usage", () => void this.load());
  }

  protected override render(): TemplateResult {
    const { value: known } = usage;
    const problem = usageFailure.value?.problem ?? null;
    return html`
      <div class="room-body spending">
        <h1>${t("room_usage")}</h1>
        ${problem ? html`<cw-problem .problem=${problem}></cw-problem>` : nothing}
        ${problem?.retryable
          ? html`<p><button type="button" class="small" @click=${() => void this.load()}>${t("retry")}</button></p>`
          : nothing}
        ${known ? this.month(known) : problem ? nothing : html`<p class="quiet">${t("loading")}</p>`}
      </div>
    `;
  }

  private month(known: Usage): TemplateResult {
    const { month, day, usage: found } = known;
    const isPresent = day.startsWith(month);
    return html`
      <div class="spending-head">
        <nav class="months" aria-label=${monthName(month)}>
          ${month > known.first_month ? this.way(monthAfter(month, -1), "earlier", "‹") : nothing}
          <strong aria-live="polite">${monthName(month)}</strong>
          ${isPresent ? nothing : this.way(monthAfter(month, 1), "later", "›")}
        </nav>
        <a class="small" href="/api/usage.csv?month=${month}&lang=${language.value}" download>${words("csv")}</a>
      </div>
      <div class="spent-totals">
        <section class="card spent-total" aria-labelledby="spent-month">
          <h2 id="spent-month">${words("month_spent")}</h2>
          <p class="spent-amount">${won(found.sums.billed_micro_won)}</p>
          ${isPresent && known.this_month.held_micro_won > 0
            ? html`<p class="quiet">${words("held", { won: won(known.this_month.held_micro_won) })}</p>`
            : nothing}
        </section>
        ${isPresent ? today(known) : nothing}
      </div>
      ${found.sums.jobs === 0
        ? html`<p>${words("nothing")}</p>`
        : html`${figures(found.sums)} ${monthGroups(found, month)}
            <p class="quiet">${words("days_are")}</p>`}
      ${isPresent ? html`<cw-own-limits></cw-own-limits>` : nothing}
    `;
  }

  private way(month: string, name: "earlier" | "later", sign: string): TemplateResult {
    const label = `${words(name)}: ${monthName(month)}`;
    return html`<a class="round" href="${addressOf("usage", language.value)}${queryOf(month)}" aria-label=${label}>${sign}</a>`;
  }

  private async load(): Promise<void> {
    await loadUsage(place.value.query.get("month"));
  }
}

function today({ today: spent, limits, own_limits, left_today_micro_won: left }: Usage): TemplateResult {
  const cap = Math.min(limits.owner_day_micro_won, own_limits.owner_day_micro_won ?? Number.POSITIVE_INFINITY);
  const used = spent.billed_micro_won + spent.held_micro_won;
  return html`
    <section class="card spent-total" aria-labelledby="spent-today">
      <h2 id="spent-today">${words("today_spent")}</h2>
      <p class="spent-amount">${won(spent.billed_micro_won)}</p>
      <meter min="0" max=${cap} value=${Math.min(used, cap)} aria-label=${words("cap_used")}></meter>
      <p>${left > 0 ? words("left", { won: won(left) }) : words("left_none")}</p>
      <p class="quiet">${words("of_cap", { won: won(cap) })}</p>
    </section>
  `;
}

function figures(sums: UsageSums): TemplateResult {
  const { billed_micro_won: billed, start_micro_won: starts, per_delivered_micro_won: each } = sums;
  const startShare = billed > 0 ? Math.round((starts / billed) * 100) : 0;
  return html`
    <dl class="figures">
      ${figure(words("delivered"), words("clips_n", { n: sums.delivered.toLocaleString("en-US") }))}
      ${each === null ? nothing : figure(words("each"), won(each), words("each_about"))}
      ${figure(words("starts"), won(starts), words("starts_about", { n: startShare }))}
      ${sums.delivered > 0 ? figure(words("estimate"), compared(sums), accuracy(sums)) : nothing}
      ${sums.canceled > 0
        ? figure(words("canceled", { n: sums.canceled }), won(sums.canceled_micro_won), words("canceled_about"))
        : nothing}
      ${sums.failed > 0 ? figure(words("failed", { n: sums.failed }), won(0), words("failed_about")) : nothing}
    </dl>
  `;
}

function figure(name: string, amount: string, about?: string): TemplateResult {
  return html`<div>
    <dt>${name}</dt>
    <dd>${amount}${about ? html`<span class="quiet">${about}</span>` : nothing}</dd>
  </div>`;
}

/** Clips alone on both sides: a start is named beside the estimate, not in it. */
function compared({ estimate_micro_won: estimate, clips_micro_won: real }: UsageSums): string {
  return words("estimate_same", { estimate: won(estimate), real: won(real) });
}

function accuracy({ estimate_micro_won: estimate, clips_micro_won: real }: UsageSums): string {
  const percent = estimate > 0 ? Math.round((real / estimate - 1) * 100) : 0;
  if (percent === 0) return words("estimate_equal");
  return words(percent > 0 ? "estimate_more" : "estimate_less", { n: Math.abs(percent) });
}
