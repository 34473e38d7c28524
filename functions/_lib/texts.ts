/** Prompt help: texts that Gemma writes, as jobs of their own kind, and what one would cost now. It writes none itself. */

import { COLD_START_SECONDS } from "../_generated/constants.ts";
import type { TextJob, TextOffer } from "../_generated/contract.d.ts";
import { firstClips, waitingClip } from "./card-policy.ts";
import { liveCards, takesNextAt } from "./cards.ts";
import { dispatch } from "./dispatch.ts";
import type { Defer, Env, Language } from "./env.ts";
import { lastDoneMs } from "./evening.ts";
import { lineFor } from "./line.ts";
import { clipMs, TEXT_ESTIMATE } from "./prices.ts";
import { matches } from "./range.ts";
import { type JobRow, problemOf, standingOf, textRequestOf } from "./row.ts";
import { type Submission, submit } from "./submit.ts";
import { sweepOwner } from "./sweep.ts";

/** Submits a text and answers 202 with it; dispatches it after the answer is sent. Throws as `submit`. */
export async function acceptText(env: Env, defer: Defer, submission: Submission, language: Language): Promise<Response> {
  const { row, is_new } = await submit(env, submission);
  if (is_new) defer(dispatch(env));
  defer(sweepOwner(env, submission.owner));
  return Response.json(textOf(row, language), { status: 202, headers: { location: `/api/texts/${row.id}` } });
}

/** The text with its ETag, or 304. */
export function answerText(request: Request, row: JobRow, language: Language): Response {
  const etag = `W/"${row.id}.${row.version}.${language}"`;
  const headers = { etag, "cache-control": "private, no-cache", vary: "accept-language, cookie" };
  if (matches(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return Response.json(textOf(row, language), { headers });
}

export function textOf(row: JobRow, language: Language): TextJob {
  return {
    ...standingOf(row),
    input: textRequestOf(row),
    text: row.text,
    problem: problemOf(row, language),
  };
}

/** With the cards and the line as they are at this moment. Nothing is reserved. */
export async function textOffer(db: D1Database): Promise<TextOffer> {
  const { gpu, micro_won, cold_start_micro_won, basis, price_rev } = TEXT_ESTIMATE;
  const [cards, line] = [await liveCards(db, gpu), await lineFor(db, gpu)];
  const now = Date.now();
  const free = cards.length > 0 ? cards.map((card) => takesNextAt(card) - now) : [COLD_START_SECONDS * 1_000];
  const before = [...firstClips(cards), ...line.map(waitingClip)].map(({ clip_ms }) => clip_ms);
  return {
    micro_won,
    start_micro_won: cards.length > 0 ? 0 : cold_start_micro_won,
    seconds: Math.ceil(lastDoneMs(free, [...before, clipMs({ preset: "prompt_help" })]) / 1_000),
    basis,
    price_rev,
  };
}
