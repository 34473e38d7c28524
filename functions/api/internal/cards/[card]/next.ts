/** `POST` from a container alone: signed, it asks for its next ticket. */

import { readBytes } from "../../../../_lib/body.ts";
import { dispatch } from "../../../../_lib/dispatch.ts";
import type { Handler } from "../../../../_lib/env.ts";
import { log } from "../../../../_lib/log.ts";
import { nextOrder, verifyAsk } from "../../../../_lib/next-ticket.ts";

export const onRequestPost: Handler<"card"> = async ({ request, env, params, waitUntil }) => {
  const ask = verifyAsk(env, String(params.card), request.headers, await readBytes(request));
  const order = await nextOrder(env, ask);
  const { card, container_id, waited_seconds, is_leaving } = ask;
  const { ticket, ask_again_seconds } = order;
  log("card", { card, container_id, waited_seconds, is_leaving, job_id: ticket?.job_id ?? null, ask_again_seconds });
  // A card that has gone may leave jobs behind, and a lost attempt may need another card.
  if (ticket === null) waitUntil(dispatch(env));
  return Response.json(order);
};
