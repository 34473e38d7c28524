/** `GET` and `HEAD` one job, with an ETag; `PUT` names it or keeps it longer; `DELETE` an
 * ended one, which can be restored for a day. */

import { readBody } from "../../../_lib/body.ts";
import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { answer, find, remove } from "../../../_lib/jobs.ts";
import { favor, rename } from "../../../_lib/keeping.ts";
import { isDue, sweepJob } from "../../../_lib/sweep.ts";
import { validate } from "../../../_lib/validate.ts";

export const onRequestGet: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const found = await find(env.DB, params.id, data.owner);
  if (isDue(found.row)) waitUntil(sweepJob(env, found.row));
  return answer(request, found, data.language);
};

export const onRequestHead = headOf(onRequestGet);

export const onRequestPut: Handler<"id"> = async ({ request, env, data, params }) => {
  const { title, favorite } = await readBody(request, (body) => validate("JobChange", body));
  const { row } = await find(env.DB, params.id, data.owner);
  if (typeof favorite === "boolean") await favor(env.DB, row, favorite);
  if (typeof title === "string") await rename(env.DB, row, title);
  return answer(request, await find(env.DB, row.id, data.owner), data.language);
};

export const onRequestDelete: Handler<"id"> = async ({ env, data, params }) => {
  await remove(env.DB, params.id, data.owner);
  return new Response(null, { status: 204 });
};
