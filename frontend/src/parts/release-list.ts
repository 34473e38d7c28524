/** The log of releases: each with its outcome, what its preflight found, its test clip's figures, and what was learned. */

import { html, nothing, type TemplateResult } from "lit";
import type { ReleaseEntry } from "../../../functions/_generated/contract";
import operatorWords from "../../words/operator.json";
import { moment } from "../format";
import { wordsOf } from "../state/language";

const words = wordsOf(operatorWords);
const LISTS = ["answers", "choices", "found", "fixed", "left", "lessons"] as const;
const HANGUL = /\p{Script=Hangul}/u;

export function releaseList(all: readonly ReleaseEntry[]): TemplateResult {
  if (all.length === 0) return html`<p class="quiet">${words("releases_none")}</p>`;
  return html`<ul class="settings-list releases" aria-label=${words("releases")}>
    ${all.map((release) => html`<li>${entry(release)}</li>`)}
  </ul>`;
}

function entry(release: ReleaseEntry): TemplateResult {
  const { id, at, commit, outcome, why, failed_step, trouble, found, fixed, left, figures } = release;
  return html`
    <p class="release-head">
      <strong class="release-outcome is-${outcome}">${words(`outcome_${outcome}`)}</strong>
      <time datetime=${at}>${moment(at)}</time> <code>${commit.slice(0, 7)}</code> ${why}
    </p>
    ${failed_step ? html`<p>${words("stopped_at", { step: wordFor("step", failed_step) })}</p>` : nothing}
    ${trouble ? html`<p class="release-trouble" lang=${languageOf(trouble)}>${trouble}</p>` : nothing}
    <p class="quiet">${words("preflight", { found: found.length, fixed: fixed.length, left: left.length })}</p>
    ${figures.length + LISTS.reduce((sum, name) => sum + release[name].length, 0) === 0
      ? nothing
      : html`<details>
          <summary>${words("details_of", { id })}</summary>
          ${figures.length > 0 ? figuresTable(release) : nothing} ${LISTS.map((name) => lines(words(name), release[name]))}
        </details>`}
  `;
}

function lines(title: string, all: readonly string[]): TemplateResult | typeof nothing {
  if (all.length === 0) return nothing;
  return html`<h3>${title}</h3>
    <ul class="release-lines">
      ${all.map((line) => html`<li lang=${languageOf(line)}>${line}</li>`)}
    </ul>`;
}

/** The log keeps what was said in the language of whoever released, whatever the page's language is. */
function languageOf(text: string): "ko" | "en" {
  return HANGUL.test(text) ? "ko" : "en";
}

function figuresTable({ id, figures }: ReleaseEntry): TemplateResult {
  const shown = (amount: number | null) => (amount === null ? "–" : amount.toLocaleString("en-US", { maximumFractionDigits: 1 }));
  return html`<div class="table-frame">
    <table class="sums" aria-label="${words("figure")}: ${id}">
      <thead>
        <tr>
          <th scope="col">${words("figure")}</th>
          <th scope="col">${words("predicted")}</th>
          <th scope="col">${words("measured")}</th>
        </tr>
      </thead>
      <tbody>
        ${figures.map(({ name, predicted, measured }) => html`<tr>
            <th scope="row">${wordFor("figure", name)}</th>
            <td>${shown(predicted)}</td>
            <td>${shown(measured)}</td>
          </tr>`)}
      </tbody>
    </table>
  </div>`;
}

/** Of a step or a figure; its own name where a later release has one that this page does not know. */
function wordFor(kind: "step" | "figure", name: string): string {
  const key = `${kind}_${name}` as keyof typeof operatorWords;
  return Object.hasOwn(operatorWords, key) ? words(key) : name;
}
