/** The drawer of settings that most clips leave alone. What is in it is fetched when somebody is about to open it. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { icons } from "../icons";
import { draft, isTuned } from "../state/draft";
import { language, t } from "../state/language";
import { fetchPart, prefetchPart } from "../state/part-loading";
import { View } from "./view";

const fields = (): Promise<unknown> => import("./tuning-fields");

@customElement("cw-tuning")
export class Tuning extends View {
  constructor() {
    super();
    this.watching(draft, language);
  }

  protected override render(): TemplateResult {
    return html`
      <details class="drawer" @toggle=${() => void fetchPart(fields)}>
        <summary @pointerenter=${() => prefetchPart(fields)} @focus=${() => prefetchPart(fields)}>
          <span>${t("more_settings")}</span>
          ${isTuned(draft.value)
            ? html`<span class="dot"><span class="visually-hidden">${t("changed")}</span></span>`
            : nothing}
          ${icons.chevron}
        </summary>
        <cw-tuning-fields></cw-tuning-fields>
      </details>
    `;
  }
}
