/** What is in the drawer of settings that most clips leave alone: seed, sound, negative prompt, and what
 * tells the model how to move. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { MAX_SEED } from "../../../functions/_generated/constants";
import tuningWords from "../../words/tuning.json";
import { change, draft, isTuned, resetTuning } from "../state/draft";
import { language, t, wordsOf } from "../state/language";
import { menu, presetNamed } from "../state/menu";
import "./model-controls";
import { View } from "./view";

const words = wordsOf(tuningWords);

@customElement("cw-tuning-fields")
export class TuningFields extends View {
  /** What was typed as a seed is none. */
  @state() private accessor wasUnclear = false;

  constructor() {
    super();
    this.watching(draft, menu, language);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="drawer-body">
        <cw-model-controls></cw-model-controls>
        ${this.seed()} ${this.sound()} ${this.negative()}
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
