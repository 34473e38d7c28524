/** The webhooks of whoever is asking, and the messages that each was sent. A secret is kept until the page is left, and
 * shown once. It does not know how. */

import type {
  Delivery,
  DeliveryList,
  NewWebhook,
  Webhook,
  WebhookList,
  WebhookRequest,
} from "../../../functions/_generated/contract";
import { call, type Failure } from "../api";
import { attempt } from "./attempt";
import { Store } from "./store";

const LOOK_MS = 1_500;
const LOOKS = 8;

/** Null until the list came. */
export const webhooks = new Store<readonly Webhook[] | null>(null);
/** The one whose secret was told last. */
export const madeWebhook = new Store<NewWebhook | null>(null);
/** The newest messages first, of each webhook whose messages were asked for. */
export const deliveries = new Store<Readonly<Record<string, readonly Delivery[]>>>({});
export const webhookFailure = new Store<Failure | null>(null);

/** Each answers whether it went well. */
export function loadWebhooks(): Promise<boolean> {
  return attempt(webhookFailure, load);
}

export function addWebhook(request: WebhookRequest): Promise<boolean> {
  return secretFrom("/api/webhooks", request);
}

export function rotateSecret(id: string): Promise<boolean> {
  return secretFrom(`/api/webhooks/${id}/rotate`);
}

export function endWebhook(id: string): Promise<boolean> {
  return attempt(webhookFailure, async () => {
    await call(`/api/webhooks/${id}`, { method: "DELETE" });
    if (madeWebhook.value?.id === id) madeWebhook.set(null);
    await load();
  });
}

export function loadDeliveries(id: string): Promise<boolean> {
  return attempt(webhookFailure, async () => {
    const { body } = await call<DeliveryList>(`/api/webhooks/${id}/deliveries`);
    deliveries.update((all) => ({ ...all, [id]: body?.deliveries ?? [] }));
  });
}

export function sendAgain(id: string, delivery: string): Promise<boolean> {
  return attempt(webhookFailure, async () => {
    const path = `/api/webhooks/${id}/deliveries/${encodeURIComponent(delivery)}/resend`;
    const { body } = await call<Delivery>(path, { method: "POST" });
    if (body === null) return;
    deliveries.update((all) => ({ ...all, [id]: (all[id] ?? []).map((one) => (one.id === delivery ? body : one)) }));
    lookAgain(id, LOOKS);
  });
}

/** It is sent after the answer: what became of it is asked for until it is known. */
function lookAgain(id: string, times: number): void {
  setTimeout(async () => {
    const isTold = (await loadDeliveries(id)) && (await loadWebhooks());
    const isOnItsWay = ({ tries, next_at }: Delivery): boolean => tries === 0 && next_at !== null;
    if (isTold && times > 1 && deliveries.value[id]?.some(isOnItsWay)) lookAgain(id, times - 1);
  }, LOOK_MS);
}

function secretFrom(path: string, body?: WebhookRequest): Promise<boolean> {
  return attempt(webhookFailure, async () => {
    const answer = await call<NewWebhook>(path, { method: "POST", body });
    madeWebhook.set(answer.body);
    await load();
  });
}

async function load(): Promise<void> {
  const { body } = await call<WebhookList>("/api/webhooks");
  if (body) webhooks.set(body.webhooks);
}
