/** Which part of its picture a scene shows: the one that its cell names, else the one that is taken by itself. Pure
 * arithmetic; it knows no table. */

import type { Crop, Ratio } from "../../../functions/_generated/contract";
import { type Borders, cropFor, type Framed } from "../crop";

/** A picture as a scene's cell crops it. */
export function framedBy<Image extends Framed>(image: Image, crop: Crop | null, ratio: Ratio, borders: Borders): Image {
  return { ...image, framing: crop && { crop, ratio, borders } };
}

/** The part that is taken where nobody chose one: around faces, where the middle would cut them. */
export function usualCrop(image: Framed, ratio: Ratio, borders: Borders): Crop | null {
  return cropFor({ ...image, framing: null }, ratio, borders);
}

/** Whether a person chose it. */
export function isChosen(image: Framed, crop: Crop | null, ratio: Ratio, borders: Borders): boolean {
  return crop !== null && JSON.stringify(crop) !== JSON.stringify(usualCrop(image, ratio, borders));
}

/** The part for another ratio: what was chosen keeps its middle and its zoom, what nobody chose follows the picture. */
export function carried(image: Framed, crop: Crop | null, before: Ratio, now: Ratio, borders: Borders): Crop | null {
  if (!isChosen(image, crop, before, borders)) return usualCrop(image, now, borders);
  return cropFor(framedBy(image, crop, before, borders), now, borders);
}
