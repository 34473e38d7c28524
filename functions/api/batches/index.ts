/** `POST /api/batches` makes many scenes at once. */

import { batchOf, order } from "../../_lib/batches.ts";
import { readBody } from "../../_lib/body.ts";
import { dispatch } from "../../_lib/dispatch.ts";
import { type Handler, senderOf } from "../../_lib/env.ts";
import { idempotencyKey } from "../../_lib/jobs.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env, data, waitUntil }) => {
  const key = idempotencyKey(request);
  if (key === undefined) throw new ProblemError("idempotency-key-invalid");
  const body = await readBody(request, (value) => validate("BatchRequest", value));
  const id = await order(env, senderOf(data), body, key);
  waitUntil(dispatch(env));
  return Response.json(await batchOf(env.DB, data.owner, id, data.language), { status: 202 });
};
