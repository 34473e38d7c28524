/** `DELETE` ends a webhook at once, with its log. */

import type { Handler } from "../../../_lib/env.ts";
import { findWebhook } from "../../../_lib/webhook-row.ts";

export const onRequestDelete: Handler<"id"> = async ({ env, data, params }) => {
  const { id } = await findWebhook(env.DB, params.id, data.owner);
  await env.DB.batch([
    env.DB.prepare("DELETE FROM deliveries WHERE webhook_id = ?1").bind(id),
    env.DB.prepare("DELETE FROM webhooks WHERE id = ?1").bind(id),
  ]);
  return new Response(null, { status: 204 });
};
