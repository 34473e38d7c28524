/** What becomes of a picture in a clip, in words. */

import type { Ratio } from "../../functions/_generated/contract";
import { type Borders, lost, middlePart, partShown } from "./crop";
import { t } from "./state/language";
import type { Picture } from "./state/pictures";

/** Whether a picture is of another shape than the clip, so that it is cut or gets borders. */
export function isOfAnotherShape(picture: Picture, ratio: Ratio): boolean {
  return picture.width > 0 && lost(middlePart(picture, ratio)).share > 0;
}

/** Percent of a picture that is cut off. */
export function percentLost(picture: Picture, ratio: Ratio, borders: Borders): number {
  return picture.width === 0 ? 0 : Math.round(lost(partShown(picture, ratio, borders)).share * 100);
}

export function cropWords(picture: Picture, ratio: Ratio, borders: Borders): string {
  const { sides, ends } = lost(partShown(picture, ratio, borders));
  const values = { ratio, n: percentLost(picture, ratio, borders) };
  if (sides && ends) return t("crop_around", values);
  if (sides) return t("crop_sides", values);
  if (ends) return t("crop_ends", values);
  return isOfAnotherShape(picture, ratio) ? t("crop_blurred", values) : t("crop_none", values);
}
