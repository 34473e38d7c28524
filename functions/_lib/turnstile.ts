/** Asks Cloudflare Turnstile whether a token from the page's check is real. It knows no session. */

import type { Env } from "./env.ts";
import { ProblemError } from "./problem.ts";

const VERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const LIMIT_MS = 5_000;
/** The page's widget names it too, so that a token for another purpose opens no session. */
const ACTION = "session";

/** Settings without which no session can begin. */
export const TURNSTILE_SETTINGS = ["TURNSTILE_SITE_KEY", "TURNSTILE_SECRET"] as const;

/** Throws challenge-failed for a token that is wrong, used, over or of another site; challenge-unreachable otherwise. */
export async function verifyChallenge(env: Env, request: Request, token: string): Promise<void> {
  const verdict = await ask(env, token, request.headers.get("cf-connecting-ip"));
  const isOurs = verdict.hostname === new URL(request.url).hostname && verdict.action === ACTION;
  if (verdict.success === true && isOurs) return;
  console.warn(JSON.stringify({ turnstile: verdict["error-codes"] ?? [], hostname: verdict.hostname }));
  throw new ProblemError("challenge-failed");
}

interface Verdict {
  success?: unknown;
  hostname?: unknown;
  action?: unknown;
  "error-codes"?: unknown;
}

async function ask(env: Env, token: string, address: string | null): Promise<Verdict> {
  const form = new URLSearchParams({ secret: env.TURNSTILE_SECRET ?? "", response: token });
  if (address !== null) form.set("remoteip", address);
  try {
    const response = await fetch(env.TURNSTILE_VERIFY_URL || VERIFY_URL, {
      method: "POST",
      body: form,
      signal: AbortSignal.timeout(LIMIT_MS),
      redirect: "manual",
    });
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    const verdict: unknown = await response.json();
    if (typeof verdict !== "object" || verdict === null) throw new Error("the answer is invalid");
    return verdict;
  } catch (error) {
    console.warn(JSON.stringify({ turnstile: error instanceof Error ? error.message : String(error) }));
    throw new ProblemError("challenge-unreachable");
  }
}
