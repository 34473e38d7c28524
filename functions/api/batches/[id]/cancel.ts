/** `POST /api/batches/{id}/cancel`: what waits at once, what runs as soon as its worker sees it. */

import { cancelBatch } from "../../../_lib/batch-control.ts";
import { batchOf, findBatch } from "../../../_lib/batches.ts";
import type { Handler } from "../../../_lib/env.ts";

export const onRequestPost: Handler<"id"> = async ({ env, params, data, waitUntil }) => {
  const { id } = await findBatch(env.DB, data.owner, params.id);
  await cancelBatch(env, data.owner, id, waitUntil);
  return Response.json(await batchOf(env.DB, data.owner, id, data.language));
};
