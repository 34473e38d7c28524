/** What tells the model how to move: the option that costs more, how closely picture and words are followed, how soft the
 * picture is shown. Each has the preset's own value as a mark, and says what it does to the price. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import type { PresetInfo } from "../../../functions/_generated/contract";
import controlWords from "../../words/model-controls.json";
import { won } from "../format";
import { change, choiceNow, draft } from "../state/draft";
import { either, language, wordsOf } from "../state/language";
import { estimateFor, menu, presetNamed } from "../state/menu";
import { givenTogether, pictures } from "../state/pictures";
import { View } from "./view";

const words = wordsOf(controlWords);

interface Slider {
  name: "strength" | "guidance" | "crf";
  least: number;
  most: number;
  step: number;
  /** The preset's own. */
  usual: number;
  chosen: number | null;
  hint: string;
  isInert: boolean;
  choose: (value: number) => void;
}

@customElement("cw-model-controls")
export class ModelControls extends View {
  constructor() {
    super();
    this.watching(draft, menu, pictures, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const preset = presetNamed(draft.value.preset);
    if (!preset) return nothing;
    return html`${this.option(preset)} ${this.strength(preset)} ${this.guidance(preset)} ${this.softness(preset)}`;
  }

  /** Where the marks stand; a style that is written into the page is not allowed. */
  protected override updated(): void {
    for (const marked of this.querySelectorAll<HTMLElement>(".marked")) {
      marked.style.setProperty("--mark", marked.dataset["mark"] ?? "0");
    }
  }

  /** The same clip with more work, where the preset has such an option. */
  private option(preset: PresetInfo): TemplateResult | typeof nothing {
    const base = preset.option_of ?? preset.name;
    const option = menu.value?.presets.find((one) => one.option_of === base);
    if (!option) return nothing;
    const now = choiceNow(draft.value);
    const [plain, more] = [estimateFor({ ...now, preset: base }), estimateFor({ ...now, preset: option.name })];
    const isOn = preset.name === option.name;
    return html`
      <fieldset class="field">
        <legend>${words("more")}</legend>
        <label class="check">
          <input
            type="checkbox"
            aria-describedby="option-hint"
            .checked=${isOn}
            @change=${() => change({ preset: isOn ? base : option.name })}
          />
          ${either(option.title_ko, option.title_en)}
          ${plain && more
            ? html`<span class="price">${words("option_more", { won: won(more.micro_won - plain.micro_won) })}</span>`
            : nothing}
        </label>
        <p class="quiet" id="option-hint">${words("option_hint")}</p>
      </fieldset>
    `;
  }

  private strength(preset: PresetInfo): TemplateResult {
    const usual = preset.image_strength;
    const hint = words("strength_hint", { n: (usual ?? 1).toFixed(2) });
    const isFirstAlone = preset.has_own_second_stage;
    return this.slider({
      name: "strength",
      least: 0,
      most: 1,
      step: 0.05,
      usual: usual ?? 1,
      chosen: draft.value.imageStrength,
      hint: this.whyInert(preset) ?? (isFirstAlone ? `${words("strength_first")} ${hint}` : hint),
      isInert: this.whyInert(preset) !== null,
      choose: (imageStrength) => change({ imageStrength }),
    });
  }

  private guidance(preset: PresetInfo): TemplateResult {
    const isInert = preset.negative_prompt === null;
    return this.slider({
      name: "guidance",
      least: 1.5,
      most: 8,
      step: 0.5,
      usual: isInert ? 3 : preset.guidance,
      chosen: draft.value.guidance,
      hint: isInert ? words("guidance_inert") : words("guidance_hint", { n: preset.guidance.toFixed(1) }),
      isInert,
      choose: (guidance) => change({ guidance }),
    });
  }

  private softness(preset: PresetInfo): TemplateResult {
    return this.slider({
      name: "crf",
      least: 0,
      most: 51,
      step: 1,
      usual: preset.picture_crf,
      chosen: draft.value.pictureCrf,
      hint: this.whyInert(preset) ?? words("crf_hint", { n: String(preset.picture_crf) }),
      isInert: this.whyInert(preset) !== null,
      choose: (pictureCrf) => change({ pictureCrf }),
    });
  }

  /** Why the picture's controls do nothing; null: they do. */
  private whyInert(preset: PresetInfo): string | null {
    if (preset.image_strength === null) return words("none");
    const isGiven = draft.value.mode === "keyframes" || givenTogether(pictures.value).length > 0;
    return isGiven ? null : words("inert");
  }

  private slider({ name, least, most, step, usual, chosen, hint, isInert, choose }: Slider): TemplateResult {
    const value = chosen ?? usual;
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    return html`
      <div class="field">
        <label for="field-${name}">${words(name)}</label>
        <div class="strength">
          <span class="marked" data-mark=${(usual - least) / (most - least)}>
            <input
              id="field-${name}"
              type="range"
              min=${least}
              max=${most}
              step=${step}
              ?disabled=${isInert}
              .value=${String(value)}
              aria-describedby="${name}-hint"
              @input=${(event: Event) => choose(Number((event.target as HTMLInputElement).value))}
            />
            <span class="ends quiet" aria-hidden="true"><span>${words(`${name}_low`)}</span><span>${words(`${name}_high`)}</span></span>
          </span>
          <output>${value.toFixed(digits)}</output>
        </div>
        <p class="quiet" id="${name}-hint">${hint}</p>
      </div>
    `;
  }
}
