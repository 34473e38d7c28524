/** A request's id, and its line in the log. It knows no route's meaning, and writes no body, prompt, cookie or token. */

import type { RequestData } from "./env.ts";
import { newId } from "./id.ts";
import { log, logError, ownerMark } from "./log.ts";

const WELL_FORMED = /^[0-9A-Za-z_-]{8,64}$/;

/** The caller's `x-request-id` where it is well formed, else a new one. It names the request from page to worker. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id");
  return given !== null && WELL_FORMED.test(given) ? given : newId();
}

export async function logRequest(request: Request, data: RequestData, status: number, ms: number): Promise<void> {
  const { request_id, via } = data;
  const owner = await ownerMark(data.owner);
  log("request", { request_id, method: request.method, route: routeOf(request), status, ms, owner, via: via ?? null });
}

/** An error that no code expected, with its trace. */
export function logFault(request: Request, data: RequestData, error: unknown): void {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logError("fault", { request_id: data.request_id, method: request.method, route: routeOf(request), trace });
}

/** `/api/jobs/{id}/video`: a path whose ids are left out, so that equal routes count as one. */
export function routeOf(request: Request): string {
  return new URL(request.url).pathname
    .slice(0, 200)
    .replace(/(\/shared\/+)[^/]+/i, "$1{token}")
    .replace(/\/(?=[^/]*\d)[0-9a-z_-]{16,}(?=\/|$)/gi, "/{id}");
}
