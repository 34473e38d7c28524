/** `GET` lists the newest messages of a webhook and what became of them. */

import type { DeliveryList } from "../../../../_generated/contract.d.ts";
import type { Handler } from "../../../../_lib/env.ts";
import { headOf } from "../../../../_lib/head.ts";
import { type DeliveryRow, deliveryOf, findWebhook } from "../../../../_lib/webhook-row.ts";

const SHOWN = 100;

export const onRequestGet: Handler<"id"> = async ({ env, data, params }) => {
  const { id } = await findWebhook(env.DB, params.id, data.owner);
  const { results } = await env.DB.prepare(
    "SELECT * FROM deliveries WHERE webhook_id = ?1 ORDER BY created_at DESC LIMIT ?2",
  )
    .bind(id, SHOWN)
    .all<DeliveryRow>();
  const list: DeliveryList = { deliveries: results.map(deliveryOf) };
  return Response.json(list);
};

export const onRequestHead = headOf(onRequestGet);
