/** The foot of the table of scenes: which scenes the next press makes and what they cost, how far the last press is, and
 * the ways to take the clips away. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { CheaperChoice, LeftOut, Offer, Problem } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { roughly, won } from "../format";
import { icons } from "../icons";
import { numberOf } from "../scenes/rows";
import { language, t, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { announcement, isOnline, note } from "../state/notices";
import { chosenOffer, isOrdering, order, orderProblem, quote, quoteAgain, quoteProblem, steer, type Which, wish, wishFor } from "../state/scene-order";
import { scenePictures, underway } from "../state/scene-pictures";
import { batch, selected, standings, table } from "../state/scene-table";
import { BusyView } from "./busy-view";
import "./problem";
import { qualities, qualityName, qualityOf } from "./scene-quality";
import "./scene-hand-over";
import "./sure-button";

const words = wordsOf(sceneWords);
const WAYS: readonly Exclude<Which, "selected">[] = ["unmade", "all", "failed", "drafted"];

@customElement("cw-scene-foot")
export class SceneFoot extends BusyView {
  /** On a phone the choices are folded away behind the one line. */
  @state() private accessor isUnfolded = false;

  constructor() {
    super();
    this.watching(language, table, standings, batch, selected, wish, quote, quoteProblem, orderProblem, isOrdering, isOnline, scenePictures, menu);
  }

  protected override render(): TemplateResult | typeof nothing {
    if ((table.value?.rows.length ?? 0) === 0) return nothing;
    return html`
      <section class="scene-foot ${this.isUnfolded ? "is-unfolded" : ""}" aria-label=${words("range")}>
        ${this.progress()}
        ${orderProblem.value
          ? html`<div class="foot-problem">
              <cw-problem .problem=${this.refusal(orderProblem.value)} @cheaper=${this.cheaper}></cw-problem>
              <button type="button" class="round" aria-label=${t("close")} @click=${() => orderProblem.set(null)}>${icons.close}</button>
            </div>`
          : nothing}
        <div class="foot-choices" id="foot-choices">${this.which()} ${this.how()}</div>
        ${this.leftOut()}
        <div class="foot-line">
          <button type="button" class="small foot-unfold" aria-expanded=${this.isUnfolded ? "true" : "false"}
            aria-controls="foot-choices" @click=${() => (this.isUnfolded = !this.isUnfolded)}>${words("range")}</button>
          ${this.price()}
          <cw-scene-hand-over></cw-scene-hand-over>
          ${this.makeButton()}
        </div>
      </section>
    `;
  }

  private which(): TemplateResult {
    const { range } = wish.value;
    const fault = quoteProblem.value?.errors[0]?.detail;
    const isDrafted = [...standings.value.values()].some(({ state: one }) => one === "drafted");
    const hasFailed = [...standings.value.values()].some(({ state: one }) => one === "failed");
    const offered = WAYS.filter((one) => (one !== "drafted" || isDrafted) && (one !== "failed" || hasFailed));
    return html`
      <div class="foot-which">
        <label class="foot-range">${words("range")}
          <input type="text" id="scene-range" autocomplete="off" placeholder=${words("range_hint")} .value=${range}
            aria-invalid=${fault ? "true" : "false"} aria-describedby=${fault ? "range-fault" : nothing}
            @input=${(event: Event) => wishFor({ range: (event.target as HTMLInputElement).value })} />
        </label>
        <div class="foot-ways" role="group" aria-label=${words("range")}>
          ${offered.map((one) => this.way(one, words(`range_${one}`)))}
          ${selected.value.size > 0 ? this.way("selected", words("range_selected", { n: selected.value.size })) : nothing}
        </div>
      </div>
      ${fault ? html`<p class="foot-fault" id="range-fault" role="alert">${fault}</p>` : nothing}
    `;
  }

  private way(one: Which, label: string): TemplateResult {
    const { range, which } = wish.value;
    const isOn = range.trim() === "" && which === one;
    return html`<button type="button" class="small toggle" aria-pressed=${isOn ? "true" : "false"}
      @click=${() => wishFor({ which: one, range: "" })}>${label}</button>`;
  }

  private how(): TemplateResult {
    const { variants, quality, most } = wish.value;
    const offers = quote.value?.offers?.offers ?? [];
    return html`
      <div class="foot-how">
        <label>${words("in_place")}
          <select @change=${(event: Event) => wishFor({ quality: qualityOf(typedIn(event)) })}>
            <option value="" .selected=${quality === null}>${words("as_scenes")}</option>
            ${qualities(menu.value).map(
              (one) => html`<option value="${one.preset} ${one.tier}" .selected=${quality?.preset === one.preset && quality.tier === one.tier}>
                ${qualityName(menu.value, one)}
              </option>`,
            )}
          </select>
        </label>
        <label>${words("variants")}
          <select @change=${(event: Event) => wishFor({ variants: Number(typedIn(event)) })}>
            ${[1, 2, 3, 4].map((n) => html`<option value=${n} .selected=${n === variants}>${words("variants_n", { n })}</option>`)}
          </select>
        </label>
        <label>${words("limit")}
          <input type="text" inputmode="numeric" autocomplete="off" placeholder=${words("limit_hint")}
            .value=${most === null ? "" : String(most)} @change=${this.limit} />
        </label>
        ${offers.length > 1 ? this.offers(offers) : nothing}
      </div>
    `;
  }

  private offers(all: readonly Offer[]): TemplateResult {
    const [cheap, quick] = [all[0] as Offer, all.at(-1) as Offer];
    return html`<fieldset class="offers">
      <legend class="visually-hidden">${t("ways")}</legend>
      ${[cheap, quick].map(
        (one, index) => html`<label class="offer">
          <input type="radio" name="scene-way" .checked=${wish.value.isQuick === (index === 1)} @change=${() => wishFor({ isQuick: index === 1 })} />
          <span class="offer-name">${words(index === 1 ? "way_quick" : "way_cheap")} <span class="price">${won(one.micro_won)}</span></span>
          <span class="quiet">${t("about", { time: roughly(one.seconds) })} · ${t("cards_n", { n: one.cards })}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  /** What the press leaves out, by reason, before anything is spent. */
  private leftOut(): TemplateResult | typeof nothing {
    const all = (quote.value?.left_out ?? []).filter(({ reason }) => reason !== "unchanged" && reason !== "in_work");
    if (all.length === 0) return nothing;
    const reasons = [...new Set(all.map(({ reason }) => reason))];
    const numbers = (reason: LeftOut["reason"]): string =>
      all.filter((one) => one.reason === reason).map(({ number }) => numberOf(number - 1)).join(", ");
    const lacksPictures = reasons.includes("no_picture");
    return html`<details class="foot-left">
      <summary>${words("left_out", { n: all.length })}</summary>
      <ul>${reasons.map((one) => html`<li>${words(`left_${one}` as keyof typeof sceneWords)}: ${numbers(one)}</li>`)}</ul>
      ${lacksPictures || wish.value.withoutPictures
        ? html`<label class="check"><input type="checkbox" .checked=${wish.value.withoutPictures}
            @change=${(event: Event) => wishFor({ withoutPictures: (event.target as HTMLInputElement).checked })} />
            ${words("without_pictures")}</label>`
        : nothing}
    </details>`;
  }

  private price(): TemplateResult {
    const known = quote.value;
    const offer = chosenOffer();
    const sending = underway(scenePictures.value);
    if (sending > 0) {
      return html`<p class="foot-price" role="status">
        <span>${words("wait_pictures", { n: sending })}</span> <span class="quiet">${words("wait_then")}</span>
      </p>`;
    }
    const problem = quoteProblem.value;
    if (problem && problem.errors.length === 0) {
      return html`<div class="foot-price" role="alert">
        <span class="foot-fault">${problem.title}. <span class="quiet">${problem.fix}</span></span>
        <button type="button" class="small" @click=${quoteAgain}>${t("retry")}</button>
      </div>`;
    }
    if (known === null) return html`<p class="foot-price quiet" aria-live="polite">${problem ? "" : words("quote_loading")}</p>`;
    if (known.clips === 0) return html`<p class="foot-price quiet" aria-live="polite">${words("quote_none")}</p>`;
    return html`<p class="foot-price" aria-live="polite">
      <strong>${words("quote_sum", { n: known.clips, won: won(offer?.micro_won ?? known.estimate_micro_won) })}</strong>
      <span class="quiet">${offer ? words("quote_time", { time: roughly(offer.seconds) }) : ""} · ${words("quote_most", { won: won(known.most_micro_won) })}</span>
      ${known.fits < known.clips ? html`<span class="foot-fits">${words("quote_fits", { n: known.fits })}</span>` : nothing}
    </p>`;
  }

  private makeButton(): TemplateResult {
    const n = quote.value?.clips ?? 0;
    const isReady = n > 0 && !isOrdering.value && isOnline.value && underway(scenePictures.value) === 0;
    const sum = chosenOffer()?.micro_won ?? quote.value?.estimate_micro_won ?? 0;
    return html`<button type="button" class="primary foot-make" ?disabled=${!isReady} @click=${this.make}>
      ${isOrdering.value ? words("making_request") : n > 0 ? words("make_n", { n }) : t("make")}
      ${n > 0 && !isOrdering.value ? html`<span class="button-price">${won(sum)}</span>` : nothing}
    </button>`;
  }

  /** Where some of a press was taken, money may well be spent: the refusal of the others does not speak of it. */
  private refusal(problem: Problem): Problem {
    const isPart = (batch.value?.left ?? 0) > 0;
    return { ...problem, errors: [], ...(isPart ? { type: "about:blank" } : {}) };
  }

  private progress(): TemplateResult | typeof nothing {
    const now = batch.value;
    if (now === null) return nothing;
    const { waiting, running, delivered, failed, paused_at, left } = now;
    const open = waiting + running;
    if (open === 0 && failed === 0 && left === 0) return nothing;
    const said = paused_at && open > 0 ? "batch_paused" : open > 0 ? "batch_running" : left > 0 ? "batch_stopped" : "batch_done";
    const isStopped = said === "batch_stopped";
    return html`<div class="foot-batch">
      <p role="status">${words(said, { n: isStopped ? left : open })}${open > 0 && left > 0 ? html` · ${words("batch_left", { n: left })}` : nothing}</p>
      <progress max=${Math.max(1, now.clips - left)} .value=${delivered + failed + now.canceled} aria-label=${words("state")}></progress>
      <div class="foot-steer">
        ${open > 0
          ? html`${paused_at
                ? this.button(words("resume"), () => this.steered("resume", words("resumed_said")))
                : waiting > 0
                  ? this.button(words("pause"), () => this.steered("pause", words("paused_said")))
                  : nothing}
              <cw-sure-button .label=${words("cancel_all")} .sure=${words("cancel_sure")} .about=${words("batch_running", { n: open })}
                @sure=${() => void this.press(() => this.steered("cancel", words("canceled_said")))}></cw-sure-button>`
          : nothing}
        ${failed > 0 ? this.button(words("retry_failed", { n: failed }), () => this.steered("retry", words("ordered", { n: failed }))) : nothing}
      </div>
    </div>`;
  }

  private button(label: string, act: () => Promise<void>): TemplateResult {
    return html`<button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.press(act)}>${label}</button>`;
  }

  private async steered(deed: "pause" | "resume" | "cancel" | "retry", said: string): Promise<void> {
    await steer(deed);
    announcement.set(said);
  }

  private make(event: MouseEvent): void {
    if (event.detail > 1) return; // the second click of a double one
    void order().then((made) => {
      if (!made) return;
      announcement.set(words("ordered", { n: made.clips - made.left }));
      this.isUnfolded = false;
    });
  }

  /** What would still be let through becomes the quality of the next press. */
  private cheaper({ detail }: CustomEvent<CheaperChoice>): void {
    wishFor({ quality: { preset: detail.preset, tier: detail.tier } as never });
    orderProblem.set(null);
    note(t("choice_changed"));
  }

  private limit(event: Event): void {
    const digits = typedIn(event).replace(/[^\d]/g, "");
    wishFor({ most: digits === "" ? null : Math.max(1, Number(digits)) });
  }
}

function typedIn(event: Event): string {
  return (event.target as HTMLInputElement).value;
}
