/** `POST` gives a webhook a new secret and shows it this once; for a day messages are signed by both. */

import type { NewWebhook } from "../../../_generated/contract.d.ts";
import type { Handler } from "../../../_lib/env.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { HOUR_SECONDS, inSeconds } from "../../../_lib/time.ts";
import { BOTH_SECRETS_HOURS, findWebhook, newSecret, type WebhookRow, webhookOf } from "../../../_lib/webhook-row.ts";

export const onRequestPost: Handler<"id"> = async ({ env, data, params }) => {
  const { id } = await findWebhook(env.DB, params.id, data.owner);
  const row = await env.DB.prepare(
    "UPDATE webhooks SET old_secret = secret, old_secret_until = ?3, secret = ?2 WHERE id = ?1 RETURNING *",
  )
    .bind(id, newSecret(), inSeconds(BOTH_SECRETS_HOURS * HOUR_SECONDS))
    .first<WebhookRow>();
  if (row === null) throw new ProblemError("webhook-not-found");
  const changed: NewWebhook = { ...webhookOf(row), secret: row.secret };
  return Response.json(changed);
};
