/** One scene in the table: its cells, where it stands, and what it cost. Its line is shown here and written in the table's
 * one field. It knows neither the other rows nor what a key does. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { Job, Menu, Scene, SceneSettings } from "../../../functions/_generated/contract";
import motionWords from "../../words/motions.json";
import promptHelpWords from "../../words/prompt-help.json";
import sceneWords from "../../words/scenes.json";
import { aspect, cutsFace, lost, partCut, partShown } from "../crop";
import { won } from "../format";
import { icons } from "../icons";
import { offeredInScene } from "../motions";
import { numberOf, type Row, settledOf } from "../scenes/rows";
import { either, wordsOf } from "../state/language";
import { estimateFor } from "../state/menu";
import { measureImage, type SceneImage, type Sending, wantImage } from "../state/scene-pictures";
import { selected, setMany, toggleSelected } from "../state/scene-table";
import { layPicture } from "./lay";
import { type ChoiceCell, entriesOf, saidIn } from "./scene-choices";
import { lineId } from "./scene-line";
import type { SceneList } from "./scene-list";
import { View } from "./view";

const words = wordsOf(sceneWords);
const ofMotions = wordsOf(motionWords);
const ofHelp = wordsOf(promptHelpWords);

export const CELLS = ["number", "picture", "line", "seconds", "quality", "state", "won", "more"] as const;
export type Cell = (typeof CELLS)[number];
/** A picture that loses so much looks like another one. */
const MUCH_PERCENT = 15;

@customElement("cw-scene-row")
export class SceneRow extends View {
  @property({ attribute: false }) accessor scene!: Row;
  @property({ attribute: false }) accessor index = 0;
  @property({ attribute: false }) accessor settings: SceneSettings | undefined;
  @property({ attribute: false }) accessor standing: Scene | undefined;
  @property({ attribute: false }) accessor job: Job | undefined;
  @property({ attribute: false }) accessor sending: Sending | undefined;
  @property({ attribute: false }) accessor image: SceneImage | undefined;
  @property({ attribute: false }) accessor menu: Menu | null = null;
  /** Whether its line was asked for in English, and the person has not chosen yet. */
  @property({ attribute: false }) accessor isHelped = false;
  @property({ attribute: false }) accessor isSelected = false;
  /** The cell that Tab reaches; null where it is another row's, or the line. */
  @property({ attribute: false }) accessor stop: Cell | null = null;
  @property({ attribute: false }) accessor open: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor play: (id: string) => void = () => undefined;
  @property({ attribute: false }) accessor unfold: SceneList["open"] = async () => undefined;
  @property({ attribute: false }) accessor pick: (id: string) => void = () => undefined;

  protected override render(): TemplateResult {
    const n = numberOf(this.index);
    return html`
      <span role="rowheader" class="scene-number">
        <label>
          <input type="checkbox" data-cell="number" tabindex=${this.tab("number")} .checked=${live(this.isSelected)}
            aria-label=${words("select_n", { n })} @change=${() => toggleSelected(this.scene.id)} />
          <span>${n}</span>
        </label>
      </span>
      <span role="gridcell" class="scene-picture">${this.picture(n)}</span>
      <span role="gridcell" class="scene-line" id=${lineId(this.scene.id)}>
        ${this.scene.line
          ? html`<span class="scene-text">${this.scene.line}</span>`
          : html`<span class="scene-text is-hint" aria-hidden="true">${words("line_hint")}</span>`}
        ${this.below()}
      </span>
      <span role="gridcell" class="scene-seconds">${this.choice("seconds", words("seconds_of", { n }))}</span>
      <span role="gridcell" class="scene-quality">${this.choice("quality", words("quality_of", { n }))}</span>
      <span role="gridcell" class="scene-state">${this.state(n)}</span>
      <span role="gridcell" class="scene-won" data-cell="won" tabindex=${this.tab("won")}>${this.price()}</span>
      <span role="gridcell" class="scene-more">
        <button type="button" class="round" data-cell="more" tabindex=${this.tab("more")}
          aria-label=${words("more_of", { n })} aria-describedby=${this.differsWithin() ? "scene-differs" : nothing}
          @click=${() => this.open(this.scene.id)}>${icons.more}</button>
        ${this.differsWithin() ? html`<span class="scene-dot" title=${words("differs")}></span>` : nothing}
      </span>
    `;
  }

  protected override updated(): void {
    const picture = this.querySelector<HTMLElement>(".scene-thumb img");
    const { image, settings } = this;
    if (!picture || !image || !settings || image.width === 0) return;
    const clip = { width: aspect(settings.ratio) * 1000, height: 1000 };
    const { borders } = settledOf(this.scene, settings);
    if (borders === "cut") layPicture(picture, partCut(image, clip, this.scene.first_crop ?? partShown(image, settings.ratio, borders)));
  }

  /** That its English waits, the motions that follow the line when it is sent, and its subtitle. */
  private below(): TemplateResult | typeof nothing {
    const on = this.settings ? offeredInScene(this.scene, this.settings).filter(({ isOn }) => isOn) : [];
    const names = on.map(({ title_ko, title_en }) => either(title_ko, title_en)).join(", ");
    const said = [...(this.isHelped ? [ofHelp("in_row")] : []), ...(names ? [ofMotions("in_row", { names })] : []), ...(this.scene.subtitle ? [this.scene.subtitle] : [])];
    return said.length > 0 ? html`<span class="scene-subtitle quiet">${said.join(" · ")}</span>` : nothing;
  }

  /** Whether it says something of its own that the table has no column for. */
  private differsWithin(): boolean {
    const { sound, seed, negative_prompt, borders, motions } = this.scene;
    return [sound, seed, negative_prompt, borders, motions].some((cell) => cell !== null);
  }

  /** The element of a cell that takes the focus. */
  cell(name: Cell): HTMLElement | null {
    return this.querySelector(`[data-cell="${name}"]`);
  }

  private tab(cell: Cell): "0" | "-1" {
    return this.stop === cell ? "0" : "-1";
  }

  private picture(n: string): TemplateResult {
    const { scene, image, sending } = this;
    const uploadId = scene.first_upload_id;
    const facts = this.losses();
    const label =
      uploadId || sending
        ? words("picture_of", { n, name: sending?.file.name ?? (image?.name || scene.picture_name || ""), facts: facts ?? "" })
        : words("picture_none", { n });
    return html`
      <button type="button" class="scene-thumb ${sending?.problem ? "is-failed" : ""}" data-cell="picture"
        tabindex=${this.tab("picture")} aria-label=${label} @click=${() => this.pick(scene.id)}>
        ${uploadId && image
          ? html`<img src=${image.address} alt="" loading="lazy" decoding="async" @load=${this.measure} />`
          : icons.picture}
        ${sending && !sending.problem ? html`<progress max="1" .value=${sending.share} aria-hidden="true"></progress>` : nothing}
        ${scene.last_upload_id ? html`<span class="scene-last" title=${words("has_last")}>+</span>` : nothing}
      </button>
      ${facts ? html`<span class="scene-lost">${facts}</span>` : nothing}
    `;
  }

  /** What is lost of the picture, in a word; null where it is nothing to speak of. */
  private losses(): string | null {
    const { scene, image, settings } = this;
    if (!scene.first_upload_id || !image || !settings || image.width === 0) return null;
    const { borders } = settledOf(scene, settings);
    if (borders !== "cut") return null;
    const part = scene.first_crop ?? partShown(image, settings.ratio, borders);
    if (cutsFace(part, image.faces)) return words("face_cut");
    const percent = Math.round(lost(part).share * 100);
    return percent >= MUCH_PERCENT ? words("cut_n", { n: percent }) : null;
  }

  private measure(event: Event): void {
    const { naturalWidth, naturalHeight } = event.target as HTMLImageElement;
    const { first_upload_id: id } = this.scene;
    if (id) measureImage(id, naturalWidth, naturalHeight);
  }

  /** A button that opens the table's list; what is not as the table says carries a dot. */
  private choice(cell: ChoiceCell, label: string): TemplateResult {
    const isOwn = this.scene[cell] !== null;
    const { shown, named } = saidIn(cell, this.scene, this.settings, this.menu);
    return html`
      <button type="button" class="scene-choice ${isOwn ? "" : "quiet"}" data-cell=${cell} tabindex=${this.tab(cell)} popovertarget="scene-list"
        aria-haspopup="listbox" aria-expanded="false" aria-label="${label}: ${named}"
        aria-describedby=${isOwn ? "scene-differs" : nothing}
        @click=${(event: Event) => this.choose(event, cell, label)}><span>${shown}</span></button>
      ${isOwn ? html`<span class="scene-dot" title=${words("differs")}></span>` : nothing}
    `;
  }

  /** Of a selected row, what is chosen holds for all that are selected. */
  private choose(event: Event, cell: ChoiceCell, label: string): void {
    event.preventDefault(); // the list shows itself, when it has its entries
    if (!this.settings) return;
    const rows = this.isSelected ? selected.value : new Set([this.scene.id]);
    const entries = entriesOf(cell, this.scene, this.settings, this.menu);
    void this.unfold(event.currentTarget as HTMLElement, label, entries, (part) => setMany(rows, part));
  }

  private state(n: string): TemplateResult {
    const clip = this.standing?.clip ?? null;
    const { kind, label } = this.stands();
    const said = html`<span class="scene-word is-${kind}">${label}</span>`;
    if (clip === null && kind === "failed" && this.standing?.state === "failed") {
      return html`<button type="button" class="scene-play" data-cell="state" tabindex=${this.tab("state")}
        aria-label="${words("more_of", { n })}. ${label}" @click=${() => this.open(this.scene.id)}>${said}</button>`;
    }
    if (clip === null) return html`<span data-cell="state" tabindex=${this.tab("state")}>${said}</span>`;
    return html`<button type="button" class="scene-play" data-cell="state" tabindex=${this.tab("state")}
      aria-label="${words("play_n", { n })}. ${label}" @click=${() => this.play(this.scene.id)}>${icons.play}${said}</button>`;
  }

  /** Where the scene stands, in a word. What is typed counts before the server has heard of it. */
  private stands(): { kind: string; label: string } {
    const { sending, standing, scene, job } = this;
    if (sending?.problem) return { kind: "failed", label: words("state_picture_failed") };
    if (sending) return { kind: "waiting", label: words("state_uploading", { n: Math.round(sending.share * 100) }) };
    const told = standing?.state ?? "empty";
    if (told === "empty" || told === "new") {
      const isReady = scene.line.trim() !== "";
      return isReady ? { kind: "ready", label: words("state_ready") } : { kind: "empty", label: words("state_empty") };
    }
    if (told === "running") {
      const [step, steps] = [job?.progress?.step ?? 0, job?.progress?.steps ?? 0];
      const percent = steps > 0 ? Math.round((step / steps) * 100) : null;
      return { kind: "running", label: percent === null ? words("state_running") : words("state_running_n", { n: percent }) };
    }
    if (told === "failed") return { kind: "failed", label: words(standing?.billed_micro_won ? "state_failed_billed" : "state_failed") };
    const plain = { waiting: "state_waiting", paused: "state_paused", delivered: "state_done", drafted: "state_drafted", changed: "state_changed", canceled: "state_canceled" } as const;
    return { kind: told, label: words(plain[told]) };
  }

  /** What was paid, or what it would cost now. */
  private price(): TemplateResult | string {
    const billed = this.standing?.billed_micro_won ?? 0;
    if (billed > 0 || this.standing?.state === "delivered") return won(billed);
    const settled = this.settled();
    const estimate = settled && this.settings && this.scene.line.trim() !== "" ? estimateFor({ ...settled.quality, ratio: this.settings.ratio, seconds: settled.seconds }) : undefined;
    return estimate ? html`<span class="quiet">${won(estimate.micro_won)}</span>` : "–";
  }

  private settled(): ReturnType<typeof settledOf> | null {
    return this.settings ? settledOf(this.scene, this.settings) : null;
  }
}

/** What is known of a scene's first picture. */
export function imageOf(row: Row): SceneImage | undefined {
  return row.first_upload_id ? wantImage(row.first_upload_id, row.picture_name ?? "") : undefined;
}
