/** Ratio, length and quality. Every choice carries its own price: the form is the price list. What a press adds to it once, a
 * start say, stands beside each list. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { Estimate, PresetInfo, Tier } from "../../../functions/_generated/contract";
import { change, choiceNow, draft, modeOf } from "../state/draft";
import { won } from "../format";
import { either, language, t } from "../state/language";
import { type Choice, estimateFor, menu, presetNamed } from "../state/menu";
import { besidesClips, offers } from "../state/offers";
import { View } from "./view";

/** Micro-won: less is shown as nothing. */
const LEAST_TOLD = 500_000;

@customElement("cw-choices")
export class Choices extends View {
  constructor() {
    super();
    this.watching(draft, menu, offers, language);
  }

  protected override render(): TemplateResult {
    const preset = presetNamed(draft.value.preset);
    if (!menu.value || !preset) return html`<div class="skeleton choices-skeleton"></div>`;
    const offered = menu.value.presets.filter((one) => modeOf(one.inputs) === draft.value.mode && !one.option_of);
    return html`
      <fieldset class="pills">
        <legend>${t("ratio")} ${this.added()}</legend>
        <div class="pill-row">
          ${preset.ratios.map((ratio) =>
            this.pill("ratio", ratio, html`<span class="shape shape-${ratio.replace(":", "x")}"></span>${ratio}`, { ratio }),
          )}
        </div>
      </fieldset>
      <fieldset class="pills">
        <legend>${t("length")} ${this.added()}</legend>
        <div class="pill-row">
          ${preset.seconds.map((seconds) =>
            this.pill("seconds", String(seconds), html`${t("seconds_n", { n: seconds })}`, { seconds }),
          )}
        </div>
      </fieldset>
      <fieldset class="rows">
        <legend>${t("quality")} ${this.added()}</legend>
        ${offered.flatMap((one) => one.tiers.map((tier) => this.row(one, tier)))}
        ${menu.value.checkpoint ? html`<p class="quiet">${t("made_with", { models: menu.value.checkpoint })}</p>` : nothing}
      </fieldset>
    `;
  }

  private added(): TemplateResult | typeof nothing {
    const estimate = estimateFor(choiceNow(draft.value));
    const more = estimate ? besidesClips(estimate) : 0;
    return more >= LEAST_TOLD ? html`<span class="legend-price">${t("price_added", { won: won(more) })}</span>` : nothing;
  }

  private pill(name: string, value: string, label: TemplateResult, part: Partial<Choice>): TemplateResult {
    const now = choiceNow(draft.value);
    const estimate = estimateFor({ ...now, ...part });
    const isChosen = Object.entries(part).every(([key, one]) => now[key as keyof Choice] === one);
    return html`
      <label class="pill">
        <input type="radio" name=${name} .value=${value} .checked=${isChosen} @change=${() => change(part)} />
        <span class="pill-label">${label}</span>
        <span class="price">${estimate ? won(estimate.micro_won) : nothing}</span>
      </label>
    `;
  }

  private row(preset: PresetInfo, tier: Tier): TemplateResult {
    const now = draft.value;
    const option = presetNamed(now.preset);
    const name = option?.option_of === preset.name ? option.name : preset.name;
    const estimate: Estimate | undefined = estimateFor({ ...choiceNow(now), preset: name, tier });
    const isFirst = preset.tiers[0] === tier;
    return html`
      <label class="choice-row">
        <input
          type="radio"
          name="quality"
          .value=${`${preset.name} ${tier}`}
          .checked=${now.preset === name && now.tier === tier}
          @change=${() => change({ preset: name, tier })}
        />
        <span class="choice-text">
          <span class="choice-title">
            ${either(preset.title_ko, preset.title_en)}
            <span class="size">${estimate ? `${estimate.width}×${estimate.height}` : tier}</span>
          </span>
          ${isFirst ? html`<span class="quiet">${either(preset.summary_ko, preset.summary_en)}</span>` : nothing}
        </span>
        <span class="price">${estimate ? won(estimate.micro_won) : nothing}</span>
      </label>
    `;
  }
}
