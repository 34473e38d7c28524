/** The operator's room: what works and waits now and what it costs, the switch, money, people, versions, releases, prices.
 * The API decides who may read it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { Cap, OperatorView } from "../../../functions/_generated/contract";
import operatorWords from "../../words/operator.json";
import { capName } from "../cap-words";
import { moment, won } from "../format";
import { factsTable } from "../parts/facts-table";
import "../parts/jobs-switch";
import { monthGroups } from "../parts/month-groups";
import {
  containersTable,
  failuresTable,
  moneyTable,
  ownersTable,
  pricesFacts,
  timeOfDay,
  versionsTable,
} from "../parts/operator-facts";
import "../parts/problem";
import { releaseList } from "../parts/release-list";
import { View } from "../parts/view";
import { addressOf } from "../rooms";
import { capsFailure } from "../state/caps";
import { language, t, wordsOf } from "../state/language";
import { isLookedAt, whenLookedAt } from "../state/looked-at";
import { menu, wantMenu } from "../state/menu";
import { goodForMs, loadOperatorView, operatorFailure, operatorView } from "../state/operator";

const words = wordsOf(operatorWords);
/** The caps that bound money; the room of limits has them all. */
const CAPS_SHOWN = new Set(["job", "owner_day", "site_day", "site_open_jobs"]);

@customElement("cw-operator-room")
export class OperatorRoom extends View {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language, operatorView, operatorFailure, capsFailure, menu);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    wantMenu(); // for the names of qualities
    whenLookedAt("operator", () => void this.load());
  }

  protected override render(): TemplateResult {
    const { value: view } = operatorView;
    const problem = operatorFailure.value?.problem ?? capsFailure.value?.problem ?? null;
    return html`
      <div class="room-body spending">
        <h1>${t("room_operator")}</h1>
        ${problem ? html`<cw-problem .problem=${problem}></cw-problem>` : nothing}
        ${view
          ? this.view(view)
          : problem
            ? problem.retryable
              ? html`<p><button type="button" class="small" @click=${() => void this.load()}>${t("retry")}</button></p>`
              : nothing
            : html`<p class="quiet">${t("loading")}</p>`}
      </div>
    `;
  }

  private view(view: OperatorView): TemplateResult {
    return html`
      <div class="spending-head">
        <p class="quiet">${words("as_of", { time: timeOfDay(view.at) })}</p>
        <button type="button" class="small" @click=${() => void this.load()}>${words("reload")}</button>
      </div>
      ${now(view)}
      <cw-jobs-switch></cw-jobs-switch>
      ${part("containers", containersTable(view))} ${part("failures", failuresTable(view))}
      ${part("money", html`${moneyTable(view)} ${monthGroups(view.usage, view.month)}`)}
      ${part("owners", html`<p class="quiet">${words("owners_about")}</p>${ownersTable(view)}`)}
      ${part("limits", limits(view))} ${part("versions", versionsTable(view))} ${part("releases", releaseList(view.releases))}
      ${part("prices", pricesFacts(view))}
    `;
  }

  /** Now, and again once the answer is old, for as long as the room is looked at. */
  private async load(): Promise<void> {
    clearTimeout(this.#timer);
    if (!isLookedAt("operator")) return;
    await loadOperatorView();
    clearTimeout(this.#timer); // of another call meanwhile
    this.#timer = setTimeout(() => void this.load(), goodForMs());
  }
}

function now({ queue, containers, minute_micro_won }: OperatorView): TemplateResult {
  return html`
    <section class="card spent-total" aria-labelledby="now-title">
      <h2 id="now-title">${words("minute")}</h2>
      <p class="spent-amount">${won(minute_micro_won)}</p>
      <p class="quiet">${words("containers_n", { n: containers.length })}</p>
    </section>
    <dl class="figures">
      ${(["running", "handed", "held"] as const).map(
        (name) => html`<div>
          <dt>${words(name)}</dt>
          <dd>${queue[name].toLocaleString("en-US")}</dd>
        </div>`,
      )}
      <div>
        <dt>${words("oldest")}</dt>
        <dd>${queue.oldest_at === null ? words("oldest_none") : moment(queue.oldest_at)}</dd>
      </div>
    </dl>
  `;
}

function part(name: keyof typeof operatorWords, inside: TemplateResult): TemplateResult {
  return html`<section class="settings-part" aria-labelledby="part-${name}">
    <h2 id="part-${name}">${words(name)}</h2>
    ${inside}
  </section>`;
}

function limits({ caps: { caps } }: OperatorView): TemplateResult {
  const shown = caps.filter(({ name }) => CAPS_SHOWN.has(name));
  return html`
    ${factsTable(
      words("limits"),
      [words("what"), words("used_and_most")],
      shown.map((cap) => [capName(cap), cap.name === "job" ? amountOf(cap, cap.most) : usedOf(cap)]),
    )}
    <p><a href=${addressOf("limits", language.value)}>${words("limits_change")}</a></p>
  `;
}

function usedOf(cap: Cap): string {
  return words("used_of", { used: amountOf(cap, cap.used), most: amountOf(cap, cap.most) });
}

function amountOf({ unit }: Cap, amount: number): string {
  return unit === "micro_won" ? won(amount) : amount.toLocaleString("en-US");
}
