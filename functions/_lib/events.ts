/** A worker's signed event: verifies sender and time, and applies it to the job's row. It knows no other storage. */

import { WebhookVerificationError } from "standardwebhooks";
import type { JobEvent } from "../_generated/contract.d.ts";
import { accepted } from "./body.ts";
import { conclude } from "./ending.ts";
import { type Env, leaseSeconds } from "./env.ts";
import { verifyWebhook } from "./key-ring.ts";
import { isDelivered } from "./marker.ts";
import { ProblemError } from "./problem.ts";
import type { JobRow } from "./row.ts";
import * as state from "./state.ts";
import { inSeconds } from "./time.ts";
import { parseJson, validate } from "./validate.ts";

const WINDOW_SECONDS = 300;

/** Throws event-unsigned, event-stale, not-json or invalid-job. */
export function verifyEvent(env: Env, jobId: string, headers: Headers, bytes: Uint8Array): JobEvent {
  const signed = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, headers.get(name) ?? ""]),
  );
  try {
    verifyWebhook(env.EVENT_SECRET, new TextDecoder().decode(bytes), signed);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    const at = Number(signed["webhook-timestamp"] || Number.NaN);
    const stale = Math.abs(Date.now() / 1_000 - at) > WINDOW_SECONDS;
    throw new ProblemError(stale ? "event-stale" : "event-unsigned");
  }
  const parsed = parseJson(bytes);
  if (parsed === undefined) throw new ProblemError("not-json");
  const event = accepted(validate("JobEvent", parsed.value));
  if (event.job_id !== jobId) throw unusable("/job_id");
  if (event.type === "ended") checkOutcome(event);
  return event;
}

/** Returns the changed row; a queued one needs its next attempt dispatched. Throws event-conflict, without a change,
 * when the job's state is later than this event. */
export async function apply(env: Env, event: JobEvent): Promise<JobRow> {
  const row =
    event.type === "ended" && event.outcome !== null
      ? await conclude(env.DB, event.outcome, { attempt: event.attempt, seq: event.seq })
      : await state.reported(env.DB, event, inSeconds(leaseSeconds(env)));
  if (row === undefined) throw new ProblemError("event-conflict");
  return row;
}

function checkOutcome({ outcome, job_id, attempt }: JobEvent): void {
  if (outcome === null || outcome.job_id !== job_id || outcome.attempt > attempt) throw unusable("/outcome");
  if (outcome.status === "succeeded" && !isDelivered(outcome)) throw unusable("/outcome/video_key");
}

function unusable(pointer: string): ProblemError {
  const detail = { ko: "이 작업의 것이 아니에요.", en: "It does not belong to this job." };
  return new ProblemError("invalid-job", undefined, { errors: [{ pointer, detail }] });
}
