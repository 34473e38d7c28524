/** `POST /api/batches/{id}/retry`: what has failed once more, each job once. */

import { batchOf, retry } from "../../../_lib/batches.ts";
import { dispatch } from "../../../_lib/dispatch.ts";
import { type Handler, senderOf } from "../../../_lib/env.ts";

export const onRequestPost: Handler<"id"> = async ({ env, params, data, waitUntil }) => {
  const isNew = await retry(env, senderOf(data), params.id);
  if (isNew) waitUntil(dispatch(env));
  return Response.json(await batchOf(env.DB, data.owner, params.id, data.language), { status: 202 });
};
