// Generated from gpu/ by `python run.py render`; edit the source, not this file.

export type JobStatus = "queued" | "running" | "succeeded" | "failed" | "canceled";
export type Stage =
  "starting" | "encode_prompt" | "encode_image" | "stage_1" | "upsample" | "stage_2" | "decode" | "check" | "upload";
export type EtaBasis = "measured" | "estimated";
export type JobRequest = PictureClip | DraftClip | LipSyncClip | KeyframesClip | RestyleClip | RetakeClip | ExtendClip;
export type Motion = "turn_head" | "nod" | "lean_in";
export type Ratio = "9:16" | "16:9" | "1:1";
export type Seconds = 2 | 4 | 6 | 8 | 10;
export type Tier = "352p" | "704p" | "1088p";
export type PresetName =
  | "aggressive_quality"
  | "expressive"
  | "expressive_strong"
  | "hq"
  | "quality_light"
  | "fast"
  | "draft"
  | "lip_sync"
  | "keyframes"
  | "restyle"
  | "retake"
  | "extend";
export type LeftOutReason =
  | "no_line"
  | "line_too_long"
  | "no_picture"
  | "no_first_picture"
  | "picture_gone"
  | "no_draft_of_two_pictures"
  | "wrong_quality"
  | "no_chosen_clip"
  | "unchanged"
  | "in_work"
  | "above_clip_cap";
export type BulkAction = "delete" | "restore" | "favorite" | "unfavorite";
export type JobEnd = "job.succeeded" | "job.failed" | "job.canceled";
export type JobRequestBody =
  | PictureClipBody
  | DraftClipBody
  | LipSyncClipBody
  | KeyframesClipBody
  | RestyleClipBody
  | RetakeClipBody
  | ExtendClipBody;
export type LibrarySort = "newest" | "oldest" | "dearest";
export type Scope = "read" | "create";
export type SceneState =
  "empty" | "new" | "waiting" | "paused" | "running" | "delivered" | "drafted" | "changed" | "failed" | "canceled";

/**
 * `GET /api/jobs/active`: one poll for all jobs of the caller that have not ended. Where events are accepted
 * (`text/event-stream`) it goes on: an event for each change, with this as its data.
 */
export interface ActiveJobs {
  open: string[];
  held: string[];
  jobs: Job[];
  ended: Job[];
  today: Today | null;
  now: string;
  batches: BatchNow[];
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
  project_id: string | null;
  scene_id: string | null;
  scene_number: number | null;
  paused: boolean;
  rerun_of: string | null;
  continues: string | null;
  title: string | null;
  picture_name: string | null;
  favorite: boolean;
  shared_until: string | null;
  deleted_at: string | null;
}
export interface Progress {
  step: number | null;
  steps: number | null;
  eta_seconds: number | null;
  eta_basis: EtaBasis | null;
  step_began_at: string | null;
  step_seconds: number | null;
}
export interface PictureClip {
  prompt: string;
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
  upload_id: string | null;
  crop: Crop | null;
  borders: "cut" | "blurred";
  image_strength: number | null;
  picture_crf: number | null;
  preset: "aggressive_quality" | "expressive" | "expressive_strong" | "hq" | "quality_light" | "fast";
  tier: "704p" | "1088p";
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
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
  upload_id: string | null;
  crop: Crop | null;
  borders: "cut" | "blurred";
  image_strength: number | null;
  picture_crf: number | null;
  preset: "draft";
  tier: "352p";
}
/**
 * Made for a sound of one's own, from its start: the file plays that sound, and the model hears it.
 */
export interface LipSyncClip {
  prompt: string;
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
  upload_id: string | null;
  crop: Crop | null;
  borders: "cut" | "blurred";
  image_strength: number | null;
  picture_crf: number | null;
  preset: "lip_sync";
  tier: "704p" | "1088p";
  sound_upload_id: string;
}
export interface KeyframesClip {
  prompt: string;
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
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
  picture_crf: number | null;
}
/**
 * Video to video: the source is a clip made on this site, so it is already checked and of a known shape.
 */
export interface RestyleClip {
  prompt: string;
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
  preset: "restyle";
  tier: "704p" | "1088p";
  source_job_id: string;
}
/**
 * A part of a clip made on this site, made anew by other words; all else stays as it was. Ratio, tier, seconds
 * and loudness are the clip's. The times go to the nearest third of a second, in which the model works.
 */
export interface RetakeClip {
  prompt: string;
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
  preset: "retake";
  tier: Tier;
  source_job_id: string;
  start_seconds: number;
  end_seconds: number;
  remake: "both" | "picture" | "sound";
}
/**
 * A clip made on this site, going on after its end. `seconds` is what the model works on: the clip's last two,
 * which it keeps, and what is added. Ratio, tier and loudness are the clip's.
 */
export interface ExtendClip {
  prompt: string;
  motions: Motion[];
  negative_prompt: string | null;
  guidance: number | null;
  ratio: Ratio;
  seconds: Seconds;
  seed: number | null;
  within_seconds: number | null;
  sound: "model" | "off";
  loudness: "as_made" | "even";
  preset: "extend";
  tier: Tier;
  source_job_id: string;
  whole_seconds: number;
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
  sound_guidance: number | null;
  stg_scale: number;
  stg_blocks: number[];
  modality_scale: number;
  rescale: number;
  sound_rescale: number | null;
  image_strength: number | null;
  stage_2_image_strength: number | null;
  picture_crf: number;
  stage_2_picture_crf: number | null;
  sound: string;
  loudness: string;
  remade: string | null;
  remade_from: number;
  remade_until: number;
  frames_before: number;
  prompt_sent: string;
  negative_prompt: string | null;
  prompt_tokens_dropped: number | null;
  build: string;
}
export interface Attempt {
  attempt: number;
  gpu: string;
  started_at: string | null;
  finished_at: string | null;
  outcome: "open" | "succeeded" | "failed" | "canceled" | "lost";
  gpu_seconds: number | null;
  problem_type: string | null;
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
  expression: number | null;
  face_likeness: number | null;
  faults: string[];
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
  choices: CheaperChoice[];
}
export interface FieldError {
  pointer: string;
  detail: string;
}
/**
 * A choice of the menu that costs less, with what it would take.
 */
export interface CheaperChoice {
  preset: PresetName;
  ratio: Ratio;
  seconds: Seconds;
  tier: Tier;
  micro_won: number;
  high_micro_won: number;
}
export interface Links {
  self: string;
  video: string | null;
  poster: string | null;
  download: string | null;
  cancel: string | null;
  rerun: string | null;
  last_frame: string | null;
}
/**
 * The caller's money of this day in Seoul. `held` is the reserved amount of jobs that have not ended.
 */
export interface Today {
  day: string;
  billed_micro_won: number;
  held_micro_won: number;
  cap_micro_won: number;
  month_billed_micro_won: number;
}
/**
 * How far a batch is. Of a clip that was tried again, the newest try counts.
 */
export interface BatchNow {
  id: string;
  project_id: string | null;
  project_title: string | null;
  created_at: string;
  paused_at: string | null;
  clips: number;
  left: number;
  waiting: number;
  running: number;
  delivered: number;
  failed: number;
  canceled: number;
  held_micro_won: number;
  billed_micro_won: number;
}
export interface Batch {
  id: string;
  project_id: string | null;
  project_title: string | null;
  created_at: string;
  paused_at: string | null;
  clips: number;
  left: number;
  waiting: number;
  running: number;
  delivered: number;
  failed: number;
  canceled: number;
  held_micro_won: number;
  billed_micro_won: number;
  left_out: LeftOut[];
  stopped: Problem | null;
  jobs: BatchJob[];
}
export interface LeftOut {
  scene: string;
  number: number;
  reason: LeftOutReason;
}
export interface BatchJob {
  job_id: string;
  scene: string | null;
  number: number | null;
  status: JobStatus;
  paused: boolean;
  rerun_of: string | null;
}
/**
 * `POST /api/projects/{id}/quote`: which scenes, by exactly one of `range`, `scenes` and `which`, and how.
 */
export interface BatchChoice {
  range?: string | null;
  scenes?: string[] | null;
  which?: ("all" | "unmade" | "failed" | "drafted") | null;
  variants?: number;
  again?: boolean;
  in_place?: InPlace | null;
  seeds?: "own" | "chosen";
  without_pictures?: boolean;
}
/**
 * For this press alone, in place of what the scenes say.
 */
export interface InPlace {
  quality?: SceneQuality | null;
  seconds?: Seconds | null;
}
/**
 * The quality of a clip of one picture or none. Of a scene, one of two pictures is made by the preset of keyframes,
 * in this tier.
 */
export interface SceneQuality {
  preset: "aggressive_quality" | "expressive" | "expressive_strong" | "hq" | "quality_light" | "fast" | "draft";
  tier: Tier;
}
/**
 * `POST /api/batches`.
 */
export interface BatchRequest {
  range?: string | null;
  scenes?: string[] | null;
  which?: ("all" | "unmade" | "failed" | "drafted") | null;
  variants?: number;
  again?: boolean;
  in_place?: InPlace | null;
  seeds?: "own" | "chosen";
  without_pictures?: boolean;
  project_id: string;
  within_seconds?: number | null;
  most_micro_won?: number | null;
}
/**
 * `POST /api/jobs/bulk`. Sent twice, it changes nothing more.
 */
export interface BulkChange {
  action: BulkAction;
  /**
   * @minItems 1
   * @maxItems 1000
   */
  ids: [string, ...string[]];
}
export interface BulkChanged {
  done: string[];
  left: string[];
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
export interface Cap {
  name:
    | "job"
    | "owner_day"
    | "site_day"
    | "owner_open_jobs"
    | "site_open_jobs"
    | "owner_undone_hour"
    | "owner_undone_day"
    | "owner_uploads_hour"
    | "owner_upload_bytes_hour"
    | "owner_uploads"
    | "owner_upload_bytes"
    | "site_uploads_hour"
    | "site_upload_bytes_hour"
    | "site_uploads"
    | "site_upload_bytes";
  unit: "micro_won" | "number" | "bytes";
  most: number;
  used: number;
}
export interface CapChange {
  name:
    | "job"
    | "owner_day"
    | "site_day"
    | "owner_open_jobs"
    | "site_open_jobs"
    | "owner_undone_hour"
    | "owner_undone_day"
    | "owner_uploads_hour"
    | "owner_upload_bytes_hour"
    | "owner_uploads"
    | "owner_upload_bytes"
    | "site_uploads_hour"
    | "site_upload_bytes_hour"
    | "site_uploads"
    | "site_upload_bytes";
  most: number;
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
 * `PUT /api/caps`: only what is named changes.
 */
export interface CapsChange {
  accepts_jobs?: boolean | null;
  /**
   * @maxItems 50
   */
  caps?: CapChange[];
}
/**
 * `POST /api/internal/cards/{card}/next`, signed as a job's events are: a container has no ticket left in work.
 * Whatever the site gave this card before is over, or lost.
 */
export interface CardAsk {
  card: string;
  container_id: string;
  gpu: string;
  at: string;
  loaded: string[];
  waited_seconds: number;
  is_leaving: boolean;
}
export interface CardKind {
  gpu: string;
  cards: LiveCard[];
  held: number;
}
/**
 * A rented card. `waiting`: it has no clip in work and stays, because somebody is likely to come back.
 */
export interface LiveCard {
  state: "starting" | "working" | "waiting";
  free_in_seconds: number;
}
/**
 * The answer to a `CardAsk`. Without a ticket and without `ask_again_seconds` the container goes.
 */
export interface CardOrder {
  ticket: Ticket | null;
  ask_again_seconds: number | null;
}
/**
 * `POST /jobs` of the GPU service: one attempt at one job. Repeating it returns the same call, or a new one where
 * the first is gone and nobody began the attempt.
 */
export interface Ticket {
  job_id: string;
  attempt: number;
  request: PictureClip | DraftClip | LipSyncClip | KeyframesClip | RestyleClip | RetakeClip | ExtendClip | TextRequest;
  seed: number;
  inputs: InputObject[];
  gpu: string;
  deadline_at: string;
  reserved_micro_won: number;
  request_id: string | null;
  card: string | null;
}
/**
 * `POST /api/texts`: the person's words, in any language, to be written anew in English. With a picture, Gemma sees
 * it. A missing seed is drawn at submit.
 */
export interface TextRequest {
  preset: "prompt_help";
  prompt: string;
  upload_id: string | null;
  seed: number | null;
}
/**
 * An object in the bucket that the worker reads. `frame` is None for a source video and for a sound.
 */
export interface InputObject {
  key: string;
  frame: ("first" | "middle" | "last") | null;
  is_sound: boolean;
}
export interface CardPrice {
  gpu: string;
  second_micro_won: number;
  start_micro_won: number;
}
export interface ChannelPreset {
  id: string;
  name: string;
  settings: SceneSettings;
  updated_at: string;
}
/**
 * What holds for each scene that says nothing else.
 */
export interface SceneSettings {
  ratio: Ratio;
  seconds: Seconds;
  quality: SceneQuality;
  sound: boolean;
  words_in_front: string;
  negative_prompt: string;
  borders: "cut" | "blurred";
  dialogue_motions: boolean;
}
/**
 * `POST /api/channel-presets`: settings under a name, to begin other projects with.
 */
export interface ChannelPresetRequest {
  name: string;
  settings: SceneSettingsChange;
}
/**
 * Only what is named changes. None: as a new project has it.
 */
export interface SceneSettingsChange {
  ratio?: Ratio | null;
  seconds?: Seconds | null;
  quality?: SceneQuality | null;
  sound?: boolean | null;
  words_in_front?: string | null;
  negative_prompt?: string | null;
  borders?: ("cut" | "blurred") | null;
  dialogue_motions?: boolean | null;
}
export interface ChannelPresets {
  channel_presets: ChannelPreset[];
}
/**
 * `POST /api/me/claim`: how many were moved to the caller.
 */
export interface Claimed {
  jobs: number;
  uploads: number;
}
/**
 * Clips of the same kind at one press.
 */
export interface ClipsAsked {
  preset: PresetName;
  ratio: Ratio;
  seconds: Seconds;
  tier: Tier;
  count: number;
}
/**
 * A container that has not closed, by its last report.
 */
export interface ContainerAtWork {
  container_id: string;
  gpu: string;
  opened_at: string;
  ready_at: string | null;
  at: string;
  busy_seconds: number;
  idle_seconds: number;
  total_micro_won: number;
  minute_micro_won: number;
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
/**
 * One message to one webhook. It is tried for a day, with growing pauses.
 */
export interface Delivery {
  id: string;
  job_id: string;
  event: JobEnd;
  created_at: string;
  tries: number;
  next_at: string | null;
  delivered_at: string | null;
  failed_at: string | null;
  last_status: number | null;
  last_error: string | null;
}
export interface DeliveryList {
  deliveries: Delivery[];
}
export interface DraftClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
  upload_id?: string | null;
  crop?: Crop | null;
  borders?: "cut" | "blurred";
  image_strength?: number | null;
  picture_crf?: number | null;
  preset: "draft";
  tier?: "352p";
}
/**
 * `DELETE /api/me/data`: the member keeps a stray call from deleting anything.
 */
export interface EraseRequest {
  confirm: "delete everything of mine";
}
export interface Erased {
  jobs: number;
  pictures: number;
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
/**
 * A clip made on this site, going on after its end. `seconds` is what the model works on: the clip's last two,
 * which it keeps, and what is added. Ratio, tier and loudness are the clip's.
 */
export interface ExtendClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
  preset: "extend";
  tier?: Tier;
  source_job_id: string;
  whole_seconds: number;
}
/**
 * Where a face is, in shares of the upright picture's width and height.
 */
export interface Face {
  left: number;
  top: number;
  width: number;
  height: number;
}
export interface FailureCount {
  problem_type: string;
  title: string;
  jobs: number;
  last_at: string;
  last_job_id: string;
}
/**
 * What is kept longer, and what its storage costs the site in a month.
 */
export interface Favorites {
  clips: number;
  most: number;
  bytes: number;
  micro_won_a_month: number;
  days: number;
}
/**
 * `GET /api/gpu`: the kinds of cards that live, or that jobs wait for.
 */
export interface GpuNow {
  kinds: CardKind[];
}
/**
 * Answered with 200, or with 503 where a part failed.
 */
export interface Health {
  status: "ok" | "failed";
  at: string;
  build: string;
  parts: HealthParts;
  last_sweep_at: string | null;
}
export interface HealthParts {
  database: "ok" | "slow" | "failed";
  bucket: "ok" | "slow" | "failed";
  gpu: "ok" | "slow" | "failed";
  sweeper: "ok" | "slow" | "failed";
  migrations: "ok" | "slow" | "failed";
}
/**
 * `PUT /api/jobs/{id}`: only what is named changes. An empty title takes the name away.
 */
export interface JobChange {
  title?: string | null;
  favorite?: boolean | null;
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
 * What ended. The prompt and the clip stay at the site: ask `self` for them.
 */
export interface JobEnded {
  job_id: string;
  status: "succeeded" | "failed" | "canceled";
  finished_at: string | null;
  billed_micro_won: number | null;
  problem_type: string | null;
  self: string;
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
  last_frame: LastFrame | null;
  quality: Quality | null;
  text: string | null;
  cost: JobCost;
  fault: Fault | null;
}
/**
 * The clip's last frame as a picture that a next clip may begin with: a PNG in the bucket, as models see it.
 */
export interface LastFrame {
  key: string;
  bytes: number;
  width: number;
  height: number;
  digest: string;
  faces: Face[];
}
export interface JobList {
  jobs: Job[];
  next_cursor: string | null;
}
export interface PictureClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
  upload_id?: string | null;
  crop?: Crop | null;
  borders?: "cut" | "blurred";
  image_strength?: number | null;
  picture_crf?: number | null;
  preset: "aggressive_quality" | "expressive" | "expressive_strong" | "hq" | "quality_light" | "fast";
  tier?: "704p" | "1088p";
}
/**
 * Made for a sound of one's own, from its start: the file plays that sound, and the model hears it.
 */
export interface LipSyncClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
  upload_id?: string | null;
  crop?: Crop | null;
  borders?: "cut" | "blurred";
  image_strength?: number | null;
  picture_crf?: number | null;
  preset: "lip_sync";
  tier?: "704p" | "1088p";
  sound_upload_id: string;
}
export interface KeyframesClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
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
  picture_crf?: number | null;
}
/**
 * Video to video: the source is a clip made on this site, so it is already checked and of a known shape.
 */
export interface RestyleClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
  preset: "restyle";
  tier?: "704p" | "1088p";
  source_job_id: string;
}
/**
 * A part of a clip made on this site, made anew by other words; all else stays as it was. Ratio, tier, seconds
 * and loudness are the clip's. The times go to the nearest third of a second, in which the model works.
 */
export interface RetakeClipBody {
  prompt: string;
  motions?: Motion[];
  negative_prompt?: string | null;
  guidance?: number | null;
  ratio?: Ratio;
  seconds?: Seconds;
  seed?: number | null;
  within_seconds?: number | null;
  sound?: "model" | "off";
  loudness?: "as_made" | "even";
  preset: "retake";
  tier?: Tier;
  source_job_id: string;
  start_seconds: number;
  end_seconds: number;
  remake?: "both" | "picture" | "sound";
}
/**
 * A day of Asia/Seoul. `billed_micro_won` is what its jobs cost, ended or not.
 */
export interface LibraryDay {
  day: string;
  jobs: number;
  clips: number;
  billed_micro_won: number;
}
/**
 * `GET /api/jobs/days`: every day with a job that the filter lets through, newest first.
 */
export interface LibraryDays {
  days: LibraryDay[];
  favorites: Favorites;
  deleted: number;
}
/**
 * `GET /api/me`: the caller. `owner`, `role` and `via` are null for a caller whom the site does not know.
 */
export interface Me {
  owner: string | null;
  role: ("operator" | "member") | null;
  via: ("access" | "session" | "local" | "token") | null;
  mode: "ACCESS" | "PUBLIC" | "LOCAL";
  email: string | null;
  sign_in: string | null;
  sign_out: string | null;
  turnstile_site_key: string | null;
  is_claimable: boolean;
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
  picture_crf: number;
  has_own_second_stage: boolean;
  option_of: PresetName | null;
  prompt_prefix: string | null;
  negative_prompt: string | null;
  inputs: "picture" | "sound" | "keyframes" | "video" | "clip_part";
}
/**
 * A month's jobs as a whole, and the same jobs grouped four ways. Groups without a job are left out.
 */
export interface MonthUsage {
  sums: UsageSums;
  days: NamedSums[];
  presets: NamedSums[];
  cards: NamedSums[];
  projects: ProjectSums[];
}
/**
 * Sums over jobs. The billed amount has three parts: delivered clips, their starts, and canceled jobs. A failed job
 * is billed nothing. Texts of prompt help count in the money, and in the numbers of jobs of their own preset alone.
 */
export interface UsageSums {
  jobs: number;
  delivered: number;
  failed: number;
  canceled: number;
  estimate_micro_won: number;
  clips_micro_won: number;
  start_micro_won: number;
  canceled_micro_won: number;
  billed_micro_won: number;
  per_delivered_micro_won: number | null;
}
export interface NamedSums {
  jobs: number;
  delivered: number;
  failed: number;
  canceled: number;
  estimate_micro_won: number;
  clips_micro_won: number;
  start_micro_won: number;
  canceled_micro_won: number;
  billed_micro_won: number;
  per_delivered_micro_won: number | null;
  name: string;
}
export interface ProjectSums {
  jobs: number;
  delivered: number;
  failed: number;
  canceled: number;
  estimate_micro_won: number;
  clips_micro_won: number;
  start_micro_won: number;
  canceled_micro_won: number;
  billed_micro_won: number;
  per_delivered_micro_won: number | null;
  project_id: string | null;
  title: string | null;
}
export interface NewToken {
  id: string;
  name: string;
  scopes: Scope[];
  cap_micro_won: number;
  spent_micro_won: number;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
  token: string;
}
export interface NewWebhook {
  id: string;
  url: string;
  events: JobEnd[];
  created_at: string;
  old_secret_until: string | null;
  failing_since: string | null;
  disabled_at: string | null;
  secret: string;
}
/**
 * One way to make them.
 */
export interface Offer {
  cards: number;
  seconds: number;
  micro_won: number;
  within_seconds: number | null;
}
/**
 * The cheapest way first. Each further one is quicker and costs more.
 */
export interface Offers {
  offers: Offer[];
  is_warm: boolean;
  waiting: number;
  price_rev: string;
}
/**
 * `POST /api/offers`: the clips of one press, in their order. At least one, and MAX_CLIPS_OFFERED together.
 */
export interface OffersRequest {
  clips: ClipsAsked[];
}
/**
 * `GET /api/operator`, for an operator.
 */
export interface OperatorView {
  at: string;
  day: string;
  month: string;
  versions: PartVersion[];
  releases: ReleaseEntry[];
  containers: ContainerAtWork[];
  minute_micro_won: number;
  queue: Queue;
  failures: FailureCount[];
  caps: SiteCaps;
  today: SiteDay;
  this_month: SiteDay;
  usage: MonthUsage;
  owners: OwnerSpending[];
  prices: PricesInForce;
}
export interface PartVersion {
  part: "site" | "sweeper" | "gpu";
  build: string | null;
  contract: string | null;
}
/**
 * An entry of the log of releases, as the release itself told the site. Long texts are cut.
 */
export interface ReleaseEntry {
  id: string;
  at: string;
  commit: string;
  outcome: "live" | "failed" | "rolled_back";
  why: string;
  failed_step: string;
  trouble: string;
  found: string[];
  fixed: string[];
  left: string[];
  figures: ReleaseFigure[];
  lessons: string[];
  answers: string[];
  choices: string[];
}
/**
 * A figure of a release's smoke clip. `name` is one of the log of releases: `won`, `gpu_seconds`, …
 */
export interface ReleaseFigure {
  name: string;
  predicted: number | null;
  measured: number | null;
}
export interface Queue {
  held: number;
  handed: number;
  running: number;
  oldest_at: string | null;
}
/**
 * `GET /api/caps`, for an operator.
 */
export interface SiteCaps {
  accepts_jobs: boolean;
  caps: Cap[];
}
/**
 * A day's or a month's money of the whole site. What nobody pays for is the site's own.
 */
export interface SiteDay {
  usage: UsageSums;
  held_micro_won: number;
  loss_micro_won: number;
  unassigned_micro_won: number;
}
export interface OwnerSpending {
  owner: string;
  is_you: boolean;
  jobs: number;
  today_micro_won: number;
  month_micro_won: number;
}
export interface PricesInForce {
  price_rev: string;
  prices_as_of: string;
  won_per_usd: number;
  rate_as_of: string;
  cards: CardPrice[];
}
/**
 * A value of somebody else that this change replaced, unseen by its sender. Without a cell: a scene was removed
 * that somebody had changed, or changed, and so brought back, that somebody had removed.
 */
export interface Overwritten {
  scene: string | null;
  cell: string | null;
  before: SceneCells | null;
  settings: SceneSettings | null;
  title: string | null;
}
/**
 * What a person writes into a scene. None: as the project's settings say.
 */
export interface SceneCells {
  title: string | null;
  line: string;
  subtitle: string;
  first_upload_id: string | null;
  first_crop: Crop | null;
  last_upload_id: string | null;
  last_crop: Crop | null;
  picture_name: string | null;
  seconds: Seconds | null;
  quality: SceneQuality | null;
  sound: boolean | null;
  seed: number | null;
  negative_prompt: string | null;
  borders: ("cut" | "blurred") | null;
  motions: Motion[] | null;
  chosen_job: string | null;
}
/**
 * `/api/me/limits`: caps that a person sets for themselves. None: the site's alone. The lower of the two holds.
 */
export interface OwnLimits {
  job_micro_won: number | null;
  owner_day_micro_won: number | null;
}
export interface PairedPictures {
  pairs: ScenePair[];
  pictures_left: number[];
  scenes_left: number[];
}
/**
 * Both are places in their lists, from 0.
 */
export interface ScenePair {
  scene: number;
  picture: number;
  by: "name" | "number" | "order";
}
/**
 * The answer: the bucket object with the picture as models see it, upright 8-bit sRGB. Equal pictures are one
 * object, named by the SHA-256 of its pixels. `faces` are those that were found, the largest first. For an unusable
 * file the answer is a problem instead.
 */
export interface PictureRead {
  key: string;
  width: number;
  height: number;
  bytes: number;
  faces: Face[];
}
/**
 * `POST /pictures` of the GPU service: the bucket object with the uploaded file.
 */
export interface PictureToRead {
  key: string;
}
/**
 * `POST /api/scenes/pictures`: names of pictures, and the scenes that have none yet, in order.
 */
export interface PicturesToPair {
  /**
   * @maxItems 1000
   */
  pictures: string[];
  /**
   * @maxItems 200
   */
  scenes: SceneToPair[];
}
export interface SceneToPair {
  number?: string | null;
  picture_name?: string | null;
}
export interface Project {
  id: string;
  title: string;
  revision: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
  settings: SceneSettings;
  scenes: Scene[];
  batch: BatchNow | null;
}
export interface Scene {
  id: string;
  number: number;
  revision: number;
  cells: SceneCells;
  state: SceneState;
  clip: string | null;
  billed_micro_won: number;
  versions: SceneVersion[];
}
/**
 * A job that was made from a scene.
 */
export interface SceneVersion {
  job_id: string;
  batch_id: string | null;
  status: JobStatus;
  paused: boolean;
  is_draft: boolean;
  is_current: boolean;
  quality: SceneQuality | null;
  seconds: Seconds;
  seed: number;
  created_at: string;
  estimate_micro_won: number;
  billed_micro_won: number | null;
  problem_type: string | null;
  has_poster: boolean;
}
/**
 * `PATCH /api/projects/{id}`: only what is named changes; of each cell the last writer wins.
 */
export interface ProjectChange {
  base_revision: number;
  title?: string | null;
  settings?: SceneSettingsChange | null;
  /**
   * @maxItems 200
   */
  rows?: SceneChange[];
  order?: string[] | null;
  /**
   * @maxItems 200
   */
  removed?: string[];
}
/**
 * A scene that the project does not have comes into being, with the id that its sender gave it.
 */
export interface SceneChange {
  id: string;
  cells: SceneCellsChange;
}
/**
 * Only what is named changes.
 */
export interface SceneCellsChange {
  title?: string | null;
  line?: string | null;
  subtitle?: string | null;
  first_upload_id?: string | null;
  first_crop?: Crop | null;
  last_upload_id?: string | null;
  last_crop?: Crop | null;
  picture_name?: string | null;
  seconds?: Seconds | null;
  quality?: SceneQuality | null;
  sound?: boolean | null;
  seed?: number | null;
  negative_prompt?: string | null;
  borders?: ("cut" | "blurred") | null;
  motions?: Motion[] | null;
  chosen_job?: string | null;
}
export interface ProjectChanged {
  revision: number;
  title: string;
  settings: SceneSettings;
  order: string[];
  rows: Scene[];
  removed: string[];
  overwritten: Overwritten[];
}
/**
 * `GET /api/projects`: the last changed first.
 */
export interface ProjectList {
  projects: ProjectSummary[];
}
export interface ProjectSummary {
  id: string;
  title: string;
  revision: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
  scenes: number;
  delivered: number;
  open: number;
  billed_micro_won: number;
  poster_job: string | null;
}
/**
 * `POST /api/projects`.
 */
export interface ProjectRequest {
  title?: string;
  settings?: SceneSettingsChange | null;
}
export interface Quote {
  revision: number;
  scenes: QuotedScene[];
  clips: number;
  left_out: LeftOut[];
  estimate_micro_won: number;
  most_micro_won: number;
  offers: Offers | null;
  fits: number;
  stopped: Problem | null;
}
export interface QuotedScene {
  scene: string;
  number: number;
  clips: number;
  estimate_micro_won: number;
}
/**
 * `POST /api/jobs/{id}/rerun`: the same settings with the same seed or a new one, perhaps in another quality: a
 * draft's at full size. Only a clip of one picture or none has another.
 */
export interface RerunRequest {
  seed: "same" | "new";
  quality?: SceneQuality | null;
}
/**
 * `POST /api/scenes/read`: nothing is stored.
 */
export interface SceneFile {
  format: "text" | "table" | "srt" | "json";
  encoding: "utf-8" | "utf-16" | "cp949";
  delimiter: ("," | ";" | "\t") | null;
  has_heading: boolean;
  columns: SceneFileColumn[];
  rows: SceneFileRow[];
  notes: SceneFileNote[];
  notes_left: number;
}
export interface SceneFileColumn {
  heading: string;
  field:
    | (
        | "number"
        | "title"
        | "line"
        | "line_ko"
        | "subtitle"
        | "seconds"
        | "start"
        | "end"
        | "quality"
        | "sound"
        | "seed"
        | "negative_prompt"
        | "picture_name"
        | "last_picture_name"
        | "first_upload_id"
        | "last_upload_id"
      )
    | null;
  samples: string[];
}
/**
 * A scene as the file has it. None: the file says nothing.
 */
export interface SceneFileRow {
  at: number;
  number: string | null;
  title: string | null;
  line: string;
  subtitle: string;
  seconds: Seconds | null;
  quality: SceneQuality | null;
  sound: boolean | null;
  seed: number | null;
  negative_prompt: string | null;
  picture_name: string | null;
  last_picture_name: string | null;
  first_upload_id: string | null;
  last_upload_id: string | null;
}
/**
 * Something that was taken otherwise than the file says, in the reader's language.
 */
export interface SceneFileNote {
  at: number;
  field:
    | (
        | "number"
        | "title"
        | "line"
        | "line_ko"
        | "subtitle"
        | "seconds"
        | "start"
        | "end"
        | "quality"
        | "sound"
        | "seed"
        | "negative_prompt"
        | "picture_name"
        | "last_picture_name"
        | "first_upload_id"
        | "last_upload_id"
      )
    | null;
  words: string;
}
/**
 * The session that began. Its cookie comes with the answer.
 */
export interface Session {
  owner: string;
  ends_at: string;
}
/**
 * `POST /api/session`: the token that the check handed to the page.
 */
export interface SessionRequest {
  token: string;
}
/**
 * A link that opens the clip for whoever has it. The site keeps the SHA-256 of its token alone:
 * it is shown this once, and another link for the same clip ends it.
 */
export interface Share {
  path: string;
  ends_at: string;
}
/**
 * `POST /api/jobs/{id}/share`.
 */
export interface ShareRequest {
  days: number;
}
/**
 * The answer: the bucket object with the sound as models hear it, a WAV of 48 kHz in stereo. Equal sounds are one
 * object, named by the SHA-256 of its samples. For an unusable file the answer is a problem instead.
 */
export interface SoundRead {
  key: string;
  bytes: number;
  seconds: number;
  channels: number;
}
/**
 * `POST /sounds` of the GPU service: the bucket object with the uploaded file.
 */
export interface SoundToRead {
  key: string;
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
export interface TextJob {
  id: string;
  status: JobStatus;
  cancel_requested: boolean;
  progress: Progress | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  expires_at: string;
  input: TextRequest;
  seed: number;
  text: string | null;
  cost: Cost;
  problem: Problem | null;
}
/**
 * `GET /api/texts/offer`: what a text would cost and take at this moment.
 */
export interface TextOffer {
  micro_won: number;
  start_micro_won: number;
  seconds: number;
  basis: "measured" | "derived";
  price_rev: string;
}
/**
 * `POST /api/texts`: the person's words, in any language, to be written anew in English. With a picture, Gemma sees
 * it. A missing seed is drawn at submit.
 */
export interface TextRequestBody {
  preset?: "prompt_help";
  prompt: string;
  upload_id?: string | null;
  seed?: number | null;
}
export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  cap_micro_won: number;
  spent_micro_won: number;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  last_used_at: string | null;
}
export interface TokenList {
  tokens: Token[];
}
/**
 * `POST /api/tokens`. `read` allows every GET of one's own things, `create` everything that makes or changes
 * jobs and pictures. The cap counts over the token's whole life.
 */
export interface TokenRequest {
  name: string;
  /**
   * @minItems 1
   * @maxItems 2
   */
  scopes: [Scope] | [Scope, Scope];
  cap_won: number;
  days: number;
}
export interface Upload {
  id: string;
  content_type: "image/png" | "image/jpeg" | "image/webp" | "audio/wav" | "audio/mpeg" | "audio/mp4";
  bytes: number;
  width: number;
  height: number;
  sound_seconds: number | null;
  faces: Face[];
  expires_at: string;
  name: string | null;
}
/**
 * `GET /api/usage`: the caller's spending, and the caps.
 */
export interface Usage {
  day: string;
  month: string;
  first_month: string;
  today: Spending;
  this_month: Spending;
  usage_today: UsageSums;
  usage: MonthUsage;
  limits: Caps;
  own_limits: OwnLimits;
  left_today_micro_won: number;
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
export interface Webhook {
  id: string;
  url: string;
  events: JobEnd[];
  created_at: string;
  old_secret_until: string | null;
  failing_since: string | null;
  disabled_at: string | null;
}
export interface WebhookList {
  webhooks: Webhook[];
}
/**
 * The body that a webhook receives, signed as Standard Webhooks. Its `webhook-id` is the same at every try.
 */
export interface WebhookMessage {
  type: JobEnd;
  timestamp: string;
  data: JobEnded;
}
/**
 * `POST /api/webhooks`. The address is public and https, on port 443 or 8443.
 */
export interface WebhookRequest {
  url: string;
  /**
   * @minItems 1
   * @maxItems 3
   */
  events?: [JobEnd] | [JobEnd, JobEnd] | [JobEnd, JobEnd, JobEnd];
}
