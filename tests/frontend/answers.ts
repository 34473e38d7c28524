/** What the server answers: the menu with the real presets and prices, a job, an upload, a problem. */

import type { Job, Menu, PictureClip, Problem, Upload } from "../../functions/_generated/contract";
import presets from "../../functions/_generated/presets.json";
import quotes from "../../functions/_generated/quotes.json";

export const MENU = {
  ...presets,
  ...quotes,
  checkpoint: "tiny-19b",
  is_tiny_model: true,
  max_prompt_characters: 2_000,
  max_upload_bytes: 20 * 1024 * 1024,
} as unknown as Menu;

export const CLIP: PictureClip = {
  preset: "fast",
  prompt: "고개를 끄덕이고 웃는다",
  motions: [],
  negative_prompt: null,
  guidance: null,
  ratio: "9:16",
  seconds: 2,
  tier: "704p",
  seed: null,
  within_seconds: null,
  sound: "model",
  loudness: "as_made",
  upload_id: null,
  crop: null,
  borders: "cut",
  image_strength: null,
  picture_crf: null,
};

/** A job that waits; the later its number, the newer. */
export function job(number: number, fields: Partial<Job> = {}): Job {
  const id = `job-${String(number).padStart(4, "0")}`;
  const self = `/api/jobs/${id}`;
  return {
    id,
    status: "queued",
    stage: null,
    cancel_requested: false,
    progress: null,
    created_at: new Date(Date.UTC(2026, 10, 23, 3, 0, number)).toISOString(),
    started_at: null,
    finished_at: null,
    expires_at: "2026-12-23T03:00:00.000Z",
    input: CLIP,
    seed: 7,
    resolved: null,
    attempts: [],
    video: null,
    poster: null,
    quality: null,
    cost: {
      estimate_micro_won: 1,
      reserved_micro_won: 2,
      billed_micro_won: null,
      gpu_seconds: null,
      cold_start_seconds: null,
      peak_vram_gib: null,
      parts: null,
      price_rev: "test",
    },
    problem: null,
    links: {
      self,
      video: null,
      poster: null,
      download: null,
      cancel: `${self}/cancel`,
      rerun: `${self}/rerun`,
      last_frame: null,
    },
    batch_id: null,
    project_id: null,
    scene_id: null,
    scene_number: null,
    paused: false,
    rerun_of: null,
    continues: null,
    title: null,
    picture_name: null,
    favorite: false,
    shared_until: null,
    deleted_at: null,
    ...fields,
  };
}

export function upload(id: string, fields: Partial<Upload> = {}): Upload {
  const size = { bytes: 3, width: 640, height: 360, sound_seconds: null, faces: [], name: null };
  return { id, content_type: "image/png", ...size, expires_at: "2026-12-23T03:00:00.000Z", ...fields };
}

export function problem(status: number, slug: string): Problem {
  return {
    type: `/problems/${slug}`,
    title: slug,
    status,
    detail: "",
    instance: null,
    errors: [],
    retryable: false,
    charged_micro_won: 0,
    fix: "",
    choices: [],
  };
}
