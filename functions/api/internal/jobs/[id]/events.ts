/** `POST` from the worker alone: a signed event about one attempt. The answer tells it whether to stop. */

import { readBytes } from "../../../../_lib/body.ts";
import { dispatch } from "../../../../_lib/dispatch.ts";
import type { Handler } from "../../../../_lib/env.ts";
import { apply, verifyEvent } from "../../../../_lib/events.ts";
import * as gpu from "../../../../_lib/gpu.ts";
import { log } from "../../../../_lib/log.ts";
import { isEnded } from "../../../../_lib/row.ts";
import { deliverDue } from "../../../../_lib/webhooks.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, params, waitUntil }) => {
  const event = verifyEvent(env, String(params.id), request.headers, await readBytes(request));
  const row = await apply(env, event);
  const { job_id, attempt, seq, type } = event;
  log("event", { job_id, request_id: row.request_id, attempt, seq, type, status: row.status });
  // An end frees a place at the GPU service; a lost attempt is to be followed by its next one.
  if (row.status !== "running") waitUntil(dispatch(env, row));
  if (isEnded(row.status)) waitUntil(deliverDue(env, { job: row.id }));
  // An earlier attempt delivered: the present one is of no use any more.
  if (isEnded(row.status) && row.attempt > event.attempt && row.call_id !== null)
    waitUntil(gpu.cancel(env, row.call_id));
  return Response.json({ applied: true, cancel_requested: row.cancel_requested === 1 });
};
