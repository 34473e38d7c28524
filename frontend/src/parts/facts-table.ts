/** A plain table of facts: columns with names, rows that begin with theirs. It scrolls by itself where it is too wide. */

import { html, type TemplateResult } from "lit";

type Cell = string | number | TemplateResult;

export function factsTable(caption: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): TemplateResult {
  return html`
    <div class="table-frame" role="group" aria-label=${caption} tabindex="0">
      <table class="sums" aria-label=${caption}>
        <thead>
          <tr>
            ${columns.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(([name, ...cells]) => html`<tr>
              <th scope="row" class="is-words">${name}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`)}
        </tbody>
      </table>
    </div>
  `;
}
