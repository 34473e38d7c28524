/** The form that makes a clip: pictures, prompt, choices, price, button. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { CheaperChoice } from "../../../functions/_generated/contract";
import { addPictures } from "../state/added-pictures";
import { change, changeMode, choiceNow, draft, isOffered, type Mode } from "../state/draft";
import { language, type MessageKey, t } from "../state/language";
import { menu, presetNamed } from "../state/menu";
import { announcement, note } from "../state/notices";
import { chosen, followOffers, refreshOffers, wantsQuick } from "../state/offers";
import { orders } from "../state/orders";
import { prefetchPart } from "../state/part-loading";
import { givenTogether, pictures, uploadsSettled } from "../state/pictures";
import { worked } from "../state/presence";
import { goOn, press, sendProblem, sentNow } from "../state/sending";
import { isOfAnotherShape } from "../crop-words";
import { type ClipRequest, type Missing, missing, needsSound, nextStep, slotsOf } from "../request";
import "./borders-choice";
import "./choices";
import "./cost-bar";
import "./picture-slot";
import "./problem";
import "./prompt";
import { watchFoot } from "./foot-height";
import "./tuning";
import { View } from "./view";

/** A second press for the very same within this time is taken for a slip. */
const SLIP_MS = 3_000;
/** What somebody does who is at work in the form. */
const WORK = ["input", "change", "keydown", "pointerdown", "drop", "paste"];
const MODES: readonly Mode[] = ["picture", "keyframes", "video"];

@customElement("cw-composer")
export class Composer extends View {
  @state() private accessor isPressed = false;
  /** Files are dragged over the page. */
  @state() private accessor isOver = false;
  @state() private accessor missing: Missing | null = null;
  private endFoot = (): void => undefined;
  private last = { asked: "", at: 0 };
  /** Of the last press, how many clips were begun. */
  private begun = { n: 0, of: 0 };

  constructor() {
    super();
    this.watching(draft, pictures, menu, language, orders, sendProblem);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void goOn((job) => this.dispatchEvent(new CustomEvent("submitted", { bubbles: true, detail: job.id })));
    followOffers();
    document.addEventListener("paste", this.paste);
    document.addEventListener("dragover", this.dragged);
    document.addEventListener("dragleave", this.left);
    document.addEventListener("drop", this.dropped);
    for (const kind of WORK) this.addEventListener(kind, this.work);
  }

  protected override firstUpdated(): void {
    this.endFoot = watchFoot(this.querySelector(".composer-foot") as HTMLElement);
  }

  protected override updated(): void {
    // Left here by a site whose models could make it, or by a clip of then.
    if (menu.value && !presetNamed(draft.value.preset)) changeMode("picture");
    if (draft.value.mode === "video") prefetchPart(() => import("./source-picker"));
    if (needsSound(draft.value)) prefetchPart(() => import("./own-sound"));
  }

  override disconnectedCallback(): void {
    this.endFoot();
    document.removeEventListener("paste", this.paste);
    document.removeEventListener("dragover", this.dragged);
    document.removeEventListener("dragleave", this.left);
    document.removeEventListener("drop", this.dropped);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { mode } = draft.value;
    const problem = this.isPressed ? null : sendProblem.value;
    return html`
      ${this.isOver ? html`<p class="drop-anywhere">${t("drop_here")}</p>` : nothing}
      <form class="card composer" aria-label=${t("compose")} novalidate @submit=${this.send} @keydown=${this.held}>
        <h2 class="visually-hidden">${t("compose")}</h2>
        <div class="composer-fields">
          <fieldset class="modes">
            <legend class="visually-hidden">${t("mode")}</legend>
            ${MODES.filter(isOffered).map(
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
          ${needsSound(draft.value) ? html`<cw-own-sound id="field-sound" tabindex="-1"></cw-own-sound>` : nothing}
          <cw-tuning></cw-tuning>
        </div>
        <div class="composer-foot">
          ${this.missing && missing(draft.value, pictures.value)
            ? html`<div class="fault" role="alert">
                <p>${t(this.missing.key)}</p>
                ${this.missing.key === "need_next_picture"
                  ? html`<button type="button" class="small" @click=${this.withoutPicture}>${t("without_picture")}</button>`
                  : nothing}
              </div>`
            : nothing}
          ${problem && this.begun.n > 0 ? html`<p>${t("begun_of", this.begun)}</p>` : nothing}
          ${problem ? html`<cw-problem .problem=${problem} @cheaper=${this.choose}></cw-problem>` : nothing}
          <cw-cost-bar .isSending=${this.isPressed || sentNow()?.isMine === true}></cw-cost-bar>
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
    if (this.isPressed || sentNow()?.isMine) return;
    this.missing = null;
    sendProblem.set(null);
    this.isPressed = true;
    try {
      const pressed = { draft: draft.value, pictures: pictures.value, within: chosen()?.within_seconds ?? null };
      let step = nextStep(pressed, pictures.value);
      while (step.kind === "wait") {
        await uploadsSettled();
        step = nextStep(pressed, pictures.value);
      }
      if (step.kind === "ask") this.ask(step.missing);
      if (step.kind === "send") await this.make(step.requests);
    } finally {
      this.isPressed = false;
    }
  }

  private ask(lacking: Missing): void {
    this.missing = lacking;
    this.querySelector<HTMLElement>(`#field-${lacking.field}`)?.focus();
  }

  /** Of several, a picture leaves the form as soon as its clip is begun: what is still there was not, and can be sent by
   * another press. */
  private async make(requests: readonly ClipRequest[]): Promise<void> {
    const asked = JSON.stringify(requests.map(({ body }) => body));
    if (asked === this.last.asked && Date.now() - this.last.at < SLIP_MS) {
      note(t("just_begun"));
      return;
    }
    const begun = await press(requests);
    this.begun = { n: begun, of: requests.length };
    if (begun > 0) announcement.set(begun === 1 ? t("submitted") : t("submitted_n", { n: begun }));
    if (sendProblem.value === null) {
      this.last = { asked, at: Date.now() };
      wantsQuick.set(false);
    }
    // Neither the site nor this page has the picture any more: its slot says so.
    const lacking = sendProblem.value ? missing(draft.value, pictures.value) : null;
    if (lacking?.key !== "need_picture_fixed") return;
    sendProblem.set(null);
    this.ask(lacking);
  }

  private readonly work = (): void => {
    worked();
    refreshOffers();
  };

  private readonly withoutPicture = (): void => {
    change({ sentWords: null });
    this.missing = null;
    this.querySelector<HTMLElement>("cw-cost-bar button[type=submit]")?.focus({ preventScroll: true });
  };

  /** Changes the form to a choice that a cap lets through. It is sent by the next press, as ever. */
  private readonly choose = ({ detail }: CustomEvent<CheaperChoice>): void => {
    const before = choiceNow(draft.value);
    change(choiceNow({ ...draft.value, ...detail }));
    sendProblem.set(null);
    note(t("choice_changed"), { label: t("undo"), run: () => change(before) });
    this.querySelector<HTMLElement>("cw-cost-bar button[type=submit]")?.focus({ preventScroll: true });
  };

  /** An Enter that is held down means no further clip, on the button or in a line of text. */
  private held(event: KeyboardEvent): void {
    const isText = event.target instanceof HTMLTextAreaElement;
    if (event.key === "Enter" && event.repeat && !isText) event.preventDefault();
  }

  private readonly paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])].filter((one) => one.type.startsWith("image/"));
    if (files.length === 0 || draft.value.mode === "video" || !this.isInFront()) return;
    // Office programs put a picture of the copied words beside them. Where words can be typed, words are meant.
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (isField && event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    addPictures(files);
  };

  private isInFront(): boolean {
    return this.checkVisibility() && document.querySelector("dialog[open]") === null;
  }

  /** Files may be dropped wherever this room is; a slot takes its own. */
  private readonly dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files") || !this.isInFront()) return;
    event.preventDefault();
    this.isOver = true;
  };

  private readonly left = (event: DragEvent): void => {
    if (event.relatedTarget === null) this.isOver = false; // out of the window
  };

  private readonly dropped = (event: DragEvent): void => {
    this.isOver = false;
    if (!event.dataTransfer?.types.includes("Files") || !this.isInFront()) return;
    event.preventDefault();
    if ((event.target as Element).closest("cw-picture-slot")) return;
    addPictures([...event.dataTransfer.files]);
  };
}
