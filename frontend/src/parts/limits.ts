/** The site's caps with their use, each to be changed, below the switch that stops new jobs. For operators; others read why
 * they see nothing. Its words are here and not in messages.json, which every page carries. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Cap, CapChange, SiteCaps } from "../../../functions/_generated/contract";
import { capName, shownAmount, typedAmount, unitName } from "../cap-words";
import { capsFailure, changeCaps, loadCaps, siteCaps } from "../state/caps";
import { either, language, t } from "../state/language";
import { note } from "../state/notices";
import "./jobs-switch";
import "./problem";
import { View } from "./view";

@customElement("cw-limits")
export class Limits extends View {
  /** The first cap of which the form holds no amount. */
  @state() private accessor unclear: Cap | null = null;

  constructor() {
    super();
    this.watching(siteCaps, capsFailure, language);
  }

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the shell's stand-in, shown until now
    return this;
  }

  protected override render(): TemplateResult {
    const known = siteCaps.value;
    const failure = capsFailure.value;
    return html`
      <cw-problem .problem=${failure?.problem ?? null}></cw-problem>
      ${known ? html`<cw-jobs-switch></cw-jobs-switch> ${this.table(known)}` : nothing}
      ${!known && failure?.problem.retryable
        ? html`<button type="button" class="small" @click=${() => void loadCaps()}>${t("retry")}</button>`
        : nothing}
    `;
  }

  private table({ caps }: SiteCaps): TemplateResult {
    return html`
      <form class="settings-part" novalidate @submit=${(event: SubmitEvent) => void this.save(event, caps)}>
        <h2 id="caps-title">${either("한도", "Caps")}</h2>
        <p class="quiet">
          ${either(
            "한 사람의 한도에는 지금 로그인한 내가 쓴 양이 보여요. 하루는 한국 시간, 한 시간은 정각부터 세요.",
            "Of caps for one person, the use is your own. Days are those of Korea; hours begin on the hour.",
          )}
        </p>
        <table class="caps" aria-labelledby="caps-title">
          <thead>
            <tr>
              <th scope="col">${either("이름", "Name")}</th>
              <th scope="col">${either("사용", "Used")}</th>
              <th scope="col">${either("한도", "Cap")}</th>
            </tr>
          </thead>
          <tbody>
            ${caps.map((cap) => this.row(cap))}
          </tbody>
        </table>
        ${this.unclear
          ? html`<p class="fault" role="alert">
              ${either(`${capName(this.unclear)}: 0 이상의 수를 써 주세요.`, `${capName(this.unclear)}: write a number from 0 on.`)}
            </p>`
          : nothing}
        <button type="submit" class="primary">${either("바꾼 한도 저장", "Save the changes")}</button>
      </form>
    `;
  }

  private row(cap: Cap): TemplateResult {
    const isFull = cap.name !== "job" && cap.used >= cap.most;
    const used = Number(Number(shownAmount(cap, cap.used)).toFixed(1)).toLocaleString("en-US");
    return html`
      <tr>
        <th scope="row" id="cap-${cap.name}">${capName(cap)}</th>
        <td class=${isFull ? "is-full" : ""}>
          ${cap.name === "job" ? "–" : used}${isFull ? html`<span class="visually-hidden">, ${either("꽉 참", "full")}</span>` : nothing}
        </td>
        <td>
          <span class="cap-most">
            <input
              type="text"
              inputmode="decimal"
              autocomplete="off"
              name=${cap.name}
              aria-labelledby="cap-${cap.name} unit-${cap.name}"
              aria-invalid=${this.unclear?.name === cap.name ? "true" : "false"}
              .value=${shownAmount(cap, cap.most)}
            />
            <span class="quiet" id="unit-${cap.name}">${unitName(cap)}</span>
          </span>
        </td>
      </tr>
    `;
  }

  private async save(event: SubmitEvent, caps: readonly Cap[]): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const typed = caps.map((cap) => ({ cap, most: typedAmount(cap, String(fields.get(cap.name))) }));
    this.unclear = typed.find(({ most }) => most === null)?.cap ?? null;
    if (this.unclear) {
      this.querySelector<HTMLElement>(`[name=${this.unclear.name}]`)?.focus();
      return;
    }
    const changes: CapChange[] = typed.flatMap(({ cap, most }) =>
      most === null || most === cap.most ? [] : [{ name: cap.name, most }],
    );
    if (changes.length === 0) note(either("바뀐 한도가 없어요", "Nothing was changed"));
    else if (await changeCaps({ caps: changes })) note(either("한도를 바꿨어요", "The caps are changed"));
  }
}
