/** A worker's signed event: verifies sender and time, and applies it to the job's row. It knows no other storage. */

import { WebhookVerificationError } from "standardwebhooks";
import type { JobEvent } from "../_generated/contract.d.ts";
import { accepted } from "./body.ts";
import { conclude, concludeLate } from "./ending.ts";
import { type Env, leaseSeconds } from "./env.ts";
import { verifyWebhook } from "./key-ring.ts";
import { isDelivered } from "./marker.ts";
import { ProblemError } from "./problem.ts";
import { isEnded, type JobRow } from "./row.ts";
import * as state from "./state.ts";
import { inSeconds, timestamp } from "./time.ts";
import { parseJson, validate } from "./validate.ts";

const WINDOW_SECONDS = 300;

/** Throws event-unsigned, event-stale, not-json or invalid-job. */
export function verifyEvent(env: Env, jobId: string, headers: Headers, bytes: Uint8Array): JobEvent {
  const event = accepted(validate("JobEvent", verified(env, headers, bytes)));
  if (event.job_id !== jobId) throw unusable("/job_id");
  if (event.type === "ended") checkOutcome(event);
  return event;
}

/** The JSON value of a body that one of our own containers signed. Throws event-unsigned, event-stale or not-json. */
export function verified(env: Env, headers: Headers, bytes: Uint8Array): unknown {
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
  return parsed.value;
}

/** Returns the changed row. Throws event-conflict when the job's state is later than this event: then at most the cost
 * of an attempt that is over was taken from it. */
export async function apply(env: Env, event: JobEvent): Promise<JobRow> {
  const row = await applied(env, event);
  if (row !== undefined) return row;
  throw new ProblemError("event-conflict", undefined, { members: { reason: await whyNot(env, event) } });
}

async function applied(env: Env, event: JobEvent): Promise<JobRow | undefined> {
  if (event.type !== "ended" || event.outcome === null) {
    const now = timestamp();
    return state.reported(env.DB, { ...event, at: event.at < now ? event.at : now }, inSeconds(leaseSeconds(env)));
  }
  const row = await conclude(env.DB, event.outcome, { attempt: event.attempt, seq: event.seq });
  return row ?? concludeLate(env.DB, event.outcome);
}

/** Why the event changed nothing. After `ended` and `other-attempt` its worker may stop at once. */
async function whyNot(env: Env, event: JobEvent): Promise<"ended" | "other-attempt" | "old-seq"> {
  const row = await env.DB.prepare("SELECT status, attempt FROM jobs WHERE id = ?")
    .bind(event.job_id)
    .first<Pick<JobRow, "status" | "attempt">>();
  if (row === null || isEnded(row.status)) return "ended";
  return row.attempt === event.attempt ? "old-seq" : "other-attempt";
}

function checkOutcome({ outcome, job_id, attempt }: JobEvent): void {
  if (outcome === null || outcome.job_id !== job_id || outcome.attempt < 1 || outcome.attempt > attempt) {
    throw unusable("/outcome");
  }
  if (outcome.status === "succeeded" && !isDelivered(outcome)) throw unusable("/outcome/video_key");
}

function unusable(pointer: string): ProblemError {
  const detail = { ko: "이 영상의 것이 아니에요.", en: "It does not belong to this job." };
  return new ProblemError("invalid-job", undefined, { errors: [{ pointer, detail }] });
}
