/** `GET /api/batches/{id}`: how far a batch is. */

import { batchOf } from "../../../_lib/batches.ts";
import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";

export const onRequestGet: Handler<"id"> = async ({ env, params, data }) =>
  Response.json(await batchOf(env.DB, data.owner, params.id, data.language));

export const onRequestHead = headOf(onRequestGet);
