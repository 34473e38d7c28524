/** The line of text, its counter, the motions that its spoken lines suggest, and the very sentence that the model will get. Never changes what was typed. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { MAX_PROMPT_CHARACTERS } from "../../../functions/_generated/constants";
import type { Motion } from "../../../functions/_generated/contract";
import motionWords from "../../words/motions.json";
import { motionsOf, offeredMotions } from "../motions";
import { characters, isVisible, promptSent } from "../request";
import { change, draft } from "../state/draft";
import { language, t, wordsOf } from "../state/language";
import { menu, presetNamed } from "../state/menu";
import { note } from "../state/notices";
import { prefetchPart } from "../state/part-loading";
import { preferMotions, suggestsMotions } from "../state/preferences";
import { fitHeight } from "./fit-height";
import "./spoken-motions";
import { View } from "./view";

const words = wordsOf(motionWords);

@customElement("cw-prompt")
export class Prompt extends View {
  @state() private accessor showsSent = false;

  constructor() {
    super();
    this.watching(draft, menu, language, suggestsMotions);
  }

  private get area(): HTMLTextAreaElement {
    return this.querySelector("textarea") as HTMLTextAreaElement;
  }

  protected override render(): TemplateResult {
    const limit = menu.value?.max_prompt_characters ?? MAX_PROMPT_CHARACTERS;
    const count = characters(draft.value.prompt);
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
        <cw-prompt-help></cw-prompt-help>
        <cw-spoken-motions
          .offered=${offeredMotions(draft.value)}
          .turn=${(name: Motion, isOn: boolean) => change({ motions: { ...draft.value.motions, [name]: isOn } })}
          .stop=${this.stop}
        ></cw-spoken-motions>
        <div id="prompt-sent" class="sent" ?hidden=${!this.showsSent}>
          ${this.showsSent
            ? html`<p class="sent-text">${promptSent(draft.value) || t("sent_empty")}</p>
                <p class="quiet">${this.about()}</p>`
            : nothing}
        </div>
      </div>
    `;
  }

  /** What of the text that is sent was not typed. */
  private about(): string {
    const prefix = presetNamed(draft.value.preset)?.prompt_prefix;
    const hasMotions = motionsOf(draft.value).length > 0;
    if (!prefix) return hasMotions ? t("sent_motions") : t("sent_as_is");
    return hasMotions ? `${t("sent_prefix")} ${t("sent_motions")}` : t("sent_prefix");
  }

  private readonly stop = (): void => {
    const before = draft.value.motions;
    preferMotions(false);
    change({ motions: {} });
    this.area.focus();
    note(words("stopped"), {
      label: t("undo"),
      run: () => {
        preferMotions(true);
        change({ motions: before });
      },
    });
  };

  protected override updated(): void {
    if (draft.value.helped !== null || isVisible(draft.value.prompt)) prefetchPart(() => import("./prompt-help"));
    fitHeight(this.area);
  }

  private key(event: KeyboardEvent): void {
    // While Hangul is being composed, Enter ends the syllable. Safari reports that key with code 229 alone.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!event.repeat) this.closest("form")?.requestSubmit(); // held down, it means one clip
  }
}
