/** `POST /api/projects/{id}/quote`: what some of its scenes would cost and take. It makes nothing. */

import { quoteOf } from "../../../_lib/batches.ts";
import { readBody } from "../../../_lib/body.ts";
import { type Handler, senderOf } from "../../../_lib/env.ts";
import { validate } from "../../../_lib/validate.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, params, data }) => {
  const choice = await readBody(request, (body) => validate("BatchChoice", body));
  return Response.json(await quoteOf(env, senderOf(data), params.id, choice, data.language));
};
