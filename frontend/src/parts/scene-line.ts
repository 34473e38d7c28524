/** The text field of the table of scenes. There is one: it lies over the cell of the line that has the keys, and an arrow
 * key moves the field instead of the focus. So an input method finds a field before its first key, and the browser has no
 * focus to move. Until a line is edited the field shows its outline alone. It knows neither the table nor what a key does. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import { numberOf, type Row } from "../scenes/rows";
import { language, wordsOf } from "../state/language";
import { setCells } from "../state/scene-table";
import { View } from "./view";

const words = wordsOf(sceneWords);
/** How long the keys rest before the field takes its line's text: the text costs a frame, and no arrow key needs it. */
const REST_MS = 150;

@customElement("cw-scene-line")
export class SceneLine extends View {
  @query("textarea", true) private accessor text!: HTMLTextAreaElement;
  /** Whether Tab reaches it. */
  @property({ attribute: false }) accessor isStop = true;
  /** Whether the line's text has the keys. */
  @state() accessor isEditing = false;
  private scene: Row | undefined;
  private index = 0;
  /** Whether the field holds its line's text, with the caret behind it unless it is edited. */
  private isSettled = false;
  private resting: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.watching(language);
  }

  override disconnectedCallback(): void {
    clearTimeout(this.resting);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { scene, isEditing } = this;
    return html`<textarea
      class=${isEditing ? "is-editing" : ""}
      tabindex=${this.isStop ? "0" : "-1"}
      rows="2"
      spellcheck="false"
      autocomplete="off"
      aria-label=${words("line_n", { n: numberOf(this.index) })}
      aria-controls="scene-grid"
      aria-describedby="grid-hint"
      aria-activedescendant=${scene && !isEditing ? lineId(scene.id) : nothing}
      placeholder=${words("line_hint")}
      @beforeinput=${this.settle}
      @compositionstart=${this.composing}
      @input=${this.typed}
      @blur=${() => (this.isEditing = false)}
    ></textarea>`;
  }

  get sceneId(): string | undefined {
    return this.scene?.id;
  }

  get caret(): number {
    return this.text.selectionStart;
  }

  /** Whether the caret, without a selection, stands before all text. */
  get isAtStart(): boolean {
    return this.text.selectionStart === 0 && this.text.selectionEnd === 0;
  }

  /** Takes another scene's line, or what has become of the same one's. */
  show(scene: Row | undefined, index: number): void {
    const isOther = scene?.id !== this.scene?.id;
    if (!isOther && scene === this.scene && index === this.index) return;
    this.scene = scene;
    this.index = index;
    if (isOther) this.isEditing = this.isSettled = false;
    this.requestUpdate();
    if (this.isEditing) this.settle();
    else {
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.settle(), REST_MS);
    }
  }

  take(): void {
    if (document.activeElement !== this.text) this.text.focus({ preventScroll: true });
  }

  /** Gives the keys to the line's text, with the caret at a place in it or behind it, or takes them back. */
  edit(isOn: boolean, at?: number): void {
    const wasOn = this.isEditing;
    this.isEditing = isOn;
    if (!isOn && !wasOn) return;
    this.settle();
    const place = at ?? this.text.value.length;
    this.text.setSelectionRange(place, place);
  }

  /** Has the line's text in the field before anything is done to it. */
  readonly settle = (): void => {
    clearTimeout(this.resting);
    const line = this.scene?.line ?? "";
    if (this.isSettled && this.text.value === line) return;
    this.isSettled = true;
    if (this.text.value !== line) this.text.value = line;
    this.text.setSelectionRange(line.length, line.length);
  };

  private readonly composing = (): void => {
    this.settle();
    this.isEditing = true;
  };

  private readonly typed = (): void => {
    if (!this.scene) return;
    this.isEditing = this.isSettled = true;
    this.scene = { ...this.scene, line: this.text.value }; // what it holds already, when the table brings it back
    setCells(this.scene.id, { line: this.scene.line }, "line");
  };
}

/** The id of the cell that a scene's line stands in. */
export function lineId(scene: string): string {
  return `line-${scene}`;
}
