/** Groups of jobs with what they cost, as a table: a row for each group, and their sum where there are several. */

import { html, nothing, type TemplateResult } from "lit";
import type { NamedSums } from "../../../functions/_generated/contract";
import usageWords from "../../words/usage.json";
import { won } from "../format";
import { wordsOf } from "../state/language";

const words = wordsOf(usageWords);

interface SumsTable {
  groups: readonly NamedSums[];
  caption: string;
  /** What the groups are, over their names. */
  column: string;
  nameOf: (name: string) => string;
  /** With the bill's parts; otherwise with what a clip cost and what was estimated. */
  hasParts?: boolean;
}

type Amount = "delivered" | "clips_micro_won" | "start_micro_won" | "canceled_micro_won" | "billed_micro_won";

export function sumsTable({ groups, caption, column, nameOf, hasParts = false }: SumsTable): TemplateResult {
  const sum = (amount: Amount) => groups.reduce((total, group) => total + group[amount], 0);
  return html`
    <div class="table-frame" role="group" aria-label=${caption} tabindex="0">
      <table class="sums" aria-label=${caption}>
        <thead>
          <tr>
            <th scope="col">${column}</th>
            <th scope="col">${words("column_delivered")}</th>
            ${hasParts
              ? html`<th scope="col">${words("part_clips")}</th>
                  <th scope="col">${words("part_starts")}</th>
                  <th scope="col">${words("part_canceled")}</th>`
              : html`<th scope="col">${words("column_each")}</th>`}
            <th scope="col">${words("column_total")}</th>
          </tr>
        </thead>
        <tbody>
          ${groups.map((group) => html`<tr>
              <th scope="row">${nameOf(group.name)}</th>
              <td>${group.delivered.toLocaleString("en-US")}</td>
              ${hasParts
                ? html`<td>${won(group.clips_micro_won)}</td>
                    <td>${won(group.start_micro_won)}</td>
                    <td>${won(group.canceled_micro_won)}</td>`
                : html`<td>${group.per_delivered_micro_won === null ? "–" : won(group.per_delivered_micro_won)}</td>`}
              <td>${won(group.billed_micro_won)}</td>
            </tr>`)}
        </tbody>
        ${hasParts && groups.length > 1
          ? html`<tfoot>
              <tr>
                <th scope="row">${words("sum")}</th>
                <td>${sum("delivered").toLocaleString("en-US")}</td>
                <td>${won(sum("clips_micro_won"))}</td>
                <td>${won(sum("start_micro_won"))}</td>
                <td>${won(sum("canceled_micro_won"))}</td>
                <td>${won(sum("billed_micro_won"))}</td>
              </tr>
            </tfoot>`
          : nothing}
      </table>
    </div>
  `;
}
