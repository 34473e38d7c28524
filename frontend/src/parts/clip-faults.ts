/** Known faults of the model that a clip's figures show, and one press for another try. It repairs nothing: the clip stays as
 * it was made. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { Failure } from "../api";
import { won } from "../format";
import { rerun } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { choiceOf, estimateFor, menu } from "../state/menu";
import { announcement, note } from "../state/notices";
import { besidesClips, offers } from "../state/offers";
import { View } from "./view";

const words = wordsOf(clipWords);
/** A later release may name others, which are passed over. */
const FAULTS = ["flash_at_end", "grey", "frozen", "unlike_picture", "light_drifts"] as const;

@customElement("cw-clip-faults")
export class ClipFaults extends View {
  @property({ attribute: false }) accessor job!: Job;

  constructor() {
    super();
    this.watching(language, menu, offers); // the actions beside it keep the offers up to date
  }

  protected override render(): TemplateResult | typeof nothing {
    const { job } = this;
    // Clips of before say nothing of them.
    const shown = FAULTS.filter((fault) => job.quality?.faults?.includes(fault));
    if (shown.length === 0) return nothing;
    const estimate = estimateFor(choiceOf(job.input));
    const again = words("fault_again");
    return html`
      <section class="banner clip-faults">
        <h2>${words("fault_title")}</h2>
        <ul>
          ${shown.map((fault) => html`<li>${words(`fault_${fault}`)}</li>`)}
        </ul>
        <p class="quiet">${words("fault_hint")}</p>
        <button type="button" class="small" @click=${() => void this.again()}>
          ${estimate ? `${again} · ${won(estimate.micro_won + besidesClips(estimate))}` : again}
        </button>
      </section>
    `;
  }

  private async again(): Promise<void> {
    try {
      await rerun(this.job.id, "new");
      announcement.set(t("submitted"));
      note(t("rerun_started"));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(`${error.problem.title}. ${error.problem.fix}`);
    }
  }
}
