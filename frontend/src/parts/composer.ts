/** The form that makes a clip: pictures, prompt, choices, price, button. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Problem } from "../../../functions/_generated/contract";
import { Failure } from "../api";
import { View } from "../cell";
import { change, changeMode, choiceNow, draft, type Mode } from "../draft";
import { submit } from "../jobs";
import { language, type MessageKey, t } from "../language";
import { type Choice, menu } from "../menu";
import { announcement } from "../notices";
import { choosePicture, givenTogether, pictures, removeFurther, removePicture, uploadsSettled } from "../pictures";
import { type Missing, missing, type Wish, wishesFrom } from "../request";
import "./choices";
import "./cost-bar";
import "./picture-slot";
import "./picture-strip";
import "./problem";
import "./prompt";
import "./source-picker";
import "./tuning";

const MODES: readonly Mode[] = ["picture", "keyframes", "video"];

@customElement("cw-composer")
export class Composer extends View {
  @state() private accessor isSending = false;
  @state() private accessor missing: Missing | null = null;
  @state() private accessor problem: Problem | null = null;

  constructor() {
    super();
    this.watching(draft, pictures, menu, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("paste", this.paste);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("paste", this.paste);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { mode } = draft.value;
    return html`
      <form class="card composer" aria-label=${t("compose")} novalidate @submit=${this.send} @keydown=${this.held}>
        <h2 class="visually-hidden">${t("compose")}</h2>
        <div class="composer-fields">
          <fieldset class="modes">
            <legend class="visually-hidden">${t("mode")}</legend>
            ${MODES.map(
              (one) => html`
                <label>
                  <input
                    type="radio"
                    name="mode"
                    ?disabled=${menu.value === null}
                    .checked=${mode === one}
                    @change=${() => changeMode(one)}
                  />
                  <span>${t(`mode_${one}`)}</span>
                </label>
              `,
            )}
          </fieldset>
          ${this.inputs(mode)}
          <cw-prompt></cw-prompt>
          <cw-choices></cw-choices>
          <cw-tuning></cw-tuning>
        </div>
        <div class="composer-foot">
          ${this.missing && missing(draft.value, pictures.value)
            ? html`<p class="fault" role="alert">${t(this.missing.key)}</p>`
            : nothing}
          ${this.problem ? html`<cw-problem .problem=${this.problem}></cw-problem>` : nothing}
          <cw-cost-bar .isSending=${this.isSending}></cw-cost-bar>
        </div>
      </form>
    `;
  }

  private inputs(mode: Mode): TemplateResult {
    const { ratio } = draft.value;
    if (mode === "video") return html`<cw-source-picker></cw-source-picker>`;
    if (mode === "picture") {
      return html`
        <cw-picture-slot .slotName=${"picture"} .label=${"picture"} .ratio=${ratio}></cw-picture-slot>
        ${givenTogether(pictures.value).length
          ? html`<cw-picture-strip></cw-picture-strip>`
          : html`<p class="quiet no-picture">${t("no_picture")}</p>`}
      `;
    }
    const slots: [("first" | "middle" | "last"), MessageKey][] = [
      ["first", "picture_first"],
      ["middle", "picture_middle"],
      ["last", "picture_last"],
    ];
    return html`<div class="keyframes">
      ${slots.map(
        ([slot, label]) =>
          html`<cw-picture-slot .slotName=${slot} .label=${label} .ratio=${ratio}></cw-picture-slot>`,
      )}
    </div>`;
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isSending) return;
    this.problem = null;
    const pressed = draft.value; // with its price; what is changed while a picture uploads is for the next clip
    this.missing = missing(pressed, pictures.value);
    if (!this.missing) {
      const chosen = inSlots();
      this.isSending = true;
      await uploadsSettled();
      this.isSending = false;
      this.missing = missing(pressed, pictures.value); // an upload may have failed meanwhile
      // It was pressed for a picture that has been taken out since: whether it is still wanted is not ours to guess.
      const now = inSlots();
      if (!this.missing && (now.length !== chosen.length || now.some((one, index) => one !== chosen[index]))) return;
    }
    if (this.missing) {
      this.querySelector<HTMLElement>(`#field-${this.missing.field}`)?.focus();
      return;
    }
    const wishes = wishesFrom(pressed, pictures.value);
    this.isSending = true;
    try {
      await this.make(wishes);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problem = error.problem;
    } finally {
      this.isSending = false;
    }
  }

  /** Makes one clip after the other. Of several, a picture leaves the form as soon as its clip is begun: what is still
   * there was not, and can be sent by another press. */
  private async make(wishes: readonly Wish[]): Promise<void> {
    const several = wishes.length > 1;
    let begun = 0;
    try {
      for (const { slot, picture, body } of wishes) {
        if (several && pictures.value[slot] !== picture) continue; // taken out meanwhile
        const job = await submit(body);
        begun += 1;
        if (several && pictures.value[slot] === picture) removePicture(slot);
        if (begun === 1) this.dispatchEvent(new CustomEvent("submitted", { bubbles: true, detail: job.id }));
      }
    } finally {
      if (begun > 0) announcement.set(begun === 1 ? t("submitted") : t("submitted_n", { n: begun }));
    }
  }

  /** An Enter that is held down means no further clip, on the button or in a line of text. */
  private held(event: KeyboardEvent): void {
    const isText = event.target instanceof HTMLTextAreaElement;
    if (event.key === "Enter" && event.repeat && !isText) event.preventDefault();
  }

  private readonly paste = (event: ClipboardEvent): void => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file || draft.value.mode === "video" || document.querySelector("dialog[open]")) return;
    // Office programs put a picture of the copied words beside them. Where words can be typed, words are meant.
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (isField && event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    if (draft.value.mode === "picture") void choosePicture("picture", file);
    else void choosePicture(pictures.value.first ? "last" : "first", file);
  };
}

/** What lies in the slots: the files, or the uploads that they are known by. */
function inSlots(): readonly unknown[] {
  return Object.values(pictures.value).map((picture) => picture?.file ?? picture?.uploadId);
}

/** What a sample idea will be made with: the choice in the form, or the usual one where that takes no single picture. */
export function ideaChoice(): Choice & { mode: "picture" } {
  const usual = { preset: "aggressive_quality", tier: "704p", imageStrength: null } as const;
  const now = draft.value;
  return { ...choiceNow(now), ...(now.mode === "picture" ? {} : usual), mode: "picture" };
}

/** Fills the form with a sample idea and goes to its first field. */
export async function useIdea(prompt: string, picture: string): Promise<void> {
  change({ ...ideaChoice(), prompt });
  removeFurther();
  const answer = await fetch(picture);
  const blob = await answer.blob();
  await choosePicture("picture", new File([blob], picture.split("/").at(-1) ?? "sample.png", { type: blob.type }));
}
