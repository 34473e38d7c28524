/**
 * Wraps every API call: a request id, the caller's identity, security headers, and the one place where a thrown problem
 * becomes an answer. It knows no route.
 */

import { cookies } from "./_lib/cookies.ts";
import { makePatient } from "./_lib/database.ts";
import type { Handler, Language, RequestData } from "./_lib/env.ts";
import { identify } from "./_lib/identity.ts";
import { ProblemError, problemResponse } from "./_lib/problem.ts";
import { logFault, logRequest, requestIdOf } from "./_lib/request-log.ts";
import { isTransient } from "./_lib/transient.ts";

export const onRequest: Handler = async (context) => {
  const { request, env, data } = context;
  const url = new URL(request.url);
  if (!/^\/api(\/|$)/i.test(url.pathname)) return context.next(); // Pages may match addresses in any case

  const started = Date.now();
  makePatient(env);
  data.request_id = requestIdOf(request);
  data.language = languageOf(request, url);
  let setCookie: string | undefined;
  let response: Response;
  try {
    const { caller, set_cookie } = await identify(env, request);
    Object.assign(data, caller);
    setCookie = set_cookie;
    response = await context.next();
  } catch (error) {
    response = problemResponse(asProblem(error, request, data), data.language, data.request_id);
  }

  const answer = new Response(response.body, response);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!answer.headers.has(name)) answer.headers.set(name, value);
  }
  if (url.protocol === "https:") answer.headers.set("strict-transport-security", "max-age=63072000; includeSubDomains");
  answer.headers.set("x-request-id", data.request_id);
  if (!answer.headers.has("cache-control")) answer.headers.set("cache-control", "no-store");
  if (setCookie !== undefined) answer.headers.append("set-cookie", setCookie);
  await logRequest(request, data, answer.status, Date.now() - started);
  return answer;
};

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "x-frame-options": "DENY",
};

function asProblem(error: unknown, request: Request, data: RequestData): ProblemError {
  if (error instanceof ProblemError) return error;
  logFault(request, data, error);
  return isTransient(error) ? new ProblemError("busy", undefined, { headers: RETRY_SOON }) : new ProblemError("internal");
}

const RETRY_SOON = { "retry-after": "5" };

function languageOf(request: Request, url: URL): Language {
  const header = request.headers.get("accept-language") ?? "";
  const asked = [url.searchParams.get("lang"), cookies(request).get("lang"), ...byWeight(header)];
  return asked.map((tag) => tag?.toLowerCase().split("-")[0]).find((tag) => tag === "ko" || tag === "en") ?? "ko";
}

function byWeight(header: string): string[] {
  return header
    .split(",")
    .map((part) => {
      const [tag = "", weight] = part.trim().split(/;\s*q=/);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
