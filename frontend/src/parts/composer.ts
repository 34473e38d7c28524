/** The form that makes a clip: pictures, prompt, choices, price, button. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Problem } from "../../../functions/_generated/contract";
import { Failure } from "../api";
import { View } from "../cell";
import { change, changeMode, draft, type Mode } from "../draft";
import { submit } from "../jobs";
import { language, type MessageKey, t } from "../language";
import { menu } from "../menu";
import { announcement } from "../notices";
import { choosePicture, pictures, uploadsSettled } from "../pictures";
import { type Missing, missing, requestFrom } from "../request";
import "./choices";
import "./cost-bar";
import "./picture-slot";
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
  /** One key for one intended clip: a send that is repeated after a lost answer makes no second job. */
  private key = { body: "", value: "" };

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
      <form class="card composer" aria-label=${t("compose")} novalidate @submit=${this.send}>
        <h2 class="visually-hidden">${t("compose")}</h2>
        <div class="composer-fields">
          <fieldset class="modes">
            <legend class="visually-hidden">${t("mode")}</legend>
            ${MODES.map(
              (one) => html`
                <label>
                  <input type="radio" name="mode" .checked=${mode === one} @change=${() => changeMode(one)} />
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
        ${pictures.value.picture ? nothing : html`<p class="quiet no-picture">${t("no_picture")}</p>`}
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
    this.missing = missing(draft.value, pictures.value);
    if (!this.missing) {
      this.isSending = true;
      await uploadsSettled();
      this.isSending = false;
      this.missing = missing(draft.value, pictures.value); // an upload may have failed meanwhile
    }
    if (this.missing) {
      this.querySelector<HTMLElement>(`#field-${this.missing.field}`)?.focus();
      return;
    }
    const request = requestFrom(draft.value, pictures.value);
    const body = JSON.stringify(request);
    if (this.key.body !== body) this.key = { body, value: crypto.randomUUID() };
    this.isSending = true;
    try {
      const job = await submit(request, this.key.value);
      this.key = { body: "", value: "" }; // the next press means another clip
      announcement.set(t("submitted"));
      this.dispatchEvent(new CustomEvent("submitted", { bubbles: true, detail: job.id }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problem = error.problem;
      if (!error.unreachable) this.key = { body: "", value: "" };
    } finally {
      this.isSending = false;
    }
  }

  private readonly paste = (event: ClipboardEvent): void => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file || draft.value.mode === "video" || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (draft.value.mode === "picture") void choosePicture("picture", file);
    else void choosePicture(pictures.value.first ? "last" : "first", file);
  };
}

/** Fills the form with a sample idea and goes to its first field. */
export async function useIdea(prompt: string, picture: string): Promise<void> {
  change({ mode: "picture", prompt });
  const answer = await fetch(picture);
  const blob = await answer.blob();
  await choosePicture("picture", new File([blob], picture.split("/").at(-1) ?? "sample.png", { type: blob.type }));
}
