/** Restyle's source: one of the finished clips. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { change, draft } from "../state/draft";
import { filmLength } from "../format";
import { jobs } from "../state/jobs";
import { language, t } from "../state/language";
import { View } from "./view";

@customElement("cw-source-picker")
export class SourcePicker extends View {
  constructor() {
    super();
    this.watching(draft, jobs, language);
  }

  protected override render(): TemplateResult {
    const finished = jobs.value.list.filter((job) => job.status === "succeeded" && job.links.poster);
    if (finished.length === 0) return html`<p class="quiet hint-box" id="field-source" tabindex="-1">${t("no_source")}</p>`;
    return html`
      <fieldset class="sources" id="field-source" tabindex="-1">
        <legend>${t("source")}</legend>
        <div class="source-row">
          ${finished.map(
            (job) => html`
              <label class="source">
                <input
                  type="radio"
                  name="source"
                  .checked=${draft.value.sourceJobId === job.id}
                  @change=${() => change({ sourceJobId: job.id, ratio: job.input.ratio })}
                />
                <img src=${job.links.poster ?? ""} alt=${job.input.prompt} loading="lazy" />
                <span>${filmLength(job.video?.seconds ?? 0)}</span>
              </label>
            `,
          )}
        </div>
      </fieldset>
    `;
  }
}
