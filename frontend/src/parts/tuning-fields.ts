/** What is in the drawer of settings that most clips leave alone: seed, picture strength, sound, negative prompt. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { MAX_SEED } from "../../../functions/_generated/constants";
import tuningWords from "../../words/tuning.json";
import { change, draft, isTuned, resetTuning } from "../state/draft";
import { language, t, wordsOf } from "../state/language";
import { menu, presetNamed } from "../state/menu";
import { givenTogether, pictures } from "../state/pictures";
import { View } from "./view";

const words = wordsOf(tuningWords);

@customElement("cw-tuning-fields")
export class TuningFields extends View {
  /** What was typed as a seed is none. */
  @state() private accessor wasUnclear = false;

  constructor() {
    super();
    this.watching(draft, menu, pictures, language);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="drawer-body">
        ${this.seed()} ${this.strength()} ${this.sound()} ${this.negative()}
        <button type="button" class="small" aria-disabled=${isTuned(draft.value) ? "false" : "true"} @click=${resetTuning}>
          ${words("reset")}
        </button>
      </div>
    `;
  }

  private seed(): TemplateResult {
    const { seed } = draft.value;
    return html`
      <fieldset class="field">
        <legend>${t("seed")}</legend>
        <div class="seed">
          <label class="check">
            <input type="radio" name="seed" .checked=${seed === null} @change=${() => change({ seed: null })} />
            ${words("seed_random")}
          </label>
          <label class="check">
            <input type="radio" name="seed" .checked=${seed !== null} @change=${() => change({ seed: seed ?? drawn() })} />
            ${words("seed_locked")}
          </label>
          <input
            type="text"
            inputmode="numeric"
            autocomplete="off"
            aria-label=${words("seed_number")}
            ?disabled=${seed === null}
            .value=${seed === null ? "" : String(seed)}
            @change=${this.typed}
          />
        </div>
        ${this.wasUnclear ? html`<p class="fault" role="alert">${words("seed_unclear")}</p>` : nothing}
        <p class="quiet">${t("seed_hint")}</p>
      </fieldset>
    `;
  }

  private strength(): TemplateResult {
    const usual = presetNamed(draft.value.preset)?.image_strength ?? null;
    const hasPicture =
      draft.value.mode === "keyframes" ||
      (draft.value.mode === "picture" && givenTogether(pictures.value).length > 0);
    const value = draft.value.imageStrength ?? usual ?? 1;
    const isInert = usual === null || !hasPicture;
    return html`
      <div class="field">
        <label for="field-strength">${t("strength")}</label>
        <div class="strength">
          <input
            id="field-strength"
            type="range"
            min="0"
            max="1"
            step="0.05"
            ?disabled=${isInert}
            .value=${String(value)}
            aria-describedby="strength-hint"
            @input=${(event: Event) => change({ imageStrength: Number((event.target as HTMLInputElement).value) })}
          />
          <output>${value.toFixed(2)}</output>
        </div>
        <p class="quiet" id="strength-hint">
          ${usual === null ? words("strength_none") : isInert ? words("strength_inert") : words("strength_hint", { n: (usual ?? 1).toFixed(2) })}
        </p>
      </div>
    `;
  }

  private sound(): TemplateResult {
    const isOff = draft.value.sound === "off";
    return html`
      <fieldset class="field">
        <legend>${t("sound")}</legend>
        <label class="check">
          <input
            type="checkbox"
            aria-describedby="sound-hint"
            .checked=${isOff}
            @change=${() => change({ sound: isOff ? "model" : "off" })}
          />
          ${t("sound_off")}
        </label>
        <p class="quiet" id="sound-hint">${words("sound_hint")}</p>
      </fieldset>
    `;
  }

  private negative(): TemplateResult {
    const usual = presetNamed(draft.value.preset)?.negative_prompt ?? null;
    return html`
      <div class="field">
        <label for="field-negative">${t("negative")}</label>
        <textarea
          id="field-negative"
          rows="2"
          ?disabled=${usual === null}
          placeholder=${usual ?? ""}
          aria-describedby="negative-hint"
          .value=${draft.value.negativePrompt}
          @input=${(event: Event) => change({ negativePrompt: (event.target as HTMLTextAreaElement).value })}
        ></textarea>
        <p class="quiet" id="negative-hint">${usual === null ? words("negative_inert") : words("negative_hint")}</p>
      </div>
    `;
  }

  private typed(event: Event): void {
    const input = event.target as HTMLInputElement;
    const number = Number(input.value.trim());
    const isSeed = input.value.trim() !== "" && Number.isInteger(number) && number >= 0 && number <= MAX_SEED;
    this.wasUnclear = !isSeed;
    if (isSeed) change({ seed: number });
    else input.value = String(draft.value.seed ?? "");
  }
}

function drawn(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
