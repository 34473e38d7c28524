/** `POST` cancels a job: a queued one at once, a running one as soon as its worker sees the request. */

import { dispatch, withdraw } from "../../../_lib/dispatch.ts";
import type { Env, Handler } from "../../../_lib/env.ts";
import * as gpu from "../../../_lib/gpu.ts";
import { answer, find } from "../../../_lib/jobs.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import type { JobRow } from "../../../_lib/row.ts";
import { cancel } from "../../../_lib/state.ts";
import { deliverDue } from "../../../_lib/webhooks.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  const changed = await cancel(env.DB, row.id, data.owner);
  if (changed === undefined && !(await isCanceled(env.DB, row.id))) throw new ProblemError("job-not-cancelable");
  if (changed?.status === "running" && changed.call_id !== null) waitUntil(gpu.cancel(env, changed.call_id));
  if (changed?.status === "canceled") {
    waitUntil(withdrawn(env, changed));
    waitUntil(deliverDue(env, { job: changed.id }));
  }
  return answer(request, await find(env.DB, row.id, data.owner), data.language);
};

async function withdrawn(env: Env, row: JobRow): Promise<void> {
  await withdraw(env, row);
  await dispatch(env);
}

async function isCanceled(db: D1Database, id: string): Promise<boolean> {
  return (await db.prepare("SELECT 1 FROM jobs WHERE id = ? AND status = 'canceled'").bind(id).first()) !== null;
}
