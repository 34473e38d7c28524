/** The rows of webhooks and their deliveries, and their conversion to the wire. Secrets stay behind. It changes nothing. */

import type { Delivery, JobEnd, Webhook } from "../_generated/contract.d.ts";
import { isId } from "./id.ts";
import { ProblemError } from "./problem.ts";

export interface WebhookRow extends Omit<Webhook, "events"> {
  owner: string;
  events: string;
  secret: string;
  old_secret: string | null;
}

export interface DeliveryRow extends Delivery {
  webhook_id: string;
}

export const SECRET_BYTES = 24;
/** After a change of the secret the old one signs too for this long. */
export const BOTH_SECRETS_HOURS = 24;

export function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))))}`;
}

/** Throws webhook-not-found for an unknown or foreign id alike. */
export async function findWebhook(db: D1Database, id: unknown, owner: string): Promise<WebhookRow> {
  const row = isId(id)
    ? await db.prepare("SELECT * FROM webhooks WHERE id = ?1 AND owner = ?2").bind(id, owner).first<WebhookRow>()
    : null;
  if (row === null) throw new ProblemError("webhook-not-found");
  return row;
}

export function webhookOf(row: WebhookRow): Webhook {
  const { id, url, created_at, old_secret_until, failing_since, disabled_at } = row;
  const events = row.events.split(" ") as JobEnd[];
  return { id, url, events, created_at, old_secret_until, failing_since, disabled_at };
}

export function deliveryOf({ webhook_id: _, ...row }: DeliveryRow): Delivery {
  return row;
}
