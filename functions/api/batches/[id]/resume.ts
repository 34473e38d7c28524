/** `POST /api/batches/{id}/resume`: what was paused waits for a card again. */

import { resume } from "../../../_lib/batch-control.ts";
import { batchOf, findBatch } from "../../../_lib/batches.ts";
import { dispatch } from "../../../_lib/dispatch.ts";
import type { Handler } from "../../../_lib/env.ts";

export const onRequestPost: Handler<"id"> = async ({ env, params, data, waitUntil }) => {
  const { id } = await findBatch(env.DB, data.owner, params.id);
  await resume(env.DB, id);
  waitUntil(dispatch(env));
  return Response.json(await batchOf(env.DB, data.owner, id, data.language));
};
