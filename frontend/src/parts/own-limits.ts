/** The caps that people set for themselves, below the site's: an empty field sets none. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { OwnLimits, Usage } from "../../../functions/_generated/contract";
import usageWords from "../../words/usage.json";
import { won } from "../format";
import { language, wordsOf } from "../state/language";
import { note } from "../state/notices";
import { setOwnLimits, usage, usageFailure } from "../state/usage";
import { View } from "./view";

const words = wordsOf(usageWords);
const FIELDS = [
  { name: "owner_day", label: "own_day" },
  { name: "job", label: "own_clip" },
] as const;
type Field = (typeof FIELDS)[number]["name"];

@customElement("cw-own-limits")
export class OwnLimitsForm extends View {
  /** The first field that holds no amount, or one above the site's. */
  @state() private accessor unclear: Field | null = null;

  constructor() {
    super();
    this.watching(usage, usageFailure, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const known = usage.value;
    if (known === null) return nothing;
    return html`
      <form class="settings-part own-limits" novalidate @submit=${(event: SubmitEvent) => void this.save(event, known)}>
        <h2>${words("own_limits")}</h2>
        <p class="quiet">${words("own_about")}</p>
        ${FIELDS.map(({ name, label }) => this.field(known, name, words(label)))}
        <p><button type="submit" class="small">${words("own_save")}</button></p>
      </form>
    `;
  }

  private field(known: Usage, name: Field, label: string): TemplateResult {
    const own = known.own_limits[`${name}_micro_won`];
    const most = won(known.limits[`${name}_micro_won`]);
    const isUnclear = this.unclear === name;
    return html`
      <div class="own-limit">
        <label for="own-${name}">${label}</label>
        <input
          type="text"
          inputmode="numeric"
          autocomplete="off"
          id="own-${name}"
          name=${name}
          aria-describedby="own-${name}-most ${isUnclear ? `own-${name}-fault` : ""}"
          aria-invalid=${isUnclear ? "true" : "false"}
          .value=${own === null ? "" : String(own / 1e6)}
        />
        <span class="quiet" id="own-${name}-most">${words("own_most", { won: most })}</span>
        ${isUnclear
          ? html`<span class="fault" role="alert" id="own-${name}-fault">${words("own_unclear", { won: most })}</span>`
          : nothing}
      </div>
    `;
  }

  private async save(event: SubmitEvent, known: Usage): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const limits: OwnLimits = { job_micro_won: null, owner_day_micro_won: null };
    for (const { name } of FIELDS) {
      const typed = String(fields.get(name)).replace(/[\s,₩원]/g, "");
      const amount = Number(typed) * 1e6;
      if (typed === "") continue;
      if (!/^\d{1,9}$/.test(typed) || amount > known.limits[`${name}_micro_won`]) {
        this.unclear = name;
        await this.updateComplete;
        this.querySelector<HTMLElement>(`#own-${name}`)?.focus();
        return;
      }
      limits[`${name}_micro_won`] = amount;
    }
    this.unclear = null;
    if (await setOwnLimits(limits)) note(words("own_saved"));
  }
}
