/** Which part of a picture a clip shows, in shares of the picture's width and height: chosen, moved, zoomed, carried over
 * to another ratio, never outside the picture. Pure arithmetic; `fit` in `gpu/media/pictures.py` is the other half, and
 * `tests/contract/crops.json` holds both to the same samples. */

import type { Crop, PictureClip, Ratio } from "../../functions/_generated/contract";

export type Borders = PictureClip["borders"];

export interface Size {
  width: number;
  height: number;
}

/** A place in a picture, in shares of its width and height. */
export interface Point {
  x: number;
  y: number;
}

/** What decides which part of a picture is shown: what a person chose, else the faces in it, the largest first. */
export interface Framed extends Size {
  framing: Framing | null;
  faces: readonly Crop[];
}

/** A part that a person chose, and what it was chosen for. */
export interface Framing {
  crop: Crop;
  ratio: Ratio;
  borders: Borders;
}

/** How much smaller than the largest part a chosen one may be. */
export const MOST_ZOOM = 5;
/** The contract takes no narrower part; `fit` cuts what is wider than the clip in its middle. */
const LEAST_SHARE = 0.02;
/** Around a face, of its own size: hair, chin and room. */
const AIR = 0.2;
/** A loss that nobody sees. */
const SMALL_LOSS = 0.01;

const ALL: Crop = { left: 0, top: 0, width: 1, height: 1 };

/** Width by height. */
export function aspect(ratio: Ratio): number {
  const [wide = 1, high = 1] = ratio.split(":").map(Number);
  return wide / high;
}

/** The part of a zoom around a place: 1 is the largest one of the ratio. Place and zoom give way to the picture's edges. */
export function partAround(size: Size, ratio: Ratio, middle: Point, zoom: number): Crop {
  const most = largest(size, ratio);
  const by = within(zoom, 1, mostZoom(size, ratio));
  const [width, height] = [most.width / by, most.height / by];
  return {
    left: within(middle.x - width / 2, 0, 1 - width),
    top: within(middle.y - height / 2, 0, 1 - height),
    width,
    height,
  };
}

/** The largest part of the ratio, around all faces where they fit and else around the largest; null where the part in the
 * middle is as good, or nobody is seen. */
export function partWithFaces(size: Size, ratio: Ratio, faces: readonly Crop[]): Crop | null {
  const [face] = faces;
  if (face === undefined || size.width === 0) return null;
  const most = largest(size, ratio);
  const all = around(faces);
  const kept = all.width <= most.width && all.height <= most.height ? all : face;
  return holds(middlePart(size, ratio), withAir(kept)) ? null : partAround(size, ratio, middleOf(kept), 1);
}

/** The largest part of the ratio, in the middle: what a clip shows when nothing was chosen and no face asks for more. */
export function middlePart(size: Size, ratio: Ratio): Crop {
  return partAround(size, ratio, { x: 0.5, y: 0.5 }, 1);
}

export function mostZoom(size: Size, ratio: Ratio): number {
  const most = largest(size, ratio);
  return Math.max(1, Math.min(MOST_ZOOM, most.width / LEAST_SHARE, most.height / LEAST_SHARE));
}

/** How many times smaller a part is than the largest one of the ratio. */
export function zoomOf(crop: Crop, size: Size, ratio: Ratio): number {
  const most = largest(size, ratio);
  return Math.max(1, Math.min(most.width / crop.width, most.height / crop.height));
}

export function middleOf(crop: Crop): Point {
  return { x: crop.left + crop.width / 2, y: crop.top + crop.height / 2 };
}

/** The same part elsewhere, as far as the picture goes. */
export function moved(crop: Crop, by: Point): Crop {
  return {
    ...crop,
    left: within(crop.left + by.x, 0, 1 - crop.width),
    top: within(crop.top + by.y, 0, 1 - crop.height),
  };
}

/** A smaller or larger part that leaves the place `at` where it is in the frame. */
export function zoomed(crop: Crop, size: Size, ratio: Ratio, zoom: number, at: Point = middleOf(crop)): Crop {
  const part = partAround(size, ratio, at, zoom);
  const kept = { x: (at.x - crop.left) / crop.width, y: (at.y - crop.top) / crop.height };
  return {
    ...part,
    left: within(at.x - kept.x * part.width, 0, 1 - part.width),
    top: within(at.y - kept.y * part.height, 0, 1 - part.height),
  };
}

/** The part to ask for; null for what the service takes by itself. What was chosen for another ratio keeps its middle and
 * its zoom. */
export function cropFor(picture: Framed, ratio: Ratio, borders: Borders): Crop | null {
  const { framing } = picture;
  if (framing === null) return borders === "cut" ? partWithFaces(picture, ratio, picture.faces) : null;
  if (framing.ratio === ratio && framing.borders === borders) return framing.crop;
  if (borders === "blurred" || picture.width === 0) return null;
  const zoom = framing.borders === "cut" ? zoomOf(framing.crop, picture, framing.ratio) : 1;
  return partAround(picture, ratio, middleOf(framing.crop), zoom);
}

/** What of a picture is shown, be it chosen or not. */
export function partShown(picture: Framed, ratio: Ratio, borders: Borders): Crop {
  return cropFor(picture, ratio, borders) ?? (borders === "blurred" ? ALL : middlePart(picture, ratio));
}

/** The share of a picture that is cut off at its sides, at its ends and in all. Losses that nobody sees are none. */
export function lost(part: Crop): { sides: boolean; ends: boolean; share: number } {
  const share = 1 - part.width * part.height;
  if (share <= SMALL_LOSS) return { sides: false, ends: false, share: 0 };
  return { sides: 1 - part.width > SMALL_LOSS / 2, ends: 1 - part.height > SMALL_LOSS / 2, share };
}

/** Whether a part leaves out some of a face. */
export function cutsFace(part: Crop, faces: readonly Crop[]): boolean {
  return faces.some((face) => !holds(part, face));
}

/** What a clip of this size shows of a picture, in shares: `crop` or all of it, cut in its middle to the clip's shape. */
export function partCut(picture: Size, clip: Size, crop: Crop | null): Crop {
  const { left, top, width, height } = crop ?? ALL;
  const [wide, high] = [Math.min(width, 1 - left), Math.min(height, 1 - top)];
  const scale = Math.min((wide * picture.width) / clip.width, (high * picture.height) / clip.height);
  const [across, down] = [(clip.width * scale) / picture.width, (clip.height * scale) / picture.height];
  return { left: left + (wide - across) / 2, top: top + (high - down) / 2, width: across, height: down };
}

/** The smallest part that has all of these in it. */
function around(parts: readonly Crop[]): Crop {
  const left = Math.min(...parts.map((part) => part.left));
  const top = Math.min(...parts.map((part) => part.top));
  const right = Math.max(...parts.map((part) => part.left + part.width));
  const bottom = Math.max(...parts.map((part) => part.top + part.height));
  return { left, top, width: right - left, height: bottom - top };
}

/** The part and what lies around it, as far as the picture goes. */
function withAir({ left, top, width, height }: Crop): Crop {
  const [across, down] = [width * AIR, height * AIR];
  const [from, above] = [Math.max(0, left - across), Math.max(0, top - down)];
  const [to, below] = [Math.min(1, left + width + across), Math.min(1, top + height + down)];
  return { left: from, top: above, width: to - from, height: below - above };
}

function holds(part: Crop, inner: Crop): boolean {
  const all = around([part, inner]);
  return all.width - part.width < SMALL_LOSS && all.height - part.height < SMALL_LOSS;
}

function largest(size: Size, ratio: Ratio): { width: number; height: number } {
  const [wanted, own] = [aspect(ratio), size.width / size.height];
  if (own > wanted) return { width: Math.max(LEAST_SHARE, wanted / own), height: 1 };
  return { width: 1, height: Math.max(LEAST_SHARE, own / wanted) };
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
