/** The form that makes a clip: pictures, prompt, choices, price, button. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { CheaperChoice, Job, JobRequestBody, Problem } from "../../../functions/_generated/contract";
import { Failure } from "../api";
import { change, changeMode, choiceNow, draft, type Mode } from "../state/draft";
import { submit } from "../state/jobs";
import { language, type MessageKey, t } from "../state/language";
import { menu } from "../state/menu";
import { announcement, note } from "../state/notices";
import {
  choosePicture,
  givenTogether,
  type Picture,
  pictures,
  removePicture,
  renewPicture,
  type Slot,
  uploadsSettled,
} from "../state/pictures";
import { isOfAnotherShape } from "../crop-words";
import { type ClipRequest, lostPictures, type Missing, missing, nextStep, slotsOf } from "../request";
import "./borders-choice";
import "./choices";
import "./cost-bar";
import "./picture-slot";
import "./picture-strip";
import "./problem";
import "./prompt";
import "./source-picker";
import "./tuning";
import { View } from "./view";

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
          ${this.inputs(mode)} ${this.borders()}
          <cw-prompt></cw-prompt>
          <cw-choices></cw-choices>
          <cw-tuning></cw-tuning>
        </div>
        <div class="composer-foot">
          ${this.missing && missing(draft.value, pictures.value)
            ? html`<p class="fault" role="alert">${t(this.missing.key)}</p>`
            : nothing}
          ${this.problem ? html`<cw-problem .problem=${this.problem} @cheaper=${this.choose}></cw-problem>` : nothing}
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

  /** Where a picture has another shape than the clip, how it fills it. */
  private borders(): TemplateResult | typeof nothing {
    const { ratio, borders } = draft.value;
    const given = slotsOf(draft.value, pictures.value).flatMap((slot) => pictures.value[slot] ?? []);
    if (!given.some((picture) => borders === "blurred" || isOfAnotherShape(picture, ratio))) return nothing;
    return html`<cw-borders-choice></cw-borders-choice>`;
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isSending) return;
    this.missing = null;
    this.problem = null;
    this.isSending = true;
    try {
      const press = { draft: draft.value, pictures: pictures.value };
      let step = nextStep(press, pictures.value);
      while (step.kind === "wait") {
        await uploadsSettled();
        step = nextStep(press, pictures.value);
      }
      if (step.kind === "ask") this.ask(step.missing);
      if (step.kind === "send") await this.make(step.requests);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const lacking = missing(draft.value, pictures.value);
      // Neither the site nor this page has the picture any more: its slot says so.
      if (lacking?.key === "need_picture_fixed") this.ask(lacking);
      else this.problem = error.problem;
    } finally {
      this.isSending = false;
    }
  }

  private ask(lacking: Missing): void {
    this.missing = lacking;
    this.querySelector<HTMLElement>(`#field-${lacking.field}`)?.focus();
  }

  /** Makes one clip after the other. Of several, a picture leaves the form as soon as its clip is begun: what is still
   * there was not, and can be sent by another press. */
  private async make(requests: readonly ClipRequest[]): Promise<void> {
    const several = requests.length > 1;
    let begun = 0;
    try {
      for (const request of requests) {
        const { slot, picture } = request;
        if (several && !isStill(slot, picture)) continue; // taken out meanwhile
        const job = await submitRenewed(request);
        begun += 1;
        if (several && isStill(slot, picture)) removePicture(slot);
        if (begun === 1) this.dispatchEvent(new CustomEvent("submitted", { bubbles: true, detail: job.id }));
      }
    } finally {
      if (begun > 0) announcement.set(begun === 1 ? t("submitted") : t("submitted_n", { n: begun }));
    }
  }

  /** Changes the form to a choice that a cap lets through. It is sent by the next press, as ever. */
  private readonly choose = ({ detail }: CustomEvent<CheaperChoice>): void => {
    const before = choiceNow(draft.value);
    change(choiceNow({ ...draft.value, ...detail }));
    this.problem = null;
    note(t("choice_changed"), { label: t("undo"), run: () => change(before) });
    this.querySelector<HTMLElement>("cw-cost-bar button[type=submit]")?.focus({ preventScroll: true });
  };

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

/** Asks for one clip. What the site has no more of its pictures is sent again, and the clip asked for once more. */
async function submitRenewed(request: ClipRequest): Promise<Job> {
  try {
    return await submit(request.body);
  } catch (error) {
    const lost = error instanceof Failure ? lostPictures(error.problem, request) : [];
    const ids = await Promise.all(lost.map(async ({ member, slot }) => [member, await renewPicture(slot)] as const));
    if (ids.length === 0 || ids.some(([, id]) => id === null)) throw error;
    return submit({ ...request.body, ...Object.fromEntries(ids) } as JobRequestBody);
  }
}

/** Whether a slot still holds that picture; which part of it was chosen since does not matter. */
function isStill(slot: Slot, picture: Picture | undefined): boolean {
  const now = pictures.value[slot];
  return now?.uploadId === picture?.uploadId || (now?.file ?? null) === (picture?.file ?? undefined); // sent again
}
