/** `POST /api/jobs` submits a job; `GET` lists the caller's own jobs, as the library filters and sorts them. */

import { readBody } from "../../_lib/body.ts";
import { type Handler, senderOf } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { accept, idempotencyKey } from "../../_lib/jobs.ts";
import { filterOf, list, pageOf } from "../../_lib/library.ts";
import { sweepOwner } from "../../_lib/sweep.ts";
import { validateJobRequest } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env, data, waitUntil }) => {
  const key = idempotencyKey(request);
  const body = await readBody(request, validateJobRequest);
  const submission = { ...senderOf(data), request: body, idempotency_key: key, rerun_of: null };
  return accept(env, waitUntil, submission, data.language);
};

export const onRequestGet: Handler = async ({ request, env, data, waitUntil }) => {
  const query = new URL(request.url).searchParams;
  const [page, filter] = [pageOf(query), filterOf(query)];
  waitUntil(sweepOwner(env, data.owner));
  return Response.json(await list(env.DB, data.owner, page, data.language, filter));
};

export const onRequestHead = headOf(onRequestGet);
