/** The part of a picture that a clip shows, to be moved and zoomed: the picture lies under a frame that stays. Pointers
 * drag, pinch and wheel, keys and sliders do the same. It does not know whose picture it is. */

import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import framingWords from "../../words/framing.json";
import type { Crop, Ratio } from "../../../functions/_generated/contract";
import { aspect, type Framed, mostZoom, moved, type Point, partShown, type Size, zoomed, zoomOf } from "../crop";
import { language, t, wordsOf } from "../state/language";
import { layPicture } from "./lay";
import { View } from "./view";

const words = wordsOf(framingWords);
/** Of the part's own size. */
const STEP = 0.05;
const ZOOM_STEP = 1.1;
const PER_WHEEL_PIXEL = 0.002;
/** A part that can be moved by less stands still. */
const NO_ROOM = 0.001;

const MOVES: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -STEP, y: 0 },
  ArrowRight: { x: STEP, y: 0 },
  ArrowUp: { x: 0, y: -STEP },
  ArrowDown: { x: 0, y: STEP },
};

@customElement("cw-crop-frame")
export class CropFrame extends View {
  /** Without a size until it has been seen. */
  @property({ attribute: false }) accessor picture: Framed = { width: 0, height: 0, faces: [], framing: null };
  @property({ attribute: false }) accessor name = "";
  @property({ attribute: false }) accessor source = "";
  @property({ attribute: false }) accessor ratio: Ratio = "9:16";
  /** Gets the part that was chosen; null for the one that is taken by itself. */
  @property({ attribute: false }) accessor choose: (crop: Crop | null) => void = () => undefined;
  @property({ attribute: false }) accessor measured: (size: Size) => void = () => undefined;
  /** Where each finger, or the mouse, was last. */
  private readonly pointers = new Map<number, Point>();

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`
      <div
        class="crop-stage"
        role="application"
        tabindex="0"
        aria-label=${words("crop_stage")}
        aria-describedby="crop-hint"
        @keydown=${this.key}
        @wheel=${{ handleEvent: (event: WheelEvent) => this.wheel(event), passive: false }}
        @pointerdown=${this.down}
        @pointermove=${this.drag}
        @pointerup=${this.up}
        @pointercancel=${this.up}
      >
        <div class="crop-window">
          <img src=${this.source} alt=${t("picture_alt", { name: this.name })} draggable="false" @load=${this.loaded} />
          <span class="crop-edge"></span>
        </div>
      </div>
      <p class="quiet" id="crop-hint">${words("crop_hint")}</p>
      ${this.picture.width ? this.sliders() : ""}
    `;
  }

  protected override updated(): void {
    const ratio = aspect(this.ratio);
    const frame = this.querySelector(".crop-window") as HTMLElement;
    frame.style.aspectRatio = String(ratio);
    frame.style.inlineSize = `min(88cqi, ${86 * ratio}cqb)`;
    if (this.picture.width) layPicture(this.querySelector(".crop-window img") as HTMLElement, this.shown());
  }

  private sliders(): TemplateResult {
    const { picture, ratio } = this;
    const part = this.shown();
    const zoom = zoomOf(part, picture, ratio);
    const [across, down] = [1 - part.width, 1 - part.height];
    const times = words("zoom_n", { n: zoom.toFixed(1) });
    return html`<div class="crop-sliders">
      ${slider("zoom", words("zoom"), [1, mostZoom(picture, ratio)], zoom, times, (value) => this.zoomTo(value))}
      ${place("across", words("crop_across"), part.left, across, (left) => this.choose({ ...part, left }))}
      ${place("down", words("crop_down"), part.top, down, (top) => this.choose({ ...part, top }))}
    </div>`;
  }

  private shown(): Crop {
    return partShown(this.picture, this.ratio, "cut");
  }

  private zoomTo(zoom: number, at?: Point): void {
    this.choose(zoomed(this.shown(), this.picture, this.ratio, zoom, at));
  }

  private zoomBy(factor: number, at?: Point): void {
    this.zoomTo(zoomOf(this.shown(), this.picture, this.ratio) * factor, at);
  }

  private loaded(event: Event): void {
    const { naturalWidth, naturalHeight } = event.target as HTMLImageElement;
    this.measured({ width: naturalWidth, height: naturalHeight });
  }

  private key(event: KeyboardEvent): void {
    if (!this.picture.width || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = MOVES[event.key];
    const part = this.shown();
    if (by) this.choose(moved(part, { x: by.x * part.width, y: by.y * part.height }));
    else if (event.key === "+" || event.key === "=") this.zoomBy(ZOOM_STEP);
    else if (event.key === "-" || event.key === "_") this.zoomBy(1 / ZOOM_STEP);
    else if (event.key === "0") this.choose(null);
    else return;
    event.preventDefault();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault(); // the page behind must not scroll, nor grow
    if (this.picture.width) this.zoomBy(Math.exp(-event.deltaY * PER_WHEEL_PIXEL), this.placeOf(pointOf(event)));
  }

  private down(event: PointerEvent): void {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, pointOf(event));
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.picture.width) return;
    const now = pointOf(event);
    const [other] = [...this.pointers].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    this.pointers.set(event.pointerId, now);
    if (other) {
      // The place between two fingers stays between them, as long as the picture goes.
      const from = this.placeOf(between(before, other));
      const { picture, ratio } = this;
      const zoom = zoomOf(this.shown(), picture, ratio) * (distance(now, other) / Math.max(1, distance(before, other)));
      // The choice comes back as a property a moment later, so both are one choice.
      const part = zoomed(this.shown(), picture, ratio, zoom, from);
      const to = this.placeOf(between(now, other), part);
      this.choose(moved(part, { x: from.x - to.x, y: from.y - to.y }));
      return;
    }
    const [from, to] = [this.placeOf(before), this.placeOf(now)];
    this.choose(moved(this.shown(), { x: from.x - to.x, y: from.y - to.y }));
  }

  /** The place of the picture that lies under a point of the screen while that part shows. */
  private placeOf({ x, y }: Point, part = this.shown()): Point {
    const box = (this.querySelector(".crop-window") as HTMLElement).getBoundingClientRect();
    return {
      x: part.left + ((x - box.left) / box.width) * part.width,
      y: part.top + ((y - box.top) / box.height) * part.height,
    };
  }
}

/** Where a part begins, of the room that it has; in the middle where it has none. */
function place(id: string, label: string, start: number, room: number, take: (start: number) => void): TemplateResult {
  const isStill = room < NO_ROOM;
  const share = isStill ? 0.5 : start / room;
  const words = `${Math.round(share * 100)}%`;
  return slider(id, label, [0, 1], share, words, (value) => take(value * room), isStill);
}

function slider(
  id: string,
  label: string,
  [least, most]: [number, number],
  value: number,
  words: string,
  take: (value: number) => void,
  isInert = most - least < NO_ROOM,
): TemplateResult {
  return html`<label for="crop-${id}">${label}</label>
    <input
      id="crop-${id}"
      type="range"
      min=${least}
      max=${most}
      step="any"
      ?disabled=${isInert}
      .value=${String(value)}
      aria-valuetext=${words}
      @input=${(event: Event) => take(Number((event.target as HTMLInputElement).value))}
    />
    <span aria-hidden="true">${words}</span>`;
}

function pointOf(event: MouseEvent): Point {
  return { x: event.clientX, y: event.clientY };
}

function between(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
