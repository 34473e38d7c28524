/** `POST /api/jobs` submits a job; `GET` lists the caller's own jobs, newest first. */

import { MAX_LIST } from "../../_generated/constants.ts";
import { readBody } from "../../_lib/body.ts";
import { type Handler, senderOf } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { isId } from "../../_lib/id.ts";
import { accept, idempotencyKey, list } from "../../_lib/jobs.ts";
import { type FieldFault, ProblemError } from "../../_lib/problem.ts";
import { sweepOwner } from "../../_lib/sweep.ts";
import { validateJobRequest } from "../../_lib/validate.ts";

const USUAL_LIST = 20;

export const onRequestPost: Handler = async ({ request, env, data, waitUntil }) => {
  const key = idempotencyKey(request);
  const body = await readBody(request, validateJobRequest);
  const submission = { ...senderOf(data), request: body, idempotency_key: key, rerun_of: null };
  return accept(env, waitUntil, submission, data.language);
};

export const onRequestGet: Handler = async ({ request, env, data, waitUntil }) => {
  const page = pageOf(new URL(request.url).searchParams);
  waitUntil(sweepOwner(env, data.owner));
  return Response.json(await list(env.DB, data.owner, page, data.language));
};

export const onRequestHead = headOf(onRequestGet);

function pageOf(query: URLSearchParams): { cursor: string | null; limit: number } {
  const errors: FieldFault[] = [];
  const cursor = query.get("cursor");
  if (cursor !== null && !isId(cursor)) {
    errors.push({
      pointer: "/cursor",
      detail: { ko: "앞선 목록의 next_cursor여야 해요.", en: "It must be a next_cursor." },
    });
  }
  const limit = Number(query.get("limit") ?? USUAL_LIST);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIST) {
    const detail = {
      ko: `1~${MAX_LIST} 사이의 정수여야 해요.`,
      en: `It must be a whole number from 1 to ${MAX_LIST}.`,
    };
    errors.push({ pointer: "/limit", detail });
  }
  if (errors.length > 0) throw new ProblemError("invalid-job", undefined, { errors });
  return { cursor, limit };
}
