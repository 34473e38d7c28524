/** `POST` sends a message again, with the same `webhook-id`. A success enables a webhook that was disabled. */

import type { Handler } from "../../../../../_lib/env.ts";
import { ProblemError } from "../../../../../_lib/problem.ts";
import { timestamp } from "../../../../../_lib/time.ts";
import { type DeliveryRow, deliveryOf, findWebhook } from "../../../../../_lib/webhook-row.ts";
import { deliverDue } from "../../../../../_lib/webhooks.ts";

export const onRequestPost: Handler<"id" | "delivery"> = async ({ env, data, params, waitUntil }) => {
  const { id } = await findWebhook(env.DB, params.id, data.owner);
  const row = await env.DB.prepare(
    `UPDATE deliveries SET next_at = ?3, tries = 0, delivered_at = NULL, failed_at = NULL
     WHERE id = ?1 AND webhook_id = ?2 RETURNING *`,
  )
    .bind(String(params.delivery), id, timestamp())
    .first<DeliveryRow>();
  if (row === null) throw new ProblemError("webhook-not-found");
  waitUntil(deliverDue(env, { delivery: row.id }));
  return Response.json(deliveryOf(row), { status: 202 });
};
