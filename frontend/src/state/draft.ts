/** What the composer holds: prompt and settings, kept in this browser until it is sent. Knows no server. */

import { DEFAULT_PRESET, DEFAULT_TIER } from "../../../functions/_generated/constants";
import type { Crop, Job, JobRequest, PresetInfo, PresetName, Ratio, Seconds, Tier } from "../../../functions/_generated/contract";
import type { Borders, Framing } from "../crop";
import { choicesFor, type MotionChoices } from "../motions";
import { keep, takeDraft } from "./kept-drafts";
import { type Choice, choiceOf, menu, presetNamed } from "./menu";
import { dropOrders, orders } from "./orders";
import { type Picture, pictures, recallPicture, type Slot } from "./pictures";
import type { Helped } from "./prompt-help";
import { Store } from "./store";

export type Mode = "picture" | "keyframes" | "video";

/** The mode in which presets of these inputs are offered; null for those that a clip's own page offers. */
export function modeOf(inputs: PresetInfo["inputs"]): Mode | null {
  if (inputs === "clip_part") return null;
  return inputs === "sound" ? "picture" : inputs;
}

export interface Draft {
  mode: Mode;
  preset: PresetName;
  tier: Tier;
  ratio: Ratio;
  seconds: Seconds;
  prompt: string;
  /** Where it was chosen otherwise than the spoken lines suggest. */
  motions: MotionChoices;
  negativePrompt: string;
  /** Null: a new seed is drawn for each clip. */
  seed: number | null;
  /** Null: the preset's own strength. */
  imageStrength: number | null;
  /** Null: the preset's own H.264 quality, in which the models see the picture. */
  pictureCrf: number | null;
  /** Null: the preset's own guidance. */
  guidance: number | null;
  /** `off`: a film without sound. */
  sound: JobRequest["sound"];
  /** `even`: brought to the loudness of platforms. */
  loudness: JobRequest["loudness"];
  /** The sound that the clip is made to; null where none was chosen. */
  ownSound: { id: string; name: string | null; seconds: number | null } | null;
  sourceJobId: string | null;
  /** The words that were asked for in English. */
  helped: Helped | null;
  /** The words that several pictures were sent with last: without a picture, the same press does not send them again. */
  sentWords: string | null;
  /** How pictures of another ratio fill the clip. */
  borders: Borders;
  /** Ids of the uploads in the slots, to find their copies after a reload. */
  uploads: Partial<Record<Slot, string>>;
  /** The parts that were chosen of them. */
  framings: Partial<Record<Slot, Framing>>;
}

const FRESH: Draft = {
  mode: "picture",
  preset: DEFAULT_PRESET,
  tier: DEFAULT_TIER,
  ratio: "9:16",
  seconds: 8,
  prompt: "",
  motions: {},
  negativePrompt: "",
  seed: null,
  imageStrength: null,
  pictureCrf: null,
  guidance: null,
  sound: "model",
  loudness: "as_made",
  ownSound: null,
  sourceJobId: null,
  helped: null,
  sentWords: null,
  borders: "cut",
  uploads: {},
  framings: {},
};

export const draft = new Store<Draft>(FRESH);
/** The number of this tab's draft; empty until `keepDraft`. */
export let draftId = "";

export function change(part: Partial<Draft>): void {
  draft.update((now) => ({ ...now, ...part }));
}

/** Whether this site's models make clips in this mode; true until the menu is there. */
export function isOffered(mode: Mode): boolean {
  return menu.value?.presets.some((preset) => modeOf(preset.inputs) === mode) ?? true;
}

/** Switches between picture, keyframes and restyle, taking the first preset of that kind and a size it has. */
export function changeMode(mode: Mode): void {
  const offered = menu.value?.presets.filter((preset) => modeOf(preset.inputs) === mode) ?? [];
  const usual = offered.find((preset) => preset.name === menu.value?.default_preset) ?? offered[0];
  if (!usual) return;
  const tier = usual.tiers.find((one) => one === draft.value.tier) ?? usual.tiers[0];
  if (tier) change({ mode, preset: usual.name, tier, imageStrength: null, pictureCrf: null });
}

/** Settings in the drawer that differ from their defaults. */
export function isTuned(now: Draft): boolean {
  const chosen = [now.seed, now.imageStrength, now.pictureCrf, now.guidance].some((one) => one !== null);
  return chosen || now.negativePrompt.trim() !== "" || now.sound === "off";
}

export function resetTuning(): void {
  change({ seed: null, negativePrompt: "", imageStrength: null, pictureCrf: null, guidance: null, sound: "model" });
}

export function choiceNow(now: Draft): Choice {
  return { preset: now.preset, tier: now.tier, ratio: now.ratio, seconds: now.seconds };
}

/** Takes over the settings of a job, its seed and pictures included. Of a clip that was made from a part of another, the
 * words and the shape: the form makes none such. */
export async function loadSettings(job: Job): Promise<void> {
  await keepDraft(); // else what was left here would follow, and win
  const request = job.input;
  const isOfPart = presetNamed(request.preset)?.inputs === "clip_part";
  const choice = { ...choiceOf(request), ...(isOfPart && { preset: DEFAULT_PRESET, tier: DEFAULT_TIER }) };
  const borders = "borders" in request ? request.borders : FRESH.borders;
  const uploads: Draft["uploads"] = {};
  const framings: Draft["framings"] = {};
  for (const [slot, upload, crop] of picturesOf(request)) {
    if (upload) uploads[slot] = upload;
    if (crop) framings[slot] = { crop, ratio: request.ratio, borders };
  }
  change({
    ...choice,
    mode: modeOf(presetNamed(choice.preset)?.inputs ?? "picture") ?? "picture",
    prompt: request.prompt,
    motions: choicesFor(request.prompt, request.motions),
    negativePrompt: request.negative_prompt ?? "",
    seed: job.seed,
    imageStrength: "image_strength" in request ? (request.image_strength ?? null) : null,
    pictureCrf: "picture_crf" in request ? (request.picture_crf ?? null) : null,
    guidance: request.guidance,
    sound: request.sound,
    loudness: request.loudness,
    ownSound: request.preset === "lip_sync" ? { id: request.sound_upload_id, name: null, seconds: null } : null,
    sourceJobId: request.preset === "restyle" ? request.source_job_id : null,
    helped: null,
    sentWords: null,
    borders,
  });
  // The pictures of clips that were sent leave the form; the same ones may come back here.
  await dropOrders(orders.value.filter((one) => one.draft === draftId && one.state === "made"));
  await recallAll({ uploads, framings }, true);
}

function picturesOf(request: JobRequest): [Slot, string | null, Crop | null][] {
  if ("source_job_id" in request) return [];
  if (request.preset !== "keyframes") return [["picture", request.upload_id, request.crop]];
  return [
    ["first", request.first_upload_id, request.first_crop],
    ["middle", request.middle_upload_id, request.middle_crop],
    ["last", request.last_upload_id, request.last_crop],
  ];
}

let keeping: Promise<void> | undefined;

/** Brings back what was left in this tab, or in one that is gone, then keeps every change. Beside a tab that is open, a new
 * one has its settings, and neither its words nor its pictures. Once, however many ask for it. */
export function keepDraft(): Promise<void> {
  keeping ??= bringBack();
  return keeping;
}

async function bringBack(): Promise<void> {
  const { id, left, newest } = await takeDraft();
  draftId = id;
  const { preset, tier, ratio, seconds, mode } = { ...FRESH, ...newest };
  draft.set({ ...FRESH, preset, tier, ratio, seconds, mode, ...left });
  await recallAll(draft.value);
  const keepAll = (): void => {
    const uploads: Draft["uploads"] = {};
    const framings: Draft["framings"] = {};
    for (const [slot, picture] of Object.entries(pictures.value) as [Slot, Picture][]) {
      if (picture.uploadId) uploads[slot] = picture.uploadId;
      if (picture.framing) framings[slot] = picture.framing;
    }
    keep(id, { ...draft.value, uploads, framings });
  };
  draft.watch(keepAll);
  pictures.watch(keepAll);
}

async function recallAll(
  { uploads, framings }: Pick<Draft, "uploads" | "framings">,
  evenUnseen = false,
): Promise<void> {
  const slots = new Set([...Object.keys(pictures.value), ...Object.keys(uploads)] as Slot[]);
  await Promise.all(
    [...slots].map((slot) => recallPicture(slot, uploads[slot], framings[slot] ?? null, evenUnseen)),
  );
}
