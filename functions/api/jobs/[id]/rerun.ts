/** `POST` makes a new job from an old one's settings, with the same seed or a new one. */

import type { JobRequest } from "../../../_generated/contract.d.ts";
import { readBody } from "../../../_lib/body.ts";
import { type Handler, senderOf } from "../../../_lib/env.ts";
import { accept, find, idempotencyKey } from "../../../_lib/jobs.ts";
import { requestOf } from "../../../_lib/row.ts";
import { validate } from "../../../_lib/validate.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const key = idempotencyKey(request);
  const { seed } = await readBody(request, (body) => validate("RerunRequest", body));
  const { row } = await find(env.DB, params.id, data.owner);
  // A deadline belongs to one press.
  const again: JobRequest = { ...requestOf(row), seed: seed === "same" ? row.seed : null, within_seconds: null };
  const submission = { ...senderOf(data), request: again, idempotency_key: key, rerun_of: row.id, title: row.title };
  return accept(env, waitUntil, submission, data.language);
};
