/** A problem as people need it: what happened, what to do, whether money was spent, and a number to report. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Problem } from "../../../functions/_generated/contract";
import { won } from "../format";
import { language, t } from "../state/language";
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
    return html`
      <div class="fault" role="alert">
        <strong>${problem.title}</strong>
        ${problem.detail && problem.detail !== problem.title ? html`<p>${problem.detail}</p>` : nothing}
        ${problem.errors.length > 0
          ? html`<ul>
              ${problem.errors.map((one) => html`<li>${one.pointer.replace(/^#?\//, "") || "·"}: ${one.detail}</li>`)}
            </ul>`
          : nothing}
        ${problem.fix ? html`<p>${problem.fix}</p>` : nothing}
        <p class="fault-foot">
          ${isKnown ? html`<span>${spent > 0 ? t("spent", { won: won(spent) }) : t("spent_nothing")}</span>` : nothing}
          ${id
            ? html`<button type="button" class="link" @click=${() => void this.copy(id)}>${t("copy_id")}</button>`
            : nothing}
        </p>
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
