/**
 * Hands held jobs to the GPU service, as cards are wanted for them: with a card's first ticket its rent begins.
 *
 * Whatever adds a job or ends one calls `dispatch`, and the sweep does. Every further ticket of a card is given in answer
 * to its container's question (next-ticket.ts). It decides nothing about attempts that are already there.
 */

import type { InputObject, JobRequest, TextRequest, Ticket } from "../_generated/contract.d.ts";
import { isAnotherWanted } from "./card-policy.ts";
import * as cards from "./cards.ts";
import { buildOf, claimSeconds, type Env, leaseSeconds } from "./env.ts";
import * as gpu from "./gpu.ts";
import * as lease from "./lease.ts";
import { kindsInLine, lineFor, nextFor } from "./line.ts";
import {
  isPast,
  pauseAfter,
  QUEUE_LIMIT_SECONDS,
  RUN_LIMIT_SECONDS,
  secondsSince,
  UNREACHABLE_LIMIT_SECONDS,
} from "./patience.ts";
import { type JobRow, requestOf, textRequestOf } from "./row.ts";
import { giveUp } from "./settling.ts";
import { inSeconds } from "./time.ts";
import { validate, validateJobRequest } from "./validate.ts";

/** Another one opened a card meanwhile: a few more looks, and the next dispatch does the rest. */
const LOOKS = 6;

/** Opens the cards that are wanted for the jobs that wait. */
export async function dispatch(env: Env): Promise<void> {
  await closeDeadCards(env);
  const kinds = await kindsInLine(env.DB);
  const opened = await Promise.all(kinds.map((kind) => openWanted(env, kind)));
  await Promise.all(opened.flat().map((row) => send(env, row)));
}

/** Closes the cards that do not live any more. A call whose container was never heard of may still wait for a card. */
export async function closeDeadCards(env: Env): Promise<void> {
  const closed = await cards.closeDead(env.DB);
  const calls = closed.flatMap(({ seen_at, call_id }) => (seen_at === null && call_id !== null ? [call_id] : []));
  await Promise.all(calls.map((call) => gpu.cancel(env, call)));
}

async function openWanted(env: Env, kind: { gpu: string; is_urgent: boolean }): Promise<JobRow[]> {
  const opened: JobRow[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const living = await cards.liveCards(env.DB, kind.gpu);
    if (living.length > 0 && !kind.is_urgent) break;
    const line = await lineFor(env.DB, kind.gpu);
    const first = nextFor(line, []);
    if (first === undefined || !isAnotherWanted(living, line)) break;
    const terms = { build: buildOf(env), live: living.length, leaseUntil: inSeconds(claimSeconds(env)) };
    const row = await cards.openCard(env.DB, first, terms);
    if (row !== undefined) opened.push(row);
  }
  return opened;
}

/** Sends a card's first ticket, or one of before there were cards. Tries once. The caller holds the job's lease.
 * Afterwards the row says when the sweep checks the job again. False: the service did not answer in time, and whether it
 * has the ticket is unknown. */
export async function send(env: Env, row: JobRow): Promise<boolean> {
  const request = await requestFor(env, row);
  if (request === undefined) return true;
  let callId: string;
  try {
    callId = (await gpu.submit(env, ticketOf(row, request))).call_id;
  } catch (error) {
    if (!(error instanceof gpu.GpuServiceError)) throw error;
    await notAccepted(env, row, error);
    return !error.isTimeout;
  }
  const kept = await lease.accepted(env.DB, row, callId, inSeconds(leaseSeconds(env)));
  // The job was canceled, or ended, during the submit.
  if (kept === undefined) await withdraw(env, { ...row, call_id: callId });
  return true;
}

/** The request for a ticket. `undefined`: the job was accepted by an older release, whose menu had it, and has ended. */
export async function requestFor(env: Env, row: JobRow): Promise<JobRequest | TextRequest | undefined> {
  const judged = row.kind === "text" ? validate("TextRequest", textRequestOf(row)) : validateJobRequest(requestOf(row));
  if (judged.ok) return judged.value;
  await giveUp(env, row, "invalid-job", judged.faults.map((fault) => fault.pointer).join(", "));
  return undefined;
}

/**
 * Takes back the ticket of a job that has ended without it. A first ticket's call is kept while its container is on its
 * way and other jobs wait for one: it will ask for them. A ticket that began is told to its worker alone.
 */
export async function withdraw(env: Env, row: JobRow): Promise<void> {
  const hasBegun = row.seq > 0;
  const card = hasBegun ? undefined : await cards.cardOfFirst(env.DB, row);
  if (card !== undefined) {
    if (card.seen_at !== null) return;
    if (row.call_id !== null && (await cards.keepForOthers(env.DB, card))) return;
    await cards.close(env.DB, card.id);
  }
  if (row.call_id !== null) await gpu.cancel(env, row.call_id);
}

/** Sets the next try. A job that nobody has begun is given up when the service has refused it for long enough. */
async function notAccepted(env: Env, row: JobRow, error: gpu.GpuServiceError): Promise<void> {
  console.warn(JSON.stringify({ dispatch: row.id, attempt: row.attempt, message: error.message }));
  if (error.reason !== undefined) {
    await giveUp(env, row, error.reason, error.detail);
    return;
  }
  // It answers that it starts no container for now: jobs wait for that as they wait for a card.
  const slug = error.slug === "starts-failing" ? error.slug : "gpu-unreachable";
  const waited = row.handed_at === null ? 0 : secondsSince(row.handed_at);
  const isRefused = row.status === "queued" && !error.isTimeout && slug === "gpu-unreachable";
  if ((isRefused && waited > UNREACHABLE_LIMIT_SECONDS) || isPast(row.deadline_at)) {
    await giveUp(env, row, slug);
    return;
  }
  const pause = error.isTimeout ? leaseSeconds(env) : pauseAfter(row.dispatch_tries + 1, leaseSeconds(env));
  await lease.notAccepted(env.DB, row, inSeconds(pause));
}

export function ticketOf(row: JobRow, request: JobRequest | TextRequest): Ticket {
  // Whatever happens on the way, the attempt is over by then: the longest wait, then the longest run.
  const handed = row.handed_at === null ? Date.now() : Date.parse(row.handed_at);
  return {
    job_id: row.id,
    attempt: row.attempt,
    request,
    seed: row.seed,
    inputs: JSON.parse(row.inputs) as InputObject[],
    gpu: row.gpu,
    deadline_at: inSeconds(QUEUE_LIMIT_SECONDS + RUN_LIMIT_SECONDS, handed),
    reserved_micro_won: row.reserved_micro_won,
    request_id: row.request_id,
    card: row.card,
  };
}
