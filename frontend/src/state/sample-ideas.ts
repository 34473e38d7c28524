/** A sample idea in the form: what it is made with, and how it gets there. Shows nothing. */

import { DEFAULT_PRESET, DEFAULT_TIER } from "../../../functions/_generated/constants";
import { change, choiceNow, draft } from "./draft";
import type { Choice } from "./menu";
import { awaitPicture, removeFurther } from "./pictures";

/** The choice in the form, or the usual one where that takes no single picture. */
export function ideaChoice(): Choice & { mode: "picture" } {
  const usual = { preset: DEFAULT_PRESET, tier: DEFAULT_TIER, imageStrength: null };
  const now = draft.value;
  return { ...choiceNow(now), ...(now.mode === "picture" ? {} : usual), mode: "picture" };
}

/** Fills the form with the idea's words and its picture, which lies at the address `picture`. */
export async function useIdea(prompt: string, picture: string): Promise<void> {
  change({ ...ideaChoice(), prompt });
  removeFurther();
  const name = picture.split("/").at(-1) ?? "sample.png";
  await awaitPicture("picture", name, fetched(picture, name));
}

async function fetched(address: string, name: string): Promise<File> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const blob = await answer.blob();
  return new File([blob], name, { type: blob.type });
}
