/** The database's rows, and their conversion to a job on the wire. It changes nothing. */

import type {
  Attempt,
  Cost,
  Job,
  JobCost,
  JobRequest,
  JobStatus,
  Links,
  Poster,
  Progress,
  Stage,
  TextRequest,
  Video,
  Upload,
} from "../_generated/contract.d.ts";
import type { Language } from "./env.ts";
import { problemBody, slugOf } from "./problem.ts";
import { timestamp } from "./time.ts";

export interface JobRow {
  id: string;
  kind: "clip" | "text";
  owner: string;
  status: JobStatus;
  version: number;
  attempt: number;
  seq: number;
  cancel_requested: number;
  stage: Stage | null;
  progress: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  expires_at: string;
  deleted_at: string | null;
  purged_at: string | null;
  input: string;
  inputs: string;
  seed: number;
  gpu: string;
  estimate_micro_won: number;
  reserved_micro_won: number;
  billed_micro_won: number | null;
  price_rev: string;
  resolved: string | null;
  video: string | null;
  video_key: string | null;
  poster: string | null;
  poster_key: string | null;
  last_frame: string | null;
  quality: string | null;
  /** What Gemma wrote. */
  text: string | null;
  cost: string | null;
  problem_slug: string | null;
  problem_detail: string | null;
  call_id: string | null;
  dispatch_tries: number;
  lease_until: string;
  deadline_at: string | null;
  batch_id: string | null;
  project_id: string | null;
  scene_id: string | null;
  scene_number: number | null;
  /** Of what the scene said, the seed aside. */
  input_hash: string | null;
  /** Since when it is given to no card; kept while its attempt is at work. */
  paused_at: string | null;
  rerun_of: string | null;
  /** The job whose last frame it begins with. */
  continues: string | null;
  title: string | null;
  picture_name: string | null;
  /** 1: kept longer, by its `expires_at`. */
  is_favorite: number;
  /** Title, picture and prompt, as a search compares them. */
  search: string | null;
  share_hash: string | null;
  shared_until: string | null;
  /** When the present attempt was handed to the GPU service; null while the job is held at the site. */
  handed_at: string | null;
  /** 1: ended without a worker's report. */
  is_unreported: number;
  look_again_at: string | null;
  unreadable_since: string | null;
  token_id: string | null;
  request_id: string | null;
  /** The card that the present attempt was given to, or that ended the job. */
  card: string | null;
  /** When the clip is wanted; null for whenever it is cheapest. */
  wanted_at: string | null;
}

export interface AttemptRow {
  job_id: string;
  attempt: number;
  gpu: string;
  started_at: string | null;
  finished_at: string | null;
  outcome: Attempt["outcome"];
  gpu_seconds: number | null;
  problem_slug: string | null;
}

export interface UploadRow {
  id: string;
  owner: string;
  content_type: Upload["content_type"];
  bytes: number;
  width: number;
  height: number;
  created_at: string;
  expires_at: string;
  /** The object that models see; null for old uploads, from before pictures were read at upload. */
  picture_key: string | null;
  picture_bytes: number | null;
  /** The file's name, where its sender told it. */
  name: string | null;
  /** Its faces as a JSON list; null for uploads from before they were looked for. */
  faces: string | null;
  /** `{seconds, channels}` of a sound as JSON; null of a picture. */
  sound: string | null;
  /** The job whose last frame it is. */
  from_job: string | null;
}

export function isEnded(status: JobStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}

/** What clips and texts tell alike. */
export function standingOf(row: JobRow) {
  return {
    id: row.id,
    status: row.status,
    cancel_requested: row.cancel_requested === 1,
    progress: progressOf(row),
    created_at: row.created_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
    expires_at: row.expires_at,
    seed: row.seed,
    cost: costOf(row),
  };
}

export function jobOf(row: JobRow, attempts: readonly AttemptRow[], language: Language): Job {
  return {
    ...standingOf(row),
    stage: row.status === "running" ? row.stage : null,
    input: requestOf(row),
    resolved: json(row.resolved),
    attempts: attempts.filter((attempt) => attempt.job_id === row.id).map(attemptOf),
    video: videoOf(row),
    poster: posterOf(row),
    quality: json(row.quality),
    problem: problemOf(row, language),
    links: linksOf(row),
    batch_id: row.batch_id,
    project_id: row.project_id,
    scene_id: row.scene_id,
    scene_number: row.scene_number,
    paused: row.status === "queued" && row.paused_at !== null,
    rerun_of: row.rerun_of,
    continues: row.continues,
    title: row.title,
    picture_name: row.picture_name,
    favorite: row.is_favorite === 1,
    shared_until: row.shared_until !== null && row.shared_until > timestamp() ? row.shared_until : null,
    deleted_at: row.purged_at === null ? row.deleted_at : null,
  };
}

export function uploadOf(row: UploadRow): Upload {
  const { id, content_type, bytes, width, height, expires_at, faces, name, sound } = row;
  const sound_seconds = json<{ seconds: number }>(sound)?.seconds ?? null;
  return { id, content_type, bytes, width, height, sound_seconds, faces: JSON.parse(faces ?? "[]"), expires_at, name };
}

export function requestOf(row: Pick<JobRow, "input">): JobRequest {
  const input: Partial<JobRequest> = JSON.parse(row.input);
  // Rows of before a choice do not name it.
  const ofPictures = "source_job_id" in input ? {} : { picture_crf: null };
  return { within_seconds: null, sound: "model", loudness: "as_made", guidance: null, motions: [], ...ofPictures, ...input } as JobRequest;
}

/** Of a job of kind `text`. */
export function textRequestOf(row: Pick<JobRow, "input">): TextRequest {
  return JSON.parse(row.input) as TextRequest;
}

export function videoOf(row: JobRow): Video | null {
  return json(row.video);
}

export function posterOf(row: JobRow): Poster | null {
  return json(row.poster);
}

function progressOf(row: JobRow): Progress | null {
  return row.status === "running" ? json(row.progress) : null;
}

function costOf(row: JobRow): Cost {
  const used = json<JobCost>(row.cost);
  return {
    estimate_micro_won: row.estimate_micro_won,
    reserved_micro_won: row.reserved_micro_won,
    billed_micro_won: row.billed_micro_won,
    gpu_seconds: used?.gpu_seconds ?? null,
    cold_start_seconds: used?.cold_start_seconds ?? null,
    peak_vram_gib: used?.peak_vram_gib ?? null,
    parts: used?.parts ?? null,
    price_rev: used?.price_rev ?? row.price_rev,
  };
}

export function problemOf(row: JobRow, language: Language): Job["problem"] {
  if (row.problem_slug === null) return null;
  return problemBody(slugOf(row.problem_slug), language, {
    // The worker's detail is English; title and fix are in the reader's language.
    detail: (language === "en" && row.problem_detail) || undefined,
    charged_micro_won: row.billed_micro_won ?? 0,
  });
}

function linksOf(row: JobRow): Links {
  const self = `/api/jobs/${row.id}`;
  const ended = isEnded(row.status);
  return {
    self,
    video: row.video_key === null ? null : `${self}/video`,
    poster: row.poster_key === null ? null : `${self}/poster`,
    download: row.video_key === null ? null : `${self}/video?download=1`,
    cancel: ended ? null : `${self}/cancel`,
    rerun: `${self}/rerun`,
    last_frame: row.last_frame === null ? null : `${self}/last-frame`,
  };
}

function attemptOf(row: AttemptRow): Attempt {
  return {
    attempt: row.attempt,
    gpu: row.gpu,
    started_at: row.started_at,
    finished_at: row.finished_at,
    outcome: row.outcome,
    gpu_seconds: row.gpu_seconds,
    problem_type: row.problem_slug === null ? null : `/problems/${row.problem_slug}`,
  };
}

function json<Value>(text: string | null): Value | null {
  return text === null ? null : (JSON.parse(text) as Value);
}
