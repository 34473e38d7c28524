/** The list of a cell of the table of scenes. There is one: it opens beside the cell that was pressed, has the keys until it
 * closes, and gives them back. So a row has no form controls that a browser would read at each key. It does not know what is
 * chosen in it. */

import { html, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { icons } from "../icons";
import type { Entry } from "./scene-choices";
import { View } from "./view";

/** Between the list and its cell, and the window's edges. */
const GAP = 4;
const EDGE = 8;

@customElement("cw-scene-list")
export class SceneList extends View {
  @query("ul", true) private accessor list!: HTMLElement;
  @state() private accessor entries: Entry[] = [];
  @state() private accessor label = "";
  /** The entry that has the keys. */
  @state() private accessor at = 0;
  private opener: HTMLElement | null = null;
  private take: (part: Entry["part"]) => void = () => undefined;

  override disconnectedCallback(): void {
    removeEventListener("scroll", this.lay);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<ul
      id="scene-list"
      class="scene-list"
      popover
      role="listbox"
      tabindex="-1"
      aria-label=${this.label}
      aria-activedescendant=${`scene-entry-${this.at}`}
      @keydown=${this.pressed}
      @toggle=${this.toggled}
    >
      ${this.entries.map(
        ({ label, price, isChosen }, index) => html`<li
          id=${`scene-entry-${index}`}
          role="option"
          class=${index === this.at ? "is-at" : ""}
          aria-selected=${isChosen ? "true" : "false"}
          @mousemove=${() => (this.at = index)}
          @click=${() => this.choose(index)}
        >${icons.check}<span>${label}</span><span class="quiet">${price}</span></li>`,
      )}
    </ul>`;
  }

  /** Opens at what is chosen; a second press on the same cell closes it. */
  async open(opener: HTMLElement, label: string, entries: Entry[], take: (part: Entry["part"]) => void): Promise<void> {
    const isSame = this.isOpen && this.opener === opener;
    this.close();
    if (isSame) return;
    this.opener = opener;
    this.label = label;
    this.entries = entries;
    this.take = take;
    this.at = Math.max(0, entries.findIndex(({ isChosen }) => isChosen));
    opener.focus({ preventScroll: true }); // some browsers give a pressed button no focus
    await this.updateComplete;
    this.list.showPopover();
    this.lay();
    this.list.focus({ preventScroll: true });
    this.reveal();
    addEventListener("scroll", this.lay, { passive: true });
  }

  private get isOpen(): boolean {
    return this.list.matches(":popover-open");
  }

  private readonly close = (): void => {
    if (!this.isOpen) return;
    this.list.hidePopover();
    this.opener?.setAttribute("aria-expanded", "false"); // the event comes later, perhaps once another cell is the opener
  };

  /** Below its cell, or above where there is more room; it goes with its cell, and closes when that is out of sight. */
  private readonly lay = (): void => {
    const cell = this.opener?.getBoundingClientRect();
    if (cell === undefined || cell.bottom < 0 || cell.top > innerHeight) {
      this.close();
      return;
    }
    const { style } = this.list;
    const [above, below] = [cell.top - GAP - EDGE, innerHeight - cell.bottom - GAP - EDGE];
    const isBelow = this.list.scrollHeight <= below || below >= above;
    style.maxBlockSize = `${isBelow ? below : above}px`;
    style.minInlineSize = `${cell.width}px`;
    const { width, height } = this.list.getBoundingClientRect();
    style.left = `${Math.max(EDGE, Math.min(cell.left, innerWidth - EDGE - width))}px`;
    style.top = `${isBelow ? cell.bottom + GAP : cell.top - GAP - height}px`;
  };

  private readonly toggled = (event: ToggleEvent): void => {
    this.opener?.setAttribute("aria-expanded", event.newState === "open" ? "true" : "false");
    if (event.newState === "closed") removeEventListener("scroll", this.lay);
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    const last = this.entries.length - 1;
    const to: Record<string, number> = {
      ArrowDown: Math.min(last, this.at + 1),
      ArrowUp: Math.max(0, this.at - 1),
      Home: 0,
      End: last,
      PageDown: last,
      PageUp: 0,
    };
    const next = to[event.key] ?? this.beginningWith(event);
    if (next !== undefined) {
      this.at = next;
      void this.updateComplete.then(() => this.reveal());
    } else if (event.key === "Enter" || event.key === " ") this.choose(this.at);
    else if (event.key === "Tab") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** The next entry whose name begins with a typed letter. */
  private beginningWith({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): number | undefined {
    if (key.length !== 1 || key === " " || ctrlKey || metaKey || altKey) return undefined;
    const count = this.entries.length;
    const order = Array.from({ length: count }, (_, step) => (this.at + 1 + step) % count);
    return order.find((index) => this.entries[index]?.label.toLowerCase().startsWith(key.toLowerCase()));
  }

  private choose(index: number): void {
    const entry = this.entries[index];
    this.close();
    if (entry) this.take(entry.part);
  }

  private reveal(): void {
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
  }
}
