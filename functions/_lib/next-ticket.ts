/**
 * What a card does next: the answer to its container's question.
 *
 * A container that asks has nothing in work. What the site had given to it and is not over is settled first. Then it gets
 * the next job of the line, or waits a little for somebody who is likely to come back, or goes. It opens no card.
 */

import { COLD_START_SECONDS } from "../_generated/constants.ts";
import type { CardAsk, CardOrder } from "../_generated/contract.d.ts";
import { accepted } from "./body.ts";
import { newJobsAreTaken } from "./caps.ts";
import * as cards from "./cards.ts";
import { requestFor, ticketOf } from "./dispatch.ts";
import { buildOf, type Env, leaseSeconds } from "./env.ts";
import { verified } from "./events.ts";
import { lineFor, nextFor } from "./line.ts";
import { claimOf } from "./marker.ts";
import { MAX_ATTEMPTS, restAfter, secondsSince } from "./patience.ts";
import { isSomebodyThere } from "./presence.ts";
import { ProblemError } from "./problem.ts";
import type { JobRow } from "./row.ts";
import { giveUp, settleFromMarker } from "./settling.ts";
import * as state from "./state.ts";
import { inSeconds, timestamp } from "./time.ts";
import { validate } from "./validate.ts";

const GO: CardOrder = { ticket: null, ask_again_seconds: null };
const AGAIN: CardOrder = { ticket: null, ask_again_seconds: 2 };
/** A quick container may ask before the answer is here that its call was made. */
const UNNAMED_SECONDS = 15;
/** Others may take the same job at the same time. */
const TRIES = 5;

/** Throws event-unsigned, event-stale, not-json or invalid-job. */
export function verifyAsk(env: Env, card: string, headers: Headers, bytes: Uint8Array): CardAsk {
  const ask = accepted(validate("CardAsk", verified(env, headers, bytes)));
  if (ask.card !== card) {
    const detail = { ko: "이 카드의 것이 아니에요.", en: "It does not belong to this card." };
    throw new ProblemError("invalid-job", undefined, { errors: [{ pointer: "/card", detail }] });
  }
  return ask;
}

export async function nextOrder(env: Env, ask: CardAsk): Promise<CardOrder> {
  const known = await cards.cardOf(env.DB, ask.card);
  if (known === undefined || known.closed_at !== null) return GO;
  if (await isAnotherAtWork(env, known, ask)) {
    return ask.is_leaving || ask.waited_seconds > leaseSeconds(env) ? GO : AGAIN;
  }
  const card = await cards.seen(env.DB, ask);
  if (card === undefined) return GO;
  if (card.call_id === null && !ask.is_leaving && secondsSince(card.opened_at) < UNNAMED_SECONDS) return AGAIN;
  // A release gives no ticket to the containers of the one before. And without the platform's name of its call, nobody
  // could ask for a job of this card.
  const goes = ask.is_leaving || card.build !== buildOf(env) || card.call_id === null;
  for (let tries = 0; tries < TRIES; tries++) {
    const again = await settled(env, card, goes);
    const row = again ?? (goes ? undefined : await given(env, card, ask));
    if (row === "busy") continue;
    if (row !== undefined) {
      const request = await requestFor(env, row);
      if (request !== undefined) return { ...GO, ticket: ticketOf(row, request) };
      continue;
    }
    if (!goes && (await mayWait(env, card, ask))) return AGAIN;
    if (goes) await cards.close(env.DB, card.id);
    if (goes || (await cards.closeIdle(env.DB, card))) return GO;
  }
  return AGAIN;
}

/** A platform may give a call to a second container while the first is well. As long as a job of the card is heard of, and
 * its worker has not let go of it, nobody else has it. */
async function isAnotherAtWork(env: Env, card: cards.CardRow, { container_id }: CardAsk): Promise<boolean> {
  if (card.container_id === null || card.container_id === container_id) return false;
  const [row] = await openJobs(env.DB, card.id);
  if (row === undefined || row.status !== "running" || row.lease_until <= timestamp()) return false;
  return (await claimOf(env.MEDIA, row.id, row.attempt)) !== "released";
}

/** Settles what the card had in work. Returns the job whose ticket nobody has begun, to be given again. */
async function settled(env: Env, card: cards.CardRow, goes: boolean): Promise<JobRow | undefined> {
  let again: JobRow | undefined;
  for (const row of await openJobs(env.DB, card.id)) {
    if (await settleFromMarker(env, row)) {
      // A marker that this release cannot read holds the job, and the card goes on without it.
      await state.withoutCard(env.DB, row);
      continue;
    }
    if (row.cancel_requested === 1) {
      await state.canceled(env.DB, row);
      continue;
    }
    const claim = await claimOf(env.MEDIA, row.id, row.attempt);
    if (claim === "held" || (claim === "none" && row.status === "running")) {
      const next = row.attempt < MAX_ATTEMPTS ? await state.attemptLost(env.DB, row) : undefined;
      if (next === undefined) await giveUp(env, row, "worker-lost");
    } else if (goes || again !== undefined || row.paused_at !== null) {
      await state.givenBack(env.DB, row, inSeconds(restAfter(row.dispatch_tries, leaseSeconds(env))));
    } else {
      again = await state.givenAgain(env.DB, row, callFor(card, row), inSeconds(leaseSeconds(env)));
    }
  }
  return again;
}

/** `busy`: somebody else took the job, or the line has changed. */
async function given(env: Env, card: cards.CardRow, ask: CardAsk): Promise<JobRow | "busy" | undefined> {
  const job = nextFor(await lineFor(env.DB, card.gpu), ask.loaded);
  if (job === undefined) return undefined;
  const row = await cards.giveTo(env.DB, card, job.id, callFor(card, job), inSeconds(leaseSeconds(env)));
  return row ?? "busy";
}

/** The name of a ticket in the card's call: the job, the attempt, and the platform's own part. */
function callFor({ call_id, job_id, attempt }: cards.CardRow, ticket: { id: string; attempt: number }): string {
  const call = call_id ?? "";
  const own = `${job_id}.${attempt}.`;
  return `${ticket.id}.${ticket.attempt}.${call.startsWith(own) ? call.slice(own.length) : call}`;
}

/** A card without work stays while somebody is likely to come back, for as long as a start takes: waiting any longer
 * costs more. */
async function mayWait(env: Env, card: cards.CardRow, { waited_seconds }: CardAsk): Promise<boolean> {
  if (waited_seconds > COLD_START_SECONDS || !(await isSomebodyThere(env.DB))) return false;
  const others = await cards.liveCards(env.DB, card.gpu);
  return others.every(({ id }) => id === card.id) && (await newJobsAreTaken(env.DB));
}

async function openJobs(db: D1Database, card: string): Promise<JobRow[]> {
  const { results } = await db
    .prepare("SELECT * FROM jobs WHERE card = ?1 AND status IN ('queued', 'running') ORDER BY id")
    .bind(card)
    .all<JobRow>();
  return results;
}
