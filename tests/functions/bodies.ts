/** Requests, events and outcomes as people and workers send them, and the submissions that routes make of requests. */

import type {
  ExtendClip,
  JobEvent,
  JobRequest,
  KeyframesClip,
  Motion,
  LastFrame,
  Outcome,
  PictureClip,
  Resolved,
  RestyleClip,
  RetakeClip,
} from "../../functions/_generated/contract.d.ts";
import type { Submission } from "../../functions/_lib/submit.ts";

export const OWNER = "owner-1";
export const STRANGER = "owner-2";

const CHOICE = { ratio: "9:16", seconds: 2, tier: "704p" } as const;
const OF_SOUND = { sound: "model", loudness: "as_made" } as const;
const NONE = { negative_prompt: null, guidance: null, seed: null, within_seconds: null } as const;
const CHOSEN = { ...NONE, ...OF_SOUND, motions: [] as Motion[] };
const SETTINGS = { ...CHOICE, ...CHOSEN };
const PICTURES = { borders: "cut", image_strength: null, picture_crf: null } as const;

export function clip(fields: Partial<PictureClip> = {}): PictureClip {
  const rest = { upload_id: null, crop: null, ...PICTURES } as const;
  return { preset: "fast", prompt: "고개를 끄덕이고 웃는다", ...SETTINGS, ...rest, ...fields };
}

export function keyframes(first: string, last: string, middle: string | null = null): KeyframesClip {
  const uploads = { first_upload_id: first, middle_upload_id: middle, last_upload_id: last };
  const framing = { first_crop: null, middle_crop: null, last_crop: null, ...PICTURES } as const;
  return { preset: "keyframes", prompt: "문이 열린다", ...SETTINGS, ...uploads, ...framing };
}

export function restyle(source: string): RestyleClip {
  return { preset: "restyle", prompt: "수채화처럼", ...SETTINGS, source_job_id: source };
}

export function retake(source: string, fields: Partial<RetakeClip> = {}): RetakeClip {
  const part = { start_seconds: 0.5, end_seconds: 1.5, remake: "both", source_job_id: source } as const;
  return { preset: "retake", prompt: "크게 웃는다", ...SETTINGS, ...part, ...fields };
}

export function extend(source: string, fields: Partial<ExtendClip> = {}): ExtendClip {
  const longer = { seconds: 4, whole_seconds: 4, source_job_id: source } as const;
  return { preset: "extend", prompt: "뒤돌아 걸어간다", ...SETTINGS, ...longer, ...fields };
}

export function submission(request: JobRequest = clip(), more: Partial<Submission> = {}): Submission {
  return { owner: OWNER, request, idempotency_key: undefined, rerun_of: null, ...more };
}

export function resolved(gpu = "H200"): Resolved {
  return {
    pipeline: "DistilledPipeline",
    checkpoint: "tiny-19b",
    lora: null,
    quantization: null,
    gpu,
    seed: 7,
    num_frames: 9,
    width: 192,
    height: 320,
    frame_rate: 24,
    steps: 8,
    guidance: 1,
    guided_steps: null,
    sound_guidance: null,
    stg_scale: 0,
    stg_blocks: [],
    modality_scale: 1,
    rescale: 0,
    sound_rescale: null,
    sound: "model",
  loudness: "as_made",
    image_strength: null,
    stage_2_image_strength: null,
    picture_crf: 33,
    stage_2_picture_crf: null,
    remade: null,
    remade_from: 0,
    remade_until: 0,
    frames_before: 0,
    prompt_sent: "고개를 끄덕이고 웃는다",
    negative_prompt: null,
    prompt_tokens_dropped: null,
    build: "test",
  };
}

export function event(job_id: string, seq: number, fields: Partial<JobEvent> = {}): JobEvent {
  const news = { type: "progress", stage: "stage_1", progress: null, resolved: null, outcome: null } as const;
  return { job_id, attempt: 1, seq, at: "2026-11-23T03:00:30.000Z", ...news, ...fields };
}

export function started(job_id: string, fields: Partial<JobEvent> = {}): JobEvent {
  return event(job_id, 1, { type: "started", stage: "starting", resolved: resolved(), ...fields });
}

export const FINISHED_AT = "2026-11-23T03:02:00.000Z";

/** The end of an attempt that used ten seconds of an H200. */
export function outcome(job_id: string, status: Outcome["status"], fields: Partial<Outcome> = {}): Outcome {
  const attempt = fields.attempt ?? 1;
  const delivered = {
    video_key: `jobs/${job_id}/video-${attempt}.mp4`,
    poster_key: `jobs/${job_id}/poster-${attempt}.jpg`,
    video: {
      bytes: 1_000,
      width: 192,
      height: 320,
      num_frames: 9,
      frame_rate: 24,
      seconds: 0.375,
      frames_hash: "0".repeat(64),
      sha256: "1".repeat(64),
      content_credentials: "off" as const,
    },
    poster: { bytes: 100, width: 192, height: 320 },
    last_frame: lastFrame(job_id, attempt),
    quality: { pixel_difference: [1, 2], similarity: [0.9, 0.8], motion: 2.5, flicker: 0.1, expression: 0.04, face_likeness: 0.93, faults: [] },
  };
  const nothing = { video_key: null, poster_key: null, video: null, poster: null, last_frame: null, quality: null };
  return {
    version: 1,
    job_id,
    attempt,
    status,
    finished_at: FINISHED_AT,
    resolved: resolved(),
    ...(status === "succeeded" ? delivered : nothing),
    text: null,
    cost: used(20_000_000),
    fault: status === "failed" ? { type: "/problems/render-failed", detail: "It failed in stage stage_2." } : null,
    ...fields,
  };
}

export function lastFrame(job_id: string, attempt = 1): LastFrame {
  const face = { left: 0.25, top: 0.125, width: 0.5, height: 0.25 };
  const key = `jobs/${job_id}/last-${attempt}.png`;
  return { key, bytes: 6, width: 192, height: 320, digest: "ab".repeat(32), faces: [face] };
}

export function used(micro_won: number, gpu = "H200"): Outcome["cost"] {
  const parts = { gpu: micro_won, cpu: 0, memory: 0, cold_start: 0 };
  return { gpu, gpu_seconds: 10, cold_start_seconds: 0, peak_vram_gib: 61.25, micro_won, parts, price_rev: "test" };
}

/** A worker's report that the card was too small. */
export function outOfMemory(job_id: string, fields: Partial<Outcome> = {}): Outcome {
  const fault = { type: "/problems/out-of-gpu-memory", detail: "It ran out of memory in stage stage_2." };
  return outcome(job_id, "failed", { fault, ...fields });
}
