/** What becomes of a picture in a clip, in words. */

import type { Ratio } from "../../functions/_generated/contract";
import { type Borders, cutsFace, type Framed, lost, middlePart, partShown } from "./crop";
import { t } from "./state/language";
import type { Picture } from "./state/pictures";

/** A picture that loses so much looks like another one. */
const MUCH_PERCENT = 40;

/** Whether a picture is of another shape than the clip, so that it is cut or gets borders. */
export function isOfAnotherShape(picture: Framed, ratio: Ratio): boolean {
  return picture.width > 0 && lost(middlePart(picture, ratio)).share > 0;
}

/** Percent of a picture that is cut off. */
export function percentLost(picture: Framed, ratio: Ratio, borders: Borders): number {
  return picture.width === 0 ? 0 : Math.round(lost(partShown(picture, ratio, borders)).share * 100);
}

/** Whether the clip shows a face in the picture in part only, or not at all. */
export function isFaceCut(picture: Framed, ratio: Ratio, borders: Borders): boolean {
  return picture.width > 0 && cutsFace(partShown(picture, ratio, borders), picture.faces);
}

/** What is lost of pictures that become a clip each; empty where nothing to speak of is. */
export function lossesOf(pictures: readonly Picture[], ratio: Ratio, borders: Borders): string {
  const ready = pictures.filter(({ state }) => state === "ready");
  const much = ready.filter((one) => percentLost(one, ratio, borders) >= MUCH_PERCENT).length;
  const faces = ready.filter((one) => isFaceCut(one, ratio, borders)).length;
  const words = [much ? t("many_cut", { n: much }) : "", faces ? t("many_faces_cut", { n: faces }) : ""];
  return words.filter((one) => one !== "").join(" ");
}

export function cropWords(picture: Framed, ratio: Ratio, borders: Borders): string {
  const { sides, ends } = lost(partShown(picture, ratio, borders));
  const values = { ratio, n: percentLost(picture, ratio, borders) };
  const face = isFaceCut(picture, ratio, borders) ? ` ${t("face_cut")}` : "";
  if (sides && ends) return t("crop_around", values) + face;
  if (sides) return t("crop_sides", values) + face;
  if (ends) return t("crop_ends", values) + face;
  return isOfAnotherShape(picture, ratio) ? t("crop_blurred", values) : t("crop_none", values);
}
