/** What the composer holds: prompt and settings, kept in this browser until it is sent. Knows no server. */

import { DEFAULT_PRESET, DEFAULT_TIER } from "../../../functions/_generated/constants";
import type { Crop, Job, JobRequest, PresetName, Ratio, Seconds, Tier } from "../../../functions/_generated/contract";
import type { Borders, Framing } from "../crop";
import { Store } from "./store";
import { type Choice, choiceOf, menu, presetNamed } from "./menu";
import { type Picture, pictures, recallPicture, type Slot } from "./pictures";

export type Mode = "picture" | "keyframes" | "video";

export interface Draft {
  mode: Mode;
  preset: PresetName;
  tier: Tier;
  ratio: Ratio;
  seconds: Seconds;
  prompt: string;
  negativePrompt: string;
  /** Null: a new seed is drawn for each clip. */
  seed: number | null;
  /** Null: the preset's own strength. */
  imageStrength: number | null;
  sourceJobId: string | null;
  /** How pictures of another ratio fill the clip. */
  borders: Borders;
  /** Ids of the uploads in the slots, to find their copies after a reload. */
  uploads: Partial<Record<Slot, string>>;
  /** The parts that were chosen of them. */
  framings: Partial<Record<Slot, Framing>>;
}

const KEY = "clipwright.draft.1";

const FRESH: Draft = {
  mode: "picture",
  preset: DEFAULT_PRESET,
  tier: DEFAULT_TIER,
  ratio: "9:16",
  seconds: 8,
  prompt: "",
  negativePrompt: "",
  seed: null,
  imageStrength: null,
  sourceJobId: null,
  borders: "cut",
  uploads: {},
  framings: {},
};

export const draft = new Store<Draft>(FRESH);

export function change(part: Partial<Draft>): void {
  draft.update((now) => ({ ...now, ...part }));
}

/** Switches between picture, keyframes and restyle, taking the first preset of that kind and a size it has. */
export function changeMode(mode: Mode): void {
  const offered = menu.value?.presets.filter((preset) => preset.inputs === mode) ?? [];
  const usual = offered.find((preset) => preset.name === menu.value?.default_preset) ?? offered[0];
  if (!usual) return;
  const tier = usual.tiers.find((one) => one === draft.value.tier) ?? usual.tiers[0];
  if (tier) change({ mode, preset: usual.name, tier, imageStrength: null });
}

/** Settings in the drawer that differ from their defaults. */
export function isTuned(now: Draft): boolean {
  return now.seed !== null || now.negativePrompt.trim() !== "" || now.imageStrength !== null;
}

export function resetTuning(): void {
  change({ seed: null, negativePrompt: "", imageStrength: null });
}

export function choiceNow(now: Draft): Choice {
  return { preset: now.preset, tier: now.tier, ratio: now.ratio, seconds: now.seconds };
}

/** Takes over the settings of a job, its seed and pictures included. */
export async function loadSettings(job: Job): Promise<void> {
  await keepDraft(); // else what was left here would follow, and win
  const request = job.input;
  const choice = choiceOf(request);
  const borders = "borders" in request ? request.borders : FRESH.borders;
  const uploads: Draft["uploads"] = {};
  const framings: Draft["framings"] = {};
  for (const [slot, upload, crop] of picturesOf(request)) {
    if (upload) uploads[slot] = upload;
    if (crop) framings[slot] = { crop, ratio: request.ratio, borders };
  }
  change({
    ...choice,
    mode: presetNamed(choice.preset)?.inputs ?? "picture",
    prompt: request.prompt,
    negativePrompt: request.negative_prompt ?? "",
    seed: job.seed,
    imageStrength: "image_strength" in request ? (request.image_strength ?? null) : null,
    sourceJobId: request.preset === "restyle" ? request.source_job_id : null,
    borders,
  });
  await recallAll({ uploads, framings }, true);
}

function picturesOf(request: JobRequest): [Slot, string | null, Crop | null][] {
  if (request.preset === "restyle") return [];
  if (request.preset !== "keyframes") return [["picture", request.upload_id, request.crop]];
  return [
    ["first", request.first_upload_id, request.first_crop],
    ["middle", request.middle_upload_id, request.middle_crop],
    ["last", request.last_upload_id, request.last_crop],
  ];
}

let keeping: Promise<void> | undefined;

/** Brings back what was left here, then keeps every change. Once, however many ask for it. */
export function keepDraft(): Promise<void> {
  keeping ??= bringBack();
  return keeping;
}

async function bringBack(): Promise<void> {
  let left: Partial<Draft> = {};
  try {
    left = (JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Draft> | null) ?? {};
  } catch {
    // Forbidden or damaged storage is the same as none.
  }
  draft.set({ ...FRESH, ...left });
  await recallAll(draft.value);
  const keep = (): void => {
    const uploads: Draft["uploads"] = {};
    const framings: Draft["framings"] = {};
    for (const [slot, picture] of Object.entries(pictures.value) as [Slot, Picture][]) {
      if (picture.uploadId) uploads[slot] = picture.uploadId;
      if (picture.framing) framings[slot] = picture.framing;
    }
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...draft.value, uploads, framings }));
    } catch {
      // The page works without.
    }
  };
  draft.watch(keep);
  pictures.watch(keep);
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
