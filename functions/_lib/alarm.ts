/**
 * Tells the operator: a line in the log and, where `ALERT_WEBHOOK` is set, a message there. The same name at most once in
 * ten minutes, over all isolates. It never throws, and it knows no cause.
 */

import type { Env } from "./env.ts";
import { type Facts, logError } from "./log.ts";
import { note } from "./signals.ts";

const QUIET_SECONDS = 600;
const POST_LIMIT_MS = 5_000;

/** `facts` reach a log and a chat: ids, counts and states, never secrets or prompts. */
export async function alarm(env: Env, name: string, facts: Facts, quietSeconds = QUIET_SECONDS): Promise<void> {
  try {
    if (!(await isFirst(env, name, quietSeconds))) return;
    logError("alarm", { name, ...facts });
    if (!env.ALERT_WEBHOOK) return;
    const text = `Clipwright: ${name} ${JSON.stringify(facts)}`.slice(0, 1_500);
    // `text` is what Slack and Mattermost read, `content` Discord.
    const answer = await fetch(env.ALERT_WEBHOOK, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, at: new Date().toISOString(), facts, text, content: text }),
      redirect: "manual",
      signal: AbortSignal.timeout(POST_LIMIT_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) logError("alarm-not-posted", { name, status: answer.status });
  } catch (error) {
    // The address may hold a secret, and an error may quote it.
    logError("alarm-not-posted", { name, cause: error instanceof Error ? error.name : "unknown" });
  }
}

/** An alarm about a database that does not answer is told each time. */
async function isFirst(env: Env, name: string, quietSeconds: number): Promise<boolean> {
  try {
    return await note(env.DB, `alarm:${name}`, quietSeconds);
  } catch {
    return true;
  }
}
