/** `GET` and `HEAD` one job, with an ETag; `DELETE` an ended one, which can be restored for ten minutes. */

import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { answer, find, remove } from "../../../_lib/jobs.ts";
import { isDue, sweepJob } from "../../../_lib/sweep.ts";

export const onRequestGet: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const found = await find(env.DB, params.id, data.owner);
  if (isDue(found.row)) waitUntil(sweepJob(env, found.row));
  return answer(request, found, data.language);
};

export const onRequestHead = headOf(onRequestGet);

export const onRequestDelete: Handler<"id"> = async ({ env, data, params }) => {
  await remove(env.DB, params.id, data.owner);
  return new Response(null, { status: 204 });
};
