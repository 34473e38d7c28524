/** The GPU service: six calls, with its keys and a time limit. It knows no database and no state. */

import { MAX_JSON_BYTES, type REFUSAL_REASONS, type SOUND_REASONS } from "../_generated/constants.ts";
import type { Call, FieldError, PictureRead, SoundRead, Ticket, Version } from "../_generated/contract.d.ts";
import type { ProblemSlug } from "../_generated/problems.ts";
import { joined } from "./body.ts";
import type { Env } from "./env.ts";
import { log } from "./log.ts";
import { ProblemError, slugOf, type Words } from "./problem.ts";
import { parseJson, validate } from "./validate.ts";

const SUBMIT_LIMIT_MS = 10_000;
const ASK_LIMIT_MS = 5_000;
const VERSION_LIMIT_MS = 1_000;
/** A picture of 40 million pixels takes some seconds; a cold start of the service takes some more. */
const PICTURE_LIMIT_MS = 40_000;

const NOT_KNOWN = "call-not-found";
/** The problem, from the service or a container, that only the operator can fix; a retry is useless. */
const NEEDS_OPERATOR = "settings-incomplete";

/** The service did not answer, or its answer was invalid. `message` is only for the log. */
export class GpuServiceError extends Error {
  override name = "GpuServiceError";
  /** The problem that makes a retry useless. */
  readonly reason: typeof NEEDS_OPERATOR | undefined;
  /** Details of the reason for the operator: names of settings, never values. */
  readonly detail: string | null;
  /** No answer came in time: whether the service did what it was asked is unknown. */
  readonly isTimeout: boolean;
  /** The type of the problem that the service answered, where it is one of ours. */
  readonly slug: ProblemSlug | undefined;

  constructor(message: string, known: { slug?: ProblemSlug | undefined; detail?: unknown; isTimeout?: boolean } = {}) {
    super(message);
    this.slug = known.slug;
    this.reason = known.slug === NEEDS_OPERATOR ? NEEDS_OPERATOR : undefined;
    this.detail = typeof known.detail === "string" ? known.detail : null;
    this.isTimeout = known.isTimeout ?? false;
  }
}

export type CallState = Call["state"];

/** Submits an attempt; submitting it again returns the same call. Throws GpuServiceError. */
export async function submit(env: Env, ticket: Ticket): Promise<Call> {
  const response = await ask(env, "POST", "/jobs", SUBMIT_LIMIT_MS, ticket);
  return callOf(response, ticket.job_id);
}

/** The state of a call; one that the service itself does not know is `gone`. Throws GpuServiceError, with the reason of
 * the container if there is one. */
export async function stateOf(env: Env, jobId: string, callId: string): Promise<CallState> {
  let call: Call;
  try {
    call = await callOf(await ask(env, "GET", `/jobs/${encodeURIComponent(callId)}`, ASK_LIMIT_MS), jobId);
  } catch (error) {
    // Any other 404 comes from in front of the service: a wrong address, or an app that is stopped.
    if (error instanceof GpuServiceError && error.slug === NOT_KNOWN) return "gone";
    throw error;
  }
  const { state, fault } = call;
  if (fault && slugOf(fault.type) === NEEDS_OPERATOR) {
    throw new GpuServiceError(fault.detail, { slug: NEEDS_OPERATOR, detail: fault.detail });
  }
  return state;
}

/** Requests a stop. The worker's events show whether it stopped, so failures are only logged. */
export async function cancel(env: Env, callId: string): Promise<void> {
  try {
    const response = await ask(env, "DELETE", `/jobs/${encodeURIComponent(callId)}`, ASK_LIMIT_MS);
    await response.body?.cancel();
  } catch (error) {
    console.warn(JSON.stringify({ gpu_cancel: callId, message: String(error) }));
  }
}

/** Lets the service read an uploaded file. Throws picture-refused, picture-unsupported or GpuServiceError. */
export async function readPicture(env: Env, key: string): Promise<PictureRead> {
  const response = await ask(env, "POST", "/pictures", PICTURE_LIMIT_MS, { key });
  const { bytes, parsed } = await bodyOf(response);
  if (!response.ok) {
    const problem = (parsed?.value ?? {}) as { type?: string; detail?: string; errors?: FieldError[] };
    const slug = slugOf(problem.type ?? "");
    if (slug === "picture-refused" || slug === "picture-unsupported") throw new ProblemError(slug, wordsOf(problem, REASONS));
    throw failed(response, bytes, parsed?.value);
  }
  const verdict = validate("PictureRead", parsed?.value);
  if (!verdict.ok) throw new GpuServiceError("the answer to POST /pictures is invalid");
  return verdict.value;
}

/** The same for a sound. Throws sound-refused, sound-unsupported or GpuServiceError. */
export async function readSound(env: Env, key: string): Promise<SoundRead> {
  const response = await ask(env, "POST", "/sounds", PICTURE_LIMIT_MS, { key });
  const { bytes, parsed } = await bodyOf(response);
  if (!response.ok) {
    const problem = (parsed?.value ?? {}) as { type?: string; detail?: string; errors?: FieldError[] };
    const slug = slugOf(problem.type ?? "");
    if (slug === "sound-refused") throw new ProblemError(slug, wordsOf(problem, SOUND_REFUSALS));
    if (slug === "sound-unsupported") throw new ProblemError(slug);
    throw failed(response, bytes, parsed?.value);
  }
  const verdict = validate("SoundRead", parsed?.value);
  if (!verdict.ok) throw new GpuServiceError("the answer to POST /sounds is invalid");
  return verdict.value;
}

/** The refusal in both languages. The service answers in English and names its reason; Korean is chosen by the reason. */
function wordsOf(
  problem: { detail?: string; errors?: FieldError[] },
  reasons: Readonly<Record<string, string>>,
): Words | undefined {
  const reason = problem.errors?.find(({ pointer }) => pointer === "/reason")?.detail ?? "";
  const [size] = /\d+x\d+/.exec(problem.detail ?? "") ?? [];
  const ko = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  return ko && problem.detail
    ? { ko: size ? `${size.replace("x", "×")}픽셀이에요. ${ko}` : ko, en: problem.detail }
    : undefined;
}

const REASONS = {
  damaged: "이미지 파일이 손상됐거나 중간에 잘렸어요. PNG나 JPEG로 다시 저장해서 올려 주세요.",
  too_small: "한 변이 64픽셀은 되어야 해요.",
  too_large: "한 변은 12,000픽셀, 전체는 4천만 픽셀까지 쓸 수 있어요. 줄여서 올려 주세요.",
  too_many_scans: "이 JPEG는 너무 잘게 나뉘어 있어요. 다시 저장해서 올려 주세요.",
  too_slow: "이미지를 읽는 데 너무 오래 걸려요. 다시 저장해서 올려 주세요.",
} satisfies Record<(typeof REFUSAL_REASONS)[number], string>;

const SOUND_REFUSALS = {
  damaged: "소리 파일이 손상됐거나 중간에 잘렸어요. 다시 저장해서 올려 주세요.",
  no_sound: "이 파일에는 소리가 없어요.",
  too_short: "소리가 0.5초는 되어야 해요.",
  too_long: "소리는 60초까지 쓸 수 있어요. 잘라서 올려 주세요.",
  too_many_channels: "모노나 스테레오로 저장해서 올려 주세요.",
  too_slow: "소리 파일을 읽는 데 너무 오래 걸려요. 다시 저장해서 올려 주세요.",
} satisfies Record<(typeof SOUND_REASONS)[number], string>;

const KNOWN_MS = 60_000;
/** So long a service that did not answer is not asked again: each page asks for its checkpoint. */
const ABSENT_MS = 3_000;
let known: { checkpoint: string | null; until: number } = { checkpoint: null, until: 0 };

/** The service's checkpoint, cached for a minute; null if the service has never answered. */
export async function checkpoint(env: Env): Promise<string | null> {
  if (known.until > Date.now()) return known.checkpoint;
  const version = await gpuVersion(env);
  if (typeof version?.checkpoint === "string") {
    known = { checkpoint: version.checkpoint, until: Date.now() + KNOWN_MS };
    return known.checkpoint;
  }
  known = { checkpoint: known.checkpoint, until: Date.now() + ABSENT_MS };
  return known.checkpoint;
}

/** What the service runs now; `undefined` where it does not answer in time, as one that sleeps. */
export async function gpuVersion(env: Env): Promise<Partial<Version> | undefined> {
  try {
    const response = await ask(env, "GET", "/version", VERSION_LIMIT_MS);
    const { parsed } = await bodyOf(response);
    return response.ok ? ((parsed?.value ?? undefined) as Partial<Version> | undefined) : undefined;
  } catch (error) {
    console.warn(JSON.stringify({ gpu_version: String(error) }));
    return undefined;
  }
}

async function ask(env: Env, method: string, path: string, limitMs: number, body?: unknown): Promise<Response> {
  if (!env.GPU_URL) throw new GpuServiceError("GPU_URL is not set");
  const headers: Record<string, string> = { "modal-key": env.GPU_KEY, "modal-secret": env.GPU_SECRET };
  if (body !== undefined) headers["content-type"] = "application/json";
  const started = Date.now();
  const logged = (status: number | string) => log("gpu-call", { method, path, status, ms: Date.now() - started });
  try {
    const response = await fetch(env.GPU_URL.replace(/\/$/, "") + path, {
      method,
      headers,
      signal: AbortSignal.timeout(limitMs),
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    logged(response.status);
    return response;
  } catch (error) {
    logged(error instanceof Error ? error.name : "failed");
    throw broken(`${method} ${path}`, error);
  }
}

function broken(what: string, error: unknown): GpuServiceError {
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  return new GpuServiceError(`${what}: ${error instanceof Error ? error.message : String(error)}`, { isTimeout });
}

async function callOf(response: Response, jobId: string): Promise<Call> {
  const { bytes, parsed } = await bodyOf(response);
  if (!response.ok) throw failed(response, bytes, parsed?.value);
  const verdict = validate("Call", parsed?.value);
  if (!verdict.ok || verdict.value.job_id !== jobId)
    throw new GpuServiceError("the answer is invalid, or about another call");
  return verdict.value;
}

async function bodyOf(response: Response): Promise<{ bytes: Uint8Array; parsed: { value: unknown } | undefined }> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      total += chunk.byteLength;
      // Leaving the loop cancels the rest.
      if (total > MAX_JSON_BYTES) throw new GpuServiceError(`the answer is longer than ${MAX_JSON_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof GpuServiceError ? error : broken("the answer broke off", error);
  }
  const bytes = joined(chunks, total);
  return { bytes, parsed: parseJson(bytes) };
}

function failed(response: Response, bytes: Uint8Array, body: unknown): GpuServiceError {
  const message = `status ${response.status}: ${new TextDecoder().decode(bytes).slice(0, 300)}`;
  const isProblem = (response.headers.get("content-type") ?? "").startsWith("application/problem+json");
  const problem = (isProblem ? body : null) as { type?: unknown; detail?: unknown } | null;
  const type = typeof problem?.type === "string" ? problem.type : "";
  const slug = type.startsWith("/problems/") ? slugOf(type) : undefined;
  return new GpuServiceError(message, { slug, detail: problem?.detail });
}
