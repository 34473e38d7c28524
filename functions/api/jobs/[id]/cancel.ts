/** `POST` cancels a job: a queued one at once, a running one as soon as its worker sees the request. */

import { dispatch } from "../../../_lib/dispatch.ts";
import type { Handler } from "../../../_lib/env.ts";
import * as gpu from "../../../_lib/gpu.ts";
import { answer, find } from "../../../_lib/jobs.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { cancel } from "../../../_lib/state.ts";
import { deliverDue } from "../../../_lib/webhooks.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  const changed = await cancel(env.DB, row.id, data.owner);
  if (changed === undefined && !(await isCanceled(env.DB, row.id))) throw new ProblemError("job-not-cancelable");
  if (changed?.call_id) waitUntil(gpu.cancel(env, changed.call_id));
  if (changed?.status === "canceled") {
    waitUntil(dispatch(env, changed));
    waitUntil(deliverDue(env, { job: changed.id }));
  }
  return answer(request, await find(env.DB, row.id, data.owner), data.language);
};

async function isCanceled(db: D1Database, id: string): Promise<boolean> {
  return (await db.prepare("SELECT 1 FROM jobs WHERE id = ? AND status = 'canceled'").bind(id).first()) !== null;
}
