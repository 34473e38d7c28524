/** What the composer holds: prompt and settings, kept in this browser until it is sent. Knows no server. */

import { DEFAULT_PRESET, DEFAULT_TIER } from "../../../functions/_generated/constants";
import type { Job, PresetName, Ratio, Seconds, Tier } from "../../../functions/_generated/contract";
import { Store } from "./store";
import { type Choice, choiceOf, menu, presetNamed } from "./menu";
import { pictures, recallPicture, type Slot } from "./pictures";

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
  /** Ids of the uploads in the slots, to find their copies after a reload. */
  uploads: Partial<Record<Slot, string>>;
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
  uploads: {},
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
  const request = job.input;
  const choice = choiceOf(request);
  const uploads: Partial<Record<Slot, string>> = {};
  if ("upload_id" in request && request.upload_id) uploads.picture = request.upload_id;
  if (request.preset === "keyframes") {
    uploads.first = request.first_upload_id;
    uploads.last = request.last_upload_id;
    if (request.middle_upload_id) uploads.middle = request.middle_upload_id;
  }
  change({
    ...choice,
    mode: presetNamed(choice.preset)?.inputs ?? "picture",
    prompt: request.prompt,
    negativePrompt: request.negative_prompt ?? "",
    seed: job.seed,
    imageStrength: "image_strength" in request ? (request.image_strength ?? null) : null,
    sourceJobId: request.preset === "restyle" ? request.source_job_id : null,
  });
  await recallAll(uploads, true);
}

/** Brings back what was left here, then keeps every change. */
export async function keepDraft(): Promise<void> {
  let left: Partial<Draft> = {};
  try {
    left = (JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Draft> | null) ?? {};
  } catch {
    // Forbidden or damaged storage is the same as none.
  }
  draft.set({ ...FRESH, ...left });
  await recallAll(left.uploads ?? {});
  const keep = (): void => {
    const uploads: Partial<Record<Slot, string>> = {};
    for (const [slot, picture] of Object.entries(pictures.value)) {
      if (picture?.uploadId) uploads[slot as Slot] = picture.uploadId;
    }
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...draft.value, uploads }));
    } catch {
      // The page works without.
    }
  };
  draft.watch(keep);
  pictures.watch(keep);
}

async function recallAll(uploads: Partial<Record<Slot, string>>, evenUnseen = false): Promise<void> {
  const slots = new Set([...Object.keys(pictures.value), ...Object.keys(uploads)] as Slot[]);
  await Promise.all([...slots].map((slot) => recallPicture(slot, uploads[slot], evenUnseen)));
}
