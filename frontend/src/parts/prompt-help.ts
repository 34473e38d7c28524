/** Prompt help below a field: asks for its words in English, for a price that is named before, and shows both texts. The
 * English can be changed, and takes the place of nothing until it is chosen. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { MAX_PROMPT_CHARACTERS } from "../../../functions/_generated/constants";
import type { Problem, TextJob } from "../../../functions/_generated/contract";
import promptHelpWords from "../../words/prompt-help.json";
import { won } from "../format";
import { characters, isVisible } from "../request";
import { draftHelp } from "../state/draft-help";
import { language, t, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { type Helped, type HelpState, lookAtOffer, offer } from "../state/prompt-help";
import { fitHeight } from "./fit-height";
import "./problem";
import { View } from "./view";

const words = wordsOf(promptHelpWords);

@customElement("cw-prompt-help")
export class PromptHelp extends View {
  /** Another one is another element. */
  @property({ attribute: false }) accessor help: HelpState = draftHelp;
  /** The id of the field that its words are of; the ids in here begin with it. */
  @property({ attribute: false }) accessor field = "field-prompt";
  private ends: (() => void)[] = [];
  private hadFocus = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.ends = [language, menu, offer, ...this.help.stores].map((store) => store.watch(() => this.requestUpdate()));
    this.help.shown += 1;
    this.help.resume();
  }

  override disconnectedCallback(): void {
    this.help.shown -= 1;
    for (const end of this.ends) end();
    super.disconnectedCallback();
  }

  private get limit(): number {
    return menu.value?.max_prompt_characters ?? MAX_PROMPT_CHARACTERS;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { place, problem, text } = this.help;
    const helped = place.helped();
    if (helped === null) return isVisible(place.words()) ? this.offered() : nothing;
    if (problem.value !== null) return this.failed(problem.value, helped);
    return text?.status === "succeeded" ? this.choice(text, helped) : this.waiting(text);
  }

  protected override willUpdate(): void {
    this.hadFocus = this.contains(document.activeElement);
  }

  protected override updated(): void {
    // What had the focus is gone, with the keyboard's place in the page: it goes to what has come instead.
    if (this.hadFocus && !this.contains(document.activeElement)) this.querySelector<HTMLElement>(".help, button")?.focus();
    const { place } = this.help;
    const helped = place.helped();
    if (helped === null && isVisible(place.words())) void lookAtOffer();
    if (helped?.id) this.help.resume(); // another tab has asked for it
    const area = this.querySelector("textarea");
    if (area !== null) fitHeight(area);
  }

  private offered(): TemplateResult {
    const price = menu.value?.is_tiny_model ? null : offer.value; // the tiny model costs nothing
    const isTooLong = characters(this.help.place.words()) > this.limit;
    return html`
      <div class="help-ask">
        <button type="button" class="small" aria-describedby="${this.field}-help-about" ?disabled=${isTooLong} @click=${this.ask}>
          ${price === null
            ? words("ask_unpriced")
            : words("ask", { won: won(price.micro_won + price.start_micro_won) })}
        </button>
        <p class="quiet" id="${this.field}-help-about">
          ${price?.start_micro_won ? words("with_start", { won: won(price.start_micro_won) }) : nothing}
          ${isTooLong ? this.tooLong : words(this.help.place.seenUpload() === null ? "about" : "about_picture")}
        </p>
      </div>
    `;
  }

  private waiting(written: TextJob | null): TemplateResult {
    const state = written === null ? "sending" : written.cancel_requested ? "stopping" : written.status;
    return html`
      <div class="help" tabindex="-1">
        <p role="status" class="help-state">${words(state as "sending" | "stopping" | "queued" | "running")}</p>
        <div class="help-acts">
          <button
            type="button"
            class="small"
            ?disabled=${written === null || written.cancel_requested}
            @click=${this.cancel}
          >
            ${t("cancel")}
          </button>
        </div>
      </div>
    `;
  }

  private get tooLong(): string {
    return words("too_long", { limit: this.limit.toLocaleString("en-US") });
  }

  private failed(problem: Problem, { id }: Helped): TemplateResult {
    const hasEnded = this.help.text !== null;
    return html`
      <div class="help" tabindex="-1">
        <cw-problem .problem=${problem} .jobId=${id}></cw-problem>
        <div class="help-acts">
          <button type="button" class="small" @click=${hasEnded ? this.again : () => void this.help.send()}>${t("retry")}</button>
          <button type="button" class="link" @click=${this.close}>${words("close")}</button>
        </div>
      </div>
    `;
  }

  private choice({ cost }: TextJob, helped: Helped): TemplateResult {
    const { field } = this;
    const { english } = this.help;
    const count = characters(english);
    const isTooLong = count > this.limit;
    return html`
      <div class="help" tabindex="-1" role="group" aria-labelledby="${field}-help-title">
        <p class="help-title" id="${field}-help-title">${words("title")}</p>
        <div class="help-texts">
          <div class="field">
            <span class="help-label">${words("original")}</span>
            <p class="as-typed help-original">${helped.words}</p>
          </div>
          <div class="field">
            <label for="${field}-english">${words("english")}</label>
            <textarea
              id="${field}-english"
              class="help-english"
              lang="en"
              rows="5"
              aria-describedby="${field}-english-count"
              aria-invalid=${isTooLong ? "true" : "false"}
              .value=${english}
              @input=${(event: Event) => this.help.edit((event.target as HTMLTextAreaElement).value)}
            ></textarea>
            <p id="${field}-english-count" class="prompt-foot">
              ${isTooLong ? html`<span>${this.tooLong}</span>` : nothing}
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

  private readonly ask = (): void => void this.help.ask();

  private readonly again = (): void => {
    this.help.leave();
    void this.help.ask();
  };

  private readonly cancel = (): void => {
    this.querySelector<HTMLElement>(".help")?.focus(); // a disabled button would lose it
    void this.help.cancel();
  };

  private readonly use = (): void => {
    this.help.use();
    this.toField();
  };

  private readonly keep = (): void => {
    this.help.keepOriginal();
    this.toField();
  };

  private readonly close = (): void => {
    this.help.leave();
    this.toField();
  };

  /** What had the focus is gone. */
  private toField(): void {
    document.getElementById(this.field)?.focus();
  }
}
