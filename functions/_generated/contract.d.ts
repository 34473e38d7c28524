// Generated from gpu/ by `python run.py render`; edit the source, not this file.

export type Ratio = "9:16" | "16:9" | "1:1";
export type Seconds = 2 | 4 | 6 | 8 | 10;
export type PresetName = "aggressive_quality" | "quality_light" | "fast" | "draft" | "keyframes" | "restyle";
export type Tier = "352p" | "704p" | "1088p";
export type EtaBasis = "measured" | "estimated";
export type JobStatus = "queued" | "running" | "succeeded" | "failed" | "canceled";
export type Stage =
  "starting" | "encode_prompt" | "encode_image" | "stage_1" | "upsample" | "stage_2" | "decode" | "check" | "upload";
export type JobRequest = PictureClip | DraftClip | KeyframesClip | RestyleClip;
export type JobRequestBody = PictureClipBody | DraftClipBody | KeyframesClipBody | RestyleClipBody;

export interface Attempt {
  attempt: number;
  gpu: string;
  started_at: string | null;
  finished_at: string | null;
  outcome: "open" | "succeeded" | "failed" | "canceled" | "lost";
  gpu_seconds: number | null;
  problem_type: string | null;
}
/**
 * The GPU service's answer: the state of this attempt. `gone` means that no worker has it any more.
 */
export interface Call {
  call_id: string;
  job_id: string;
  attempt: number;
  state: "pending" | "running" | "finished" | "gone";
  fault: Fault | null;
}
/**
 * A failure on its way to the site, which adds title and fix in the reader's language.
 */
export interface Fault {
  type: string;
  detail: string;
}
/**
 * The spending limits: per job, per owner and day, and for the whole site per day.
 */
export interface Caps {
  job_micro_won: number;
  owner_day_micro_won: number;
  site_day_micro_won: number;
}
/**
 * `POST /api/internal/containers`, signed as a job's events are, and the body of `service/containers/{id}.json`:
 * what one container has cost since it opened. All numbers are sums since then, so that a late or repeated report
 * changes nothing. Boot, busy and idle seconds add up to the container's life.
 */
export interface ContainerReport {
  container_id: string;
  gpu: string;
  checkpoint: string;
  deploy: string;
  opened_at: string;
  ready_at: string | null;
  closed_at: string | null;
  at: string;
  boot_seconds: number;
  busy_seconds: number;
  idle_seconds: number;
  total_micro_won: number;
  jobs_micro_won: number;
}
export interface Cost {
  estimate_micro_won: number;
  reserved_micro_won: number;
  billed_micro_won: number | null;
  gpu_seconds: number | null;
  cold_start_seconds: number | null;
  peak_vram_gib: number | null;
  parts: CostParts | null;
  price_rev: string;
}
export interface CostParts {
  gpu: number;
  cpu: number;
  memory: number;
  cold_start: number;
}
/**
 * The part of an upright picture to show, in shares of the picture's width and height. Any part outside the picture
 * is left out. Where its ratio differs from the clip's, its middle is cut out.
 */
export interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}
export interface DraftClip {
  prompt: string;
  negative_prompt: string | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  upload_id: string | null;
  crop: Crop | null;
  borders: "cut" | "blurred";
  image_strength: number | null;
  preset: "draft";
  tier: "352p";
}
export interface DraftClipBody {
  prompt: string;
  negative_prompt?: string | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  upload_id?: string | null;
  crop?: Crop | null;
  borders?: "cut" | "blurred";
  image_strength?: number | null;
  preset: "draft";
  tier?: "352p";
}
/**
 * A price before the job runs: on which GPU, in how many seconds, from which facts.
 */
export interface Estimate {
  preset: PresetName;
  ratio: Ratio;
  seconds: Seconds;
  tier: Tier;
  width: number;
  height: number;
  num_frames: number;
  gpu: string;
  larger_gpu: string | null;
  gpu_seconds: number;
  micro_won: number;
  low_micro_won: number;
  high_micro_won: number;
  parts: CostParts;
  cold_start_micro_won: number;
  basis: "measured" | "derived";
  reason_ko: string;
  reason_en: string;
  price_rev: string;
}
/**
 * `POST /api/estimate`: the choices that the price depends on.
 */
export interface EstimateRequest {
  preset: PresetName;
  ratio: Ratio;
  seconds: Seconds;
  tier: Tier;
}
export interface FieldError {
  pointer: string;
  detail: string;
}
/**
 * An object in the bucket that the worker reads. `frame` is None for a source video.
 */
export interface InputObject {
  key: string;
  frame: ("first" | "middle" | "last") | null;
}
export interface Job {
  id: string;
  status: JobStatus;
  stage: Stage | null;
  cancel_requested: boolean;
  progress: Progress | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  expires_at: string;
  input: JobRequest;
  seed: number;
  resolved: Resolved | null;
  attempts: Attempt[];
  video: Video | null;
  poster: Poster | null;
  quality: Quality | null;
  cost: Cost;
  problem: Problem | null;
  links: Links;
  batch_id: string | null;
  rerun_of: string | null;
}
export interface Progress {
  step: number | null;
  steps: number | null;
  eta_seconds: number | null;
  eta_basis: EtaBasis | null;
}
export interface PictureClip {
  prompt: string;
  negative_prompt: string | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  upload_id: string | null;
  crop: Crop | null;
  borders: "cut" | "blurred";
  image_strength: number | null;
  preset: "aggressive_quality" | "quality_light" | "fast";
  tier: "704p" | "1088p";
}
export interface KeyframesClip {
  prompt: string;
  negative_prompt: string | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  preset: "keyframes";
  tier: "704p" | "1088p";
  first_upload_id: string;
  first_crop: Crop | null;
  middle_upload_id: string | null;
  middle_crop: Crop | null;
  last_upload_id: string;
  last_crop: Crop | null;
  borders: "cut" | "blurred";
  image_strength: number | null;
}
/**
 * Video to video: the source is a clip made on this site, so it is already checked and of a known shape.
 */
export interface RestyleClip {
  prompt: string;
  negative_prompt: string | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  preset: "restyle";
  tier: "704p" | "1088p";
  source_job_id: string;
}
/**
 * Every setting of a render: enough to run it again. A default stands for "not said", by another release.
 */
export interface Resolved {
  pipeline: string;
  checkpoint: string;
  lora: string | null;
  quantization: string | null;
  gpu: string;
  seed: number;
  num_frames: number;
  width: number;
  height: number;
  frame_rate: number;
  steps: number;
  guidance: number;
  guided_steps: number | null;
  image_strength: number | null;
  prompt_sent: string;
  negative_prompt: string | null;
  prompt_tokens_dropped: number | null;
  build: string;
}
export interface Video {
  bytes: number;
  width: number;
  height: number;
  num_frames: number;
  frame_rate: number;
  seconds: number;
  frames_hash: string;
  sha256: string | null;
  content_credentials: "off" | "signed" | "failed";
}
export interface Poster {
  bytes: number;
  width: number;
  height: number;
}
/**
 * Measured on the finished frames, which are never altered.
 */
export interface Quality {
  pixel_difference: number[];
  similarity: number[];
  motion: number;
  flicker: number;
}
/**
 * RFC 9457. `title` and `fix` come in the reader's language; `type` never changes.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string | null;
  errors: FieldError[];
  retryable: boolean;
  charged_micro_won: number;
  fix: string;
}
export interface Links {
  self: string;
  video: string | null;
  poster: string | null;
  download: string | null;
  cancel: string | null;
  rerun: string | null;
}
/**
 * An attempt's use, metered by the worker, and its price.
 */
export interface JobCost {
  gpu: string;
  gpu_seconds: number;
  cold_start_seconds: number;
  peak_vram_gib: number | null;
  micro_won: number;
  parts: CostParts;
  price_rev: string;
}
/**
 * `POST /api/internal/jobs/{id}/events`, signed as Standard Webhooks. `seq` grows by one within an attempt.
 */
export interface JobEvent {
  job_id: string;
  attempt: number;
  seq: number;
  type: "started" | "progress" | "ended";
  at: string;
  stage: Stage | null;
  progress: Progress | null;
  resolved: Resolved | null;
  outcome: Outcome | null;
}
/**
 * The end of an attempt: the body of `done.json`, of `failed.json`, and of the last event. What has no default is
 * needed to settle the job.
 */
export interface Outcome {
  version: number;
  job_id: string;
  attempt: number;
  status: "succeeded" | "failed" | "canceled";
  finished_at: string;
  resolved: Resolved | null;
  video_key: string | null;
  poster_key: string | null;
  video: Video | null;
  poster: Poster | null;
  quality: Quality | null;
  cost: JobCost;
  fault: Fault | null;
}
export interface JobList {
  jobs: Job[];
  next_cursor: string | null;
}
export interface PictureClipBody {
  prompt: string;
  negative_prompt?: string | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  upload_id?: string | null;
  crop?: Crop | null;
  borders?: "cut" | "blurred";
  image_strength?: number | null;
  preset: "aggressive_quality" | "quality_light" | "fast";
  tier?: "704p" | "1088p";
}
export interface KeyframesClipBody {
  prompt: string;
  negative_prompt?: string | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  preset: "keyframes";
  tier?: "704p" | "1088p";
  first_upload_id: string;
  first_crop?: Crop | null;
  middle_upload_id?: string | null;
  middle_crop?: Crop | null;
  last_upload_id: string;
  last_crop?: Crop | null;
  borders?: "cut" | "blurred";
  image_strength?: number | null;
}
/**
 * Video to video: the source is a clip made on this site, so it is already checked and of a known shape.
 */
export interface RestyleClipBody {
  prompt: string;
  negative_prompt?: string | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  preset: "restyle";
  tier?: "704p" | "1088p";
  source_job_id: string;
}
/**
 * `GET /api/presets`: every choice of this site, with its price.
 */
export interface Menu {
  default_preset: PresetName;
  presets: PresetInfo[];
  estimates: Estimate[];
  price_rev: string;
  checkpoint: string | null;
  is_tiny_model: boolean;
  max_prompt_characters: number;
  max_upload_bytes: number;
}
/**
 * One row of the menu, with the price of each legal choice.
 */
export interface PresetInfo {
  name: PresetName;
  title_ko: string;
  title_en: string;
  summary_ko: string;
  summary_en: string;
  pipeline: string;
  tiers: Tier[];
  ratios: Ratio[];
  seconds: Seconds[];
  steps: number;
  guidance: number;
  guided_steps: number | null;
  image_strength: number | null;
  prompt_prefix: string | null;
  negative_prompt: string | null;
  inputs: "picture" | "keyframes" | "video";
}
/**
 * The answer: the bucket object with the picture as models see it, upright 8-bit sRGB. Equal pictures are one
 * object, named by the SHA-256 of its pixels. For an unusable file the answer is a problem instead.
 */
export interface PictureRead {
  key: string;
  width: number;
  height: number;
  bytes: number;
}
/**
 * `POST /pictures` of the GPU service: the bucket object with the uploaded file.
 */
export interface PictureToRead {
  key: string;
}
/**
 * `POST /api/jobs/{id}/rerun`: the same settings with the same seed or a new one.
 */
export interface RerunRequest {
  seed: "same" | "new";
}
/**
 * A caller's jobs by the day of their request. `held` is the reserved amount of jobs that have not ended.
 */
export interface Spending {
  jobs: number;
  estimate_micro_won: number;
  billed_micro_won: number;
  held_micro_won: number;
}
/**
 * `POST /jobs` of the GPU service: one attempt at one job. Repeating it returns the same call, or a new one where
 * the first is gone and nobody began the attempt.
 */
export interface Ticket {
  job_id: string;
  attempt: number;
  request: JobRequest;
  seed: number;
  inputs: InputObject[];
  gpu: string;
  deadline_at: string;
  reserved_micro_won: number;
  request_id: string | null;
}
export interface Upload {
  id: string;
  content_type: "image/png" | "image/jpeg" | "image/webp";
  bytes: number;
  width: number;
  height: number;
  expires_at: string;
}
/**
 * `GET /api/usage`: the caller's spending, and the caps. Days and months are those of Asia/Seoul.
 */
export interface Usage {
  day: string;
  month: string;
  today: Spending;
  this_month: Spending;
  limits: Caps;
}
/**
 * `GET /api/version` of the site and `GET /version` of the sweeper.
 */
export interface Version {
  service: "site" | "gpu" | "sweeper";
  build: string;
  contract: string;
  app_version: string;
  checkpoint: string | null;
  weights_revision: string | null;
}
