/**
 * Delivers the messages of webhooks. A trigger has written their rows in the transaction of a job's end; here each is
 * claimed, signed as Standard Webhooks and posted. Several runs may overlap: a claim moves `next_at`, so one of them sends,
 * and a run that dies leaves a message that is due again. It changes no job.
 */

import { Webhook } from "standardwebhooks";
import type { WebhookMessage } from "../_generated/contract.d.ts";
import { alarm } from "./alarm.ts";
import type { Env } from "./env.ts";
import { log } from "./log.ts";
import type { JobRow } from "./row.ts";
import { note } from "./signals.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";
import { addressFault } from "./webhook-address.ts";
import type { DeliveryRow, WebhookRow } from "./webhook-row.ts";

/** Seconds before each further try; more than a day in all. */
const PAUSES = [5, 300, 1_800, 7_200, 18_000, 36_000, 23_400] as const;
const LIMIT_MS = 10_000;
const AT_ONCE = 12;
const AT_ONCE_OF_ONE_WEBHOOK = 3;
const ROUNDS = 4;
const LOG_DAYS = 30;
const GONE = 410;
/** The database writes when a message is due; its clock may be ahead of ours. */
const CLOCKS_APART_SECONDS = 2;

type Due = DeliveryRow & Pick<WebhookRow, "url" | "secret" | "old_secret" | "old_secret_until">;

/** What became of one try. */
interface Result {
  delivered: boolean;
  status: number | null;
  error: string | null;
}

/** Sends what is due: of one job, of one delivery, or of the whole site. Returns the number of messages sent. */
export async function deliverDue(env: Env, only: { job?: string; delivery?: string } = {}): Promise<number> {
  const { results } = await env.DB.prepare(
    `SELECT * FROM (
       SELECT deliveries.*, url, secret, old_secret, old_secret_until,
         ROW_NUMBER() OVER (PARTITION BY webhook_id ORDER BY next_at) AS place
       FROM deliveries JOIN webhooks ON webhooks.id = webhook_id
       WHERE next_at <= ?1 AND (?2 IS NULL OR job_id = ?2) AND (?3 IS NULL OR deliveries.id = ?3))
     WHERE place <= ?4 ORDER BY next_at LIMIT ?5`,
  )
    .bind(inSeconds(CLOCKS_APART_SECONDS), only.job ?? null, only.delivery ?? null, AT_ONCE_OF_ONE_WEBHOOK, AT_ONCE)
    .all<Due>();
  const sent = await Promise.all(results.map((due) => deliver(env, due)));
  return sent.filter(Boolean).length;
}

/** Sends what is due, some rounds long, so that a receiver that is back soon has what it missed. */
export async function deliverAll(env: Env): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    if ((await deliverDue(env)) === 0) return;
  }
}

/** Removes the log's old rows. */
export async function clearDeliveries(env: Env): Promise<void> {
  await env.DB.prepare("DELETE FROM deliveries WHERE created_at < ?1 AND next_at IS NULL")
    .bind(inSeconds(-LOG_DAYS * DAY_SECONDS))
    .run();
}

async function deliver(env: Env, due: Due): Promise<boolean> {
  const claimed = await env.DB.prepare(
    "UPDATE deliveries SET tries = tries + 1, next_at = ?3 WHERE id = ?1 AND next_at = ?2 RETURNING tries",
  )
    .bind(due.id, due.next_at, nextTry(due.tries))
    .first<{ tries: number }>();
  if (claimed === null) return false;
  const job = await env.DB.prepare("SELECT * FROM jobs WHERE id = ?1").bind(due.job_id).first<JobRow>();
  const result = job === null ? NO_JOB : await post(env, due, messageOf(due, job));
  log("webhook", { webhook: due.webhook_id, delivery: due.id, tries: claimed.tries, ...result });
  if (result.delivered) await succeeded(env, due, result);
  else await failed(env, due, claimed.tries, result);
  return true;
}

const NO_JOB: Result = { delivered: false, status: null, error: "the job is gone" };

/** When the next try is due, should this one fail; null after the last. Up to a tenth later, so that tries spread. */
function nextTry(triesBefore: number): string | null {
  const pause = PAUSES[triesBefore];
  return pause === undefined ? null : inSeconds(pause * (1 + Math.random() / 10));
}

function messageOf(due: Due, job: JobRow): WebhookMessage {
  return {
    type: due.event,
    timestamp: due.created_at,
    data: {
      job_id: job.id,
      status: due.event.slice("job.".length) as "succeeded" | "failed" | "canceled",
      finished_at: job.finished_at,
      billed_micro_won: job.billed_micro_won,
      problem_type: job.problem_slug === null ? null : `/problems/${job.problem_slug}`,
      self: `/api/jobs/${job.id}`,
    },
  };
}

async function post(env: Env, due: Due, message: WebhookMessage): Promise<Result> {
  // Judged again: rules may have become stricter since the address was taken.
  if (addressFault(due.url, "", env.ACCESS_MODE === "LOCAL") !== undefined) {
    return { delivered: false, status: null, error: "the address is not allowed" };
  }
  const body = JSON.stringify(message);
  const at = new Date();
  try {
    const answer = await fetch(due.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "clipwright-webhooks",
        "webhook-id": due.id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
        "webhook-signature": secretsOf(due)
          .map((secret) => new Webhook(secret).sign(due.id, at, body))
          .join(" "),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    // Its body is of no use, and could be endless or somebody else's secret.
    await answer.body?.cancel();
    return { delivered: answer.ok, status: answer.status, error: answer.ok ? null : `status ${answer.status}` };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { delivered: false, status: null, error: timedOut ? "no answer in 10 seconds" : "it could not be reached" };
  }
}

function secretsOf(due: Due): string[] {
  const both = due.old_secret !== null && (due.old_secret_until ?? "") > timestamp();
  return both && due.old_secret !== null ? [due.secret, due.old_secret] : [due.secret];
}

async function succeeded(env: Env, due: Due, { status }: Result): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      `UPDATE deliveries SET delivered_at = ?2, failed_at = NULL, next_at = NULL, last_status = ?3, last_error = NULL
       WHERE id = ?1`,
    ).bind(due.id, timestamp(), status),
    env.DB.prepare("UPDATE webhooks SET failing_since = NULL, disabled_at = NULL WHERE id = ?1").bind(due.webhook_id),
  ]);
}

async function failed(env: Env, due: Due, tries: number, result: Result): Promise<void> {
  const now = timestamp();
  const isLast = tries > PAUSES.length || result === NO_JOB || result.status === GONE;
  const [, webhooks] = await env.DB.batch<{ disabled_at: string | null }>([
    env.DB.prepare(
      `UPDATE deliveries SET last_status = ?2, last_error = ?3, failed_at = CASE WHEN ?4 THEN ?5 ELSE failed_at END,
         next_at = CASE WHEN ?4 THEN NULL ELSE next_at END WHERE id = ?1 AND delivered_at IS NULL`,
    ).bind(due.id, result.status, result.error, isLast ? 1 : 0, now),
    env.DB.prepare(
      `UPDATE webhooks SET failing_since = COALESCE(failing_since, ?2),
         disabled_at = CASE WHEN ?4 OR failing_since <= ?3 THEN COALESCE(disabled_at, ?2) ELSE disabled_at END
       WHERE id = ?1 AND ?5 RETURNING disabled_at`,
    ).bind(due.webhook_id, now, inSeconds(-DAY_SECONDS), result.status === GONE ? 1 : 0, result === NO_JOB ? 0 : 1),
    // What still waits for a webhook that is off is not tried, but stays in its log.
    env.DB.prepare(
      `UPDATE deliveries SET next_at = NULL, failed_at = ?2 WHERE webhook_id = ?1 AND next_at IS NOT NULL
         AND EXISTS (SELECT 1 FROM webhooks WHERE id = ?1 AND disabled_at IS NOT NULL)`,
    ).bind(due.webhook_id, now),
  ]);
  await note(env.DB, "webhook-failure");
  if (webhooks?.results[0]?.disabled_at === now) await alarm(env, `webhook-disabled:${due.webhook_id}`, { tries });
}
