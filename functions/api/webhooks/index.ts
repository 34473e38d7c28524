/** `POST` adds a webhook and shows its secret this once; `GET` lists the caller's own. */

import type { NewWebhook, WebhookList } from "../../_generated/contract.d.ts";
import { readBody } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { newId } from "../../_lib/id.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { timestamp } from "../../_lib/time.ts";
import { validate } from "../../_lib/validate.ts";
import { addressFault } from "../../_lib/webhook-address.ts";
import { newSecret, type WebhookRow, webhookOf } from "../../_lib/webhook-row.ts";

const MOST_WEBHOOKS = 5;

export const onRequestPost: Handler = async ({ request, env, data }) => {
  if (data.via === "token") throw new ProblemError("token-not-allowed");
  const { url, events } = await readBody(request, (body) => validate("WebhookRequest", body));
  const fault = addressFault(url, new URL(request.url).hostname, env.ACCESS_MODE === "LOCAL");
  if (fault !== undefined) {
    throw new ProblemError("invalid-job", undefined, { errors: [{ pointer: "/url", detail: fault }] });
  }
  const row = await env.DB.prepare(
    `INSERT INTO webhooks (id, owner, url, events, secret, created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6
     WHERE ?7 > (SELECT COUNT(*) FROM webhooks WHERE owner = ?2) RETURNING *`,
  )
    .bind(newId(), data.owner, url, [...new Set(events)].join(" "), newSecret(), timestamp(), MOST_WEBHOOKS)
    .first<WebhookRow>();
  if (row === null) throw new ProblemError("too-many");
  const made: NewWebhook = { ...webhookOf(row), secret: row.secret };
  return Response.json(made, { status: 201 });
};

export const onRequestGet: Handler = async ({ env, data }) => {
  const { results } = await env.DB.prepare("SELECT * FROM webhooks WHERE owner = ?1 ORDER BY id DESC LIMIT 100")
    .bind(data.owner)
    .all<WebhookRow>();
  const list: WebhookList = { webhooks: results.map(webhookOf) };
  return Response.json(list);
};

export const onRequestHead = headOf(onRequestGet);
