/** `POST` from the worker alone: a signed event about one attempt. The answer tells it whether to stop. */

import { readBytes } from "../../../../_lib/body.ts";
import { dispatch, withdraw } from "../../../../_lib/dispatch.ts";
import type { Handler } from "../../../../_lib/env.ts";
import { apply, verifyEvent } from "../../../../_lib/events.ts";
import { log } from "../../../../_lib/log.ts";
import { isEnded } from "../../../../_lib/row.ts";
import { deliverDue } from "../../../../_lib/webhooks.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, params, waitUntil }) => {
  const event = verifyEvent(env, String(params.id), request.headers, await readBytes(request));
  const row = await apply(env, event);
  const { job_id, attempt, seq, type } = event;
  log("event", { job_id, request_id: row.request_id, attempt, seq, type, status: row.status });
  // The container asks for its next ticket by itself. Another card may be wanted, or a lost attempt needs its next one.
  if (row.status !== "running") waitUntil(dispatch(env));
  if (isEnded(row.status)) waitUntil(deliverDue(env, { job: row.id }));
  // An earlier attempt delivered: the present one is of no use any more.
  if (isEnded(row.status) && row.attempt > event.attempt) waitUntil(withdraw(env, row));
  return Response.json({ applied: true, cancel_requested: row.cancel_requested === 1 });
};
