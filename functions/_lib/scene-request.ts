/**
 * What a scene asks for: its cells over the project's settings become a job's request, or the reason why they do not. It
 * asks no database: whether pictures are there is given.
 */

import { MAX_PROMPT_CHARACTERS } from "../_generated/constants.ts";
import type {
  InPlace,
  JobRequest,
  LeftOutReason,
  PresetName,
  SceneCells,
  SceneQuality,
  SceneSettings,
} from "../_generated/contract.d.ts";
import { motionsOfScene } from "./dialogue-motions.ts";
import { hashOf } from "./hash.ts";
import { isPriced } from "./prices.ts";
import { asBefore } from "./submit.ts";
import { validateJobRequest } from "./validate.ts";

export type Asked = { request: JobRequest } | { reason: LeftOutReason };

export interface Terms {
  settings: SceneSettings;
  cells: SceneCells;
  in_place?: InPlace | null | undefined;
  without_pictures?: boolean | undefined;
}

const WITHOUT_QUALITY: readonly PresetName[] = ["keyframes", "restyle", "retake", "extend"];
const NUMBER_DIGITS = 3;
const TITLE_CHARACTERS = 60;

/** The seed is the scene's own, or null. */
export function requestOfScene(terms: Terms): Asked {
  const written = writtenRequest(terms);
  if ("reason" in written) return written;
  const judged = validateJobRequest(written.request);
  if (!judged.ok) {
    // What else can be wrong are letters that no prompt may have, and a tier that the preset does not come in.
    return { reason: judged.faults.some(({ pointer }) => pointer === "/prompt") ? "no_line" : "wrong_quality" };
  }
  return isPriced(judged.value) ? { request: judged.value } : { reason: "wrong_quality" };
}

/** The hash of what the scene asks for, whether or not it may be made so and its pictures are there; null where it asks
 * for nothing. */
export async function hashOfScene(terms: Terms): Promise<string | null> {
  const written = writtenRequest({ ...terms, without_pictures: true });
  return "request" in written ? hashOfRequest(written.request as unknown as JobRequest) : null;
}

/** The request without the members that it leaves to their defaults. */
function writtenRequest({
  settings,
  cells,
  in_place,
  without_pictures = false,
}: Terms): { request: Record<string, unknown> } | { reason: LeftOutReason } {
  if (cells.line.trim() === "") return { reason: "no_line" };
  const prompt = withWordsInFront(settings.words_in_front, cells.line);
  const negative = cells.negative_prompt ?? settings.negative_prompt;
  if (isTooLong(prompt) || isTooLong(negative)) return { reason: "line_too_long" };
  const { first_upload_id: first, last_upload_id: last } = cells;
  if (first === null && last !== null) return { reason: "no_first_picture" };
  if (first === null && !without_pictures) return { reason: "no_picture" };
  const quality = in_place?.quality ?? cells.quality ?? settings.quality;
  if (last !== null && quality.preset === "draft") return { reason: "no_draft_of_two_pictures" };

  const pictures =
    first !== null && last !== null
      ? {
          preset: "keyframes",
          first_upload_id: first,
          first_crop: cells.first_crop,
          last_upload_id: last,
          last_crop: cells.last_crop,
        }
      : { preset: quality.preset, upload_id: first, crop: cells.first_crop };
  return {
    request: {
      ...pictures,
      prompt,
      motions: motionsOfScene(cells, settings),
      negative_prompt: negative.trim() === "" ? null : negative,
      ratio: settings.ratio,
      seconds: in_place?.seconds ?? cells.seconds ?? settings.seconds,
      tier: quality.tier,
      borders: cells.borders ?? settings.borders,
      seed: cells.seed,
      sound: (cells.sound ?? settings.sound) ? "model" : "off",
    },
  };
}

/** Equal for requests that make the same clip, the seed aside. A member that a later release adds does not change it, as
 * long as it says what was done before. */
export function hashOfRequest(request: JobRequest): Promise<string> {
  const { seed: _, within_seconds: __, ...rest } = asBefore(request) as JobRequest;
  return hashOf(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)));
}

/** Of a job's request; null for one of two pictures, and for one of no table. */
export function qualityOf({ preset, tier }: JobRequest): SceneQuality | null {
  return WITHOUT_QUALITY.includes(preset) ? null : ({ preset, tier } as SceneQuality);
}

/** What the job is called: its scene's number, and the first words of what the scene says. */
export function titleOfScene(number: number, { title, subtitle, line }: SceneCells): string {
  const words = (title || subtitle || line).normalize("NFC").replace(/[\s\p{Cc}]+/gu, " ").trim();
  return `${String(number).padStart(NUMBER_DIGITS, "0")} ${[...words].slice(0, TITLE_CHARACTERS).join("").trim()}`.trim();
}

function withWordsInFront(words: string, line: string): string {
  return words.trim() === "" ? line : `${words}${/\s$/.test(words) ? "" : " "}${line}`;
}

function isTooLong(text: string): boolean {
  return [...text.normalize("NFC")].length > MAX_PROMPT_CHARACTERS;
}
