/** The line of text, its counter, and the very sentence that the model will get. Never changes what was typed. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { MAX_PROMPT_CHARACTERS } from "../../../functions/_generated/constants";
import { change, draft } from "../state/draft";
import { language, t } from "../state/language";
import { menu, presetNamed } from "../state/menu";
import { characters, promptSent } from "../request";
import { View } from "./view";

@customElement("cw-prompt")
export class Prompt extends View {
  @state() private accessor showsSent = false;

  constructor() {
    super();
    this.watching(draft, menu, language);
  }

  private get area(): HTMLTextAreaElement {
    return this.querySelector("textarea") as HTMLTextAreaElement;
  }

  protected override render(): TemplateResult {
    const limit = menu.value?.max_prompt_characters ?? MAX_PROMPT_CHARACTERS;
    const count = characters(draft.value.prompt);
    const prefix = presetNamed(draft.value.preset)?.prompt_prefix;
    return html`
      <div class="field">
        <label for="field-prompt">${t("prompt")}</label>
        <textarea
          id="field-prompt"
          rows="3"
          placeholder=${t("prompt_placeholder")}
          aria-describedby="prompt-count prompt-keys"
          aria-invalid=${count > limit ? "true" : "false"}
          .value=${draft.value.prompt}
          @input=${(event: Event) => change({ prompt: (event.target as HTMLTextAreaElement).value })}
          @keydown=${this.key}
        ></textarea>
        <div class="prompt-foot">
          <button
            type="button"
            class="link"
            aria-expanded=${this.showsSent ? "true" : "false"}
            aria-controls="prompt-sent"
            @click=${() => (this.showsSent = !this.showsSent)}
          >
            ${t("show_sent")}
          </button>
          <span id="prompt-keys" class="quiet keys">${t("submit_keys")}</span>
          <span id="prompt-count" class="count ${count > limit ? "is-over" : ""}">
            ${count.toLocaleString("en-US")} / ${limit.toLocaleString("en-US")}
          </span>
        </div>
        <div id="prompt-sent" class="sent" ?hidden=${!this.showsSent}>
          ${this.showsSent
            ? html`<p class="sent-text">${promptSent(draft.value) || t("sent_empty")}</p>
                <p class="quiet">${prefix ? t("sent_prefix") : t("sent_as_is")}</p>`
            : nothing}
        </div>
      </div>
    `;
  }

  protected override updated(): void {
    // field-sizing is not everywhere yet, so the height follows the text here.
    this.area.style.blockSize = "auto";
    this.area.style.blockSize = `${this.area.scrollHeight + 2}px`;
  }

  private key(event: KeyboardEvent): void {
    // While Hangul is being composed, Enter ends the syllable. Safari reports that key with code 229 alone.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!event.repeat) this.closest("form")?.requestSubmit(); // held down, it means one clip
  }
}
