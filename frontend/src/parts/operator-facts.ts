/** What an operator reads of the site: containers, failures, money, people, versions, prices. Each takes its part of the
 * view and asks no server. */

import { html, type TemplateResult } from "lit";
import type { OperatorView, PartVersion, SiteDay } from "../../../functions/_generated/contract";
import operatorWords from "../../words/operator.json";
import { dayName, duration, moment, won } from "../format";
import { language, wordsOf } from "../state/language";
import { factsTable } from "./facts-table";

const words = wordsOf(operatorWords);
const DAY_MS = 86_400_000;

export function containersTable({ containers }: OperatorView): TemplateResult {
  if (containers.length === 0) return html`<p class="quiet">${words("containers_none")}</p>`;
  const columns = ["gpu", "state", "since", "worked", "idle", "so_far", "per_minute"] as const;
  return factsTable(
    words("containers"),
    columns.map((name) => words(name)),
    containers.map((one) => [
      one.gpu,
      words(one.ready_at === null ? "starting" : "ready"),
      timeOfDay(one.opened_at),
      duration(one.busy_seconds),
      duration(one.idle_seconds),
      won(one.total_micro_won),
      won(one.minute_micro_won),
    ]),
  );
}

export function failuresTable({ failures }: OperatorView): TemplateResult {
  if (failures.length === 0) return html`<p class="quiet">${words("failures_none")}</p>`;
  return factsTable(
    words("failures"),
    (["problem", "times", "last", "clip_id"] as const).map((name) => words(name)),
    failures.map(({ title, jobs, last_at, last_job_id }) => [title, jobs, moment(last_at), html`<code>${last_job_id}</code>`]),
  );
}

export function moneyTable({ today, this_month }: OperatorView): TemplateResult {
  const days = [today, this_month];
  const amounts = (of: (day: SiteDay) => number) => days.map((day) => won(of(day)));
  return factsTable(
    words("money"),
    [words("what"), words("today"), words("month")],
    [
      [words("billed"), ...amounts(({ usage }) => usage.billed_micro_won)],
      [words("starts"), ...amounts(({ usage }) => usage.start_micro_won)],
      [words("losses"), ...amounts((day) => day.loss_micro_won)],
      [words("unassigned"), ...amounts((day) => day.unassigned_micro_won)],
      [words("everything"), ...amounts(everything)],
      [words("delivered"), ...days.map(({ usage }) => usage.delivered.toLocaleString("en-US"))],
      [words("each"), ...days.map((day) => (day.usage.delivered === 0 ? "–" : won(everything(day) / day.usage.delivered)))],
      [words("held_won"), ...amounts((day) => day.held_micro_won)],
    ],
  );
}

/** All that the day's containers and clips cost, whoever pays. */
function everything({ usage, loss_micro_won, unassigned_micro_won }: SiteDay): number {
  return usage.billed_micro_won + loss_micro_won + unassigned_micro_won;
}

export function ownersTable({ owners }: OperatorView): TemplateResult {
  return factsTable(
    words("owners"),
    (["owner", "jobs", "today", "month"] as const).map((name) => words(name)),
    owners.map(({ owner, is_you, jobs, today_micro_won, month_micro_won }) => [
      html`<code>${words(is_you ? "you" : "someone", { id: owner })}</code>`,
      jobs.toLocaleString("en-US"),
      won(today_micro_won),
      won(month_micro_won),
    ]),
  );
}

export function versionsTable({ versions }: OperatorView): TemplateResult {
  const agreed = versions.find(({ part }) => part === "site")?.contract ?? null;
  return factsTable(
    words("versions"),
    (["part", "build", "contract"] as const).map((name) => words(name)),
    versions.map((version) => [
      words(`part_${version.part}`),
      version.build === null ? words("no_answer") : html`<code>${version.build}</code>`,
      version.build === null ? "–" : contractOf(version, agreed),
    ]),
  );
}

function contractOf({ contract }: PartVersion, agreed: string | null): TemplateResult {
  const isSame = contract === agreed;
  return html`<code>${contract}</code> <span class=${isSame ? "" : "is-different"}>${words(isSame ? "same" : "different")}</span>`;
}

export function pricesFacts({ prices }: OperatorView): TemplateResult {
  return html`
    <dl class="figures">
      <div>
        <dt>${words("price_rev")}</dt>
        <dd>${prices.price_rev}</dd>
      </div>
      <div>
        <dt>${words("prices_as_of")}</dt>
        <dd>${aged(prices.prices_as_of)}</dd>
      </div>
      <div>
        <dt>${words("rate")}</dt>
        <dd>${words("rate_of", { won: won(prices.won_per_usd * 1e6) })}<span class="quiet">${aged(prices.rate_as_of)}</span></dd>
      </div>
    </dl>
    <details>
      <summary>${words("card_prices")}</summary>
      ${factsTable(
        words("card_prices"),
        (["gpu", "second_price", "per_minute", "start_price"] as const).map((name) => words(name)),
        prices.cards.map(({ gpu, second_micro_won, start_micro_won }) => [
          gpu,
          `₩${(second_micro_won / 1e6).toFixed(2)}`,
          won(60 * second_micro_won),
          won(start_micro_won),
        ]),
      )}
    </details>
  `;
}

/** A day with its age. */
function aged(day: string): string {
  return words("days_ago", { day: dayName(day), n: Math.max(0, Math.floor((Date.now() - Date.parse(day)) / DAY_MS)) });
}

export function timeOfDay(timestamp: string): string {
  const korean = language.value === "ko";
  const zone = korean ? { timeZone: "Asia/Seoul" } : {};
  return new Intl.DateTimeFormat(korean ? "ko-KR" : "en", { timeStyle: "short", ...zone }).format(new Date(timestamp));
}
