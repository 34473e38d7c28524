/** `POST /api/batches/{id}/pause`: what runs ends, what waits is given to no card. */

import { pause } from "../../../_lib/batch-control.ts";
import { batchOf, findBatch } from "../../../_lib/batches.ts";
import type { Handler } from "../../../_lib/env.ts";

export const onRequestPost: Handler<"id"> = async ({ env, params, data }) => {
  const { id } = await findBatch(env.DB, data.owner, params.id);
  await pause(env.DB, id);
  return Response.json(await batchOf(env.DB, data.owner, id, data.language));
};
