/** Prompt help: asks for the person's words in English, for a price that is named before, and shows both texts. The English
 * can be changed, and takes the place of nothing until it is chosen. It is fetched once there are words. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { MAX_PROMPT_CHARACTERS } from "../../../functions/_generated/constants";
import type { TextJob } from "../../../functions/_generated/contract";
import promptHelpWords from "../../words/prompt-help.json";
import { won } from "../format";
import { characters, isVisible } from "../request";
import { draft } from "../state/draft";
import { language, t, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { pictures } from "../state/pictures";
import * as help from "../state/prompt-help";
import "./problem";
import { View } from "./view";

const words = wordsOf(promptHelpWords);

@customElement("cw-prompt-help")
export class PromptHelp extends View {
  constructor() {
    super();
    this.watching(draft, pictures, menu, language, help.text, help.problem, help.offer);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    help.resume();
  }

  private get limit(): number {
    return menu.value?.max_prompt_characters ?? MAX_PROMPT_CHARACTERS;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { helped, prompt } = draft.value;
    if (helped === null) return isVisible(prompt) ? this.offered() : nothing;
    if (help.problem.value !== null) return this.failed();
    const written = help.text.value;
    return written?.status === "succeeded" ? this.choice(written) : this.waiting(written);
  }

  protected override updated(): void {
    if (draft.value.helped === null && isVisible(draft.value.prompt)) void help.lookAtOffer();
    const area = this.querySelector("textarea");
    if (area === null) return;
    // field-sizing is not everywhere yet, so the height follows the text here.
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  }

  private offered(): TemplateResult {
    const offer = menu.value?.is_tiny_model ? null : help.offer.value; // the tiny model costs nothing
    const isTooLong = characters(draft.value.prompt) > this.limit;
    return html`
      <div class="help-ask">
        <button type="button" class="small" aria-describedby="help-about" ?disabled=${isTooLong} @click=${this.ask}>
          ${offer === null
            ? words("ask_unpriced")
            : words("ask", { won: won(offer.micro_won + offer.start_micro_won) })}
        </button>
        <p class="quiet" id="help-about">
          ${offer?.start_micro_won ? words("with_start", { won: won(offer.start_micro_won) }) : nothing}
          ${words(help.seenUpload() === null ? "about" : "about_picture")}
        </p>
      </div>
    `;
  }

  private waiting(written: TextJob | null): TemplateResult {
    const state = written === null ? "sending" : written.cancel_requested ? "stopping" : written.status;
    return html`
      <div class="help">
        <p role="status" class="help-state">${words(state as "sending" | "stopping" | "queued" | "running")}</p>
        <div class="help-acts">
          <button
            type="button"
            class="small"
            ?disabled=${written === null || written.cancel_requested}
            @click=${() => void help.cancel()}
          >
            ${t("cancel")}
          </button>
        </div>
      </div>
    `;
  }

  private failed(): TemplateResult {
    const { helped } = draft.value;
    const hasEnded = help.text.value !== null;
    return html`
      <div class="help">
        <cw-problem .problem=${help.problem.value} .jobId=${helped?.id ?? null}></cw-problem>
        <div class="help-acts">
          <button type="button" class="small" @click=${hasEnded ? this.again : () => void help.send()}>${t("retry")}</button>
          <button type="button" class="link" @click=${this.close}>${words("close")}</button>
        </div>
      </div>
    `;
  }

  private choice({ cost }: TextJob): TemplateResult {
    const english = help.english();
    const count = characters(english);
    const isTooLong = count > this.limit;
    return html`
      <div class="help" role="group" aria-labelledby="help-title">
        <p class="help-title" id="help-title">${words("title")}</p>
        <div class="help-texts">
          <div class="field">
            <span class="help-label">${words("original")}</span>
            <p class="as-typed help-original">${draft.value.helped?.words}</p>
          </div>
          <div class="field">
            <label for="field-english">${words("english")}</label>
            <textarea
              id="field-english"
              lang="en"
              rows="5"
              aria-describedby="english-count"
              aria-invalid=${isTooLong ? "true" : "false"}
              .value=${english}
              @input=${(event: Event) => help.edit((event.target as HTMLTextAreaElement).value)}
            ></textarea>
            <p id="english-count" class="prompt-foot">
              ${isTooLong ? html`<span>${words("too_long", { limit: this.limit.toLocaleString("en-US") })}</span>` : nothing}
              <span class="count ${isTooLong ? "is-over" : ""}">
                ${count.toLocaleString("en-US")} / ${this.limit.toLocaleString("en-US")}
              </span>
            </p>
          </div>
        </div>
        <div class="help-acts">
          <button
            type="button"
            class="small help-use"
            ?disabled=${isTooLong || !isVisible(english)}
            @click=${this.use}
          >
            ${words("use")}
          </button>
          <button type="button" class="small" @click=${this.keep}>${words("keep")}</button>
          <span class="quiet">${words("spent", { won: won(cost.billed_micro_won ?? 0) })}</span>
        </div>
      </div>
    `;
  }

  private readonly ask = (): void => void help.ask();

  private readonly again = (): void => {
    help.leave();
    void help.ask();
  };

  private readonly use = (): void => {
    help.use();
    this.toPrompt();
  };

  private readonly keep = (): void => {
    help.keepOriginal();
    this.toPrompt();
  };

  private readonly close = (): void => {
    help.leave();
    this.toPrompt();
  };

  /** What had the focus is gone. */
  private toPrompt(): void {
    document.getElementById("field-prompt")?.focus();
  }
}
