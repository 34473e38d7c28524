/** `GET` one job, with an ETag; `DELETE` an ended one, which can be restored for ten minutes. */

import type { Handler } from "../../../_lib/env.ts";
import { answer, find } from "../../../_lib/jobs.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { isEnded } from "../../../_lib/row.ts";
import { isDue, sweepJob } from "../../../_lib/sweep.ts";
import { timestamp } from "../../../_lib/time.ts";

export const onRequestGet: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const found = await find(env.DB, params.id, data.owner);
  if (isDue(found.row)) waitUntil(sweepJob(env, found.row));
  return answer(request, found, data.language);
};

export const onRequestDelete: Handler<"id"> = async ({ env, data, params }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  if (!isEnded(row.status)) throw new ProblemError("job-not-finished");
  await env.DB.prepare("UPDATE jobs SET deleted_at = ?2, version = version + 1 WHERE id = ?1 AND deleted_at IS NULL")
    .bind(row.id, timestamp())
    .run();
  return new Response(null, { status: 204 });
};
