/** `GET /api/batches/{id}`: how far a batch is. */

import { batchOf } from "../../../_lib/batches.ts";
import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { sweepOwner } from "../../../_lib/sweep.ts";

export const onRequestGet: Handler<"id"> = async ({ env, params, data, waitUntil }) => {
  waitUntil(sweepOwner(env, data.owner));
  return Response.json(await batchOf(env.DB, data.owner, params.id, data.language));
};

export const onRequestHead = headOf(onRequestGet);
