/** A problem as people need it: what happened, what to do, whether money was spent, and a number to report. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { CheaperChoice, Problem } from "../../../functions/_generated/contract";
import { won } from "../format";
import { either, language, t } from "../state/language";
import { estimateFor, presetNamed } from "../state/menu";
import { note } from "../state/notices";
import { View } from "./view";

@customElement("cw-problem")
export class ProblemBox extends View {
  @property({ attribute: false }) accessor problem: Problem | null = null;
  /** A job's id, reported beside the problem; null for a failed request, which has its own. */
  @property({ attribute: false }) accessor jobId: string | null = null;

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { problem } = this;
    if (!problem) return nothing;
    const id = this.jobId ?? problem.instance;
    const spent = problem.charged_micro_won;
    // Where the server did not say it, nobody knows whether money is being spent.
    const isKnown = problem.type !== "about:blank";
    const ofFields = problem.errors.filter(({ pointer }) => pointer !== ""); // what concerns the whole is in the detail
    return html`
      <div class="fault" role="alert">
        <strong>${problem.title}</strong>
        ${problem.detail && problem.detail !== problem.title ? html`<p>${problem.detail}</p>` : nothing}
        ${ofFields.length > 0
          ? html`<ul>
              ${ofFields.map((one) => html`<li>${one.pointer.replace(/^#?\//, "") || "·"}: ${one.detail}</li>`)}
            </ul>`
          : nothing}
        ${problem.choices?.length ? this.choices(problem.choices) : problem.fix ? html`<p>${problem.fix}</p>` : nothing}
        <p class="fault-foot">
          ${isKnown ? html`<span>${spent > 0 ? t("spent", { won: won(spent) }) : t("spent_nothing")}</span>` : nothing}
          ${id
            ? html`<button type="button" class="link" @click=${() => void this.copy(id)}>${t("copy_id")}</button>`
            : nothing}
        </p>
      </div>
    `;
  }

  /** What would still be let through: a press changes the form to it, and sends nothing. */
  private choices(all: readonly CheaperChoice[]): TemplateResult {
    return html`
      <p id="cheaper">${t("cheaper")}</p>
      <div class="cheaper" role="group" aria-labelledby="cheaper">
        ${all.map(
          (one) => html`
            <button type="button" class="small" @click=${() => this.dispatchEvent(new CustomEvent("cheaper", { detail: one }))}>
              ${nameOf(one)} · ${t("about", { time: won(one.micro_won) })}
            </button>
          `,
        )}
      </div>
    `;
  }

  private async copy(id: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(id);
      note(t("copied"));
    } catch {
      note(id); // no permission: show it, so that it can be read
    }
  }
}

/** As the form names them. */
function nameOf(choice: CheaperChoice): string {
  const preset = presetNamed(choice.preset);
  const title = preset ? either(preset.title_ko, preset.title_en) : choice.preset;
  const size = estimateFor(choice);
  return `${title} · ${size ? `${size.width}×${size.height}` : choice.tier} · ${t("seconds_n", { n: choice.seconds })}`;
}
