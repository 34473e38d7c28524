/** A month's spending as bars, one for each day, with the same numbers in a table behind it. It is drawn in the page's own
 * colours and sizes: no image, no library, no script of its own. It asks no server. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { NamedSums } from "../../../functions/_generated/contract";
import usageWords from "../../words/usage.json";
import { dayName, monthName, won } from "../format";
import { wordsOf } from "../state/language";
import { sumsTable } from "./sums-table";

const words = wordsOf(usageWords);
const HEIGHT = 190;
/** Below the bars stand the days' numbers, above them the highest line's amount. */
const FOOT = 24;
const HEAD = 10;
const LINES = 3;

/** What a bar is made of, from its foot up. */
const PARTS = [
  { name: "part_clips", className: "is-clips", of: (sums: NamedSums) => sums.clips_micro_won },
  { name: "part_starts", className: "is-starts", of: (sums: NamedSums) => sums.start_micro_won },
  { name: "part_canceled", className: "is-canceled", of: (sums: NamedSums) => sums.canceled_micro_won },
] as const;

export function dayBars(days: readonly NamedSums[], month: string): TemplateResult {
  const shown = PARTS.filter(({ of }) => days.some((day) => of(day) > 0));
  return html`
    <figure class="bars">
      <figcaption>
        <h2>${words("by_day")}</h2>
        ${shown.length > 1
          ? html`<ul class="bars-key" role="list">
              ${shown.map(({ name, className }) => html`<li><i class=${className}></i>${words(name)}</li>`)}
            </ul>`
          : nothing}
      </figcaption>
      ${plot(days, month)}
      <details>
        <summary>${words("as_table")}</summary>
        ${sumsTable({ groups: days, caption: words("by_day"), column: words("column_day"), nameOf: dayName, hasParts: true })}
      </details>
    </figure>
  `;
}

function plot(days: readonly NamedSums[], month: string): TemplateResult {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const top = roundTop(Math.max(...days.map((day) => day.billed_micro_won), 0));
  const height = (amount: number) => (amount / top) * (HEIGHT - FOOT - HEAD);
  return html`
    <svg class="bars-plot" role="img" aria-label=${described(days, month)} width="100%" height=${HEIGHT}>
      ${Array.from({ length: LINES + 1 }, (_, line) => {
        const y = HEIGHT - FOOT - height((top / LINES) * line);
        return svg`<line class="bars-line" x1="0" x2="100%" y1=${y} y2=${y} />
          <text class="bars-amount" x="-8" y=${y} dy="0.32em">${won((top / LINES) * line)}</text>`;
      })}
      ${days.map((day) => bar(day, count, height))}
      ${Array.from({ length: count }, (_, index) => index + 1)
        .filter((day) => day === 1 || (day % 5 === 0 && count - day !== 1))
        .map((day) => svg`<text class="bars-day" x="${share(day - 0.5, count)}%" y=${HEIGHT - 6}>${day}</text>`)}
    </svg>
  `;
}

function bar(day: NamedSums, count: number, height: (amount: number) => number): TemplateResult {
  const number = Number(day.name.slice(8));
  let foot = HEIGHT - FOOT;
  return svg`<g>
    <title>${dayName(day.name)}: ${won(day.billed_micro_won)}</title>
    ${PARTS.filter(({ of }) => of(day) > 0).map(({ className, of }) => {
      const tall = Math.max(1, height(of(day)));
      foot -= tall;
      return svg`<rect class=${className} x="${share(number - 0.86, count)}%" width="${share(0.72, count)}%"
        y=${foot} height=${tall} />`;
    })}
  </g>`;
}

function share(days: number, count: number): number {
  return Math.round((days / count) * 10_000) / 100;
}

/** The least amount of 3, 6, 9, 15, 30, … whole won that is as high as the highest bar: its thirds are round too. */
function roundTop(most: number): number {
  const won = Math.max(1, most / 1e6);
  for (let unit = 1; ; unit *= 10) {
    const found = [3, 6, 9, 15, 21].find((times) => times * unit >= won);
    if (found !== undefined) return found * unit * 1e6;
  }
}

/** The plot in words, for those who hear it. */
function described(days: readonly NamedSums[], month: string): string {
  const paid = days.filter((day) => day.billed_micro_won > 0);
  const most = paid.reduce<NamedSums | null>((found, day) => (found && found.billed_micro_won >= day.billed_micro_won ? found : day), null);
  if (most === null) return words("plot_none", { month: monthName(month) });
  const facts = { month: monthName(month), days: paid.length, most: dayName(most.name), won: won(most.billed_micro_won) };
  return words("plot", facts);
}
