/**
 * Identifies the caller, and refuses one whom the site's mode of access does not know (access-mode.ts).
 *
 * A token of a script comes before every other identity; the routes that are open to everybody are listed here, so a new
 * route is closed until somebody opens it. It does not know what a caller may spend.
 */

import { personOf } from "./access.ts";
import { type AccessMode, accessMode } from "./access-mode.ts";
import { browserOwner, newBrowserOwner } from "./browser-owner.ts";
import type { Env, RequestData } from "./env.ts";
import { type Counted, countCall } from "./hourly-limits.ts";
import { ProblemError } from "./problem.ts";
import { isOpen, sessionOf } from "./session.ts";
import { ownerOfToken } from "./tokens.ts";

export type Caller = Pick<RequestData, "owner" | "role" | "via" | "email" | "token_id">;

/** The caller, and the Set-Cookie value with which a browser keeps being the same one. */
export interface Identity {
  caller: Caller;
  set_cookie: string | undefined;
}

/** Routes that say whether the site is up, whatever its mode of access. */
const WITHOUT_MODE = new Set(["version", "health"]);
const OPEN: Record<AccessMode, ReadonlySet<string>> = {
  ACCESS: new Set(["me"]),
  PUBLIC: new Set(["me", "presets", "estimate", "offers", "session", "openapi.json"]),
  LOCAL: new Set(),
};
/** Below it, the sender proves itself by a signature (events.ts). */
const SIGNED = /^internal\//;
/** Below it, the token in the address is what lets in (share.ts). */
const SHARED = /^shared\//;
/** Calls that change something and cost neither a card nor storage. Every other one that sends counts as a submit. */
const FREE =
  /^(estimate|offers|presence|session|me\/claim|jobs\/[^/]+(\/(cancel|restore|share))?|projects\/[^/]+\/(quote|restore)|batches\/[^/]+\/(pause|resume|cancel))$/;
/** What a page keeps of a table while somebody types. */
const TABLES = /^(projects|channel-presets)(\/[^/]+)?$/;
const SENDS = new Set(["POST", "PUT", "PATCH"]);

const NOBODY: Caller = { owner: "", role: "member", via: "nobody", email: null };

/** Throws access-not-configured, cross-site-refused, sign-in-needed, sign-in-unreachable, session-needed, rate-limited, and
 * what `ownerOfToken` throws. */
export async function identify(env: Env, request: Request): Promise<Identity> {
  const url = new URL(request.url);
  const route = url.pathname.replace(/^\/api\/?/, "").replace(/\/$/, "");
  if (WITHOUT_MODE.has(route)) return { caller: NOBODY, set_cookie: undefined };
  const mode = accessMode(env, url);
  if (SIGNED.test(route) || SHARED.test(route)) return { caller: NOBODY, set_cookie: undefined };

  const token = await ownerOfToken(env, request);
  if (token !== undefined) {
    const { owner, role, token_id } = token;
    return { caller: { ...NOBODY, owner, role, via: "token", token_id }, set_cookie: undefined };
  }
  // A browser adds cookies to what other sites send; it adds no token.
  refuseCrossSite(request, url);
  const identity = await IDENTIFY[mode](env, request);
  if (identity !== undefined) {
    if (mode === "PUBLIC") await countPublicCall(env, request, route, identity.caller.owner);
    return identity;
  }
  if (OPEN[mode].has(route)) return { caller: NOBODY, set_cookie: undefined };
  throw new ProblemError(mode === "PUBLIC" ? "session-needed" : "sign-in-needed");
}

const IDENTIFY: Record<AccessMode, (env: Env, request: Request) => Promise<Identity | undefined>> = {
  async ACCESS(env, request) {
    const person = await personOf(env, request);
    if (person === undefined) return undefined;
    const role = person.email !== null && operators(env).has(person.email) ? "operator" : "member";
    return { caller: { ...person, role, via: "access" }, set_cookie: undefined };
  },
  async PUBLIC(env, request) {
    const session = await sessionOf(request, env.COOKIE_SECRET);
    if (session === undefined || !isOpen(session)) return undefined;
    return { caller: { ...NOBODY, owner: session.owner, via: "session" }, set_cookie: session.renewed };
  },
  async LOCAL(env, request) {
    const ring = env.COOKIE_SECRET;
    const { owner, set_cookie } = (await browserOwner(request, ring)) ?? (await newBrowserOwner(request, ring));
    return { caller: { owner, role: "operator", via: "local", email: null }, set_cookie };
  },
};

function operators(env: Env): ReadonlySet<string> {
  return new Set((env.OPERATORS ?? "").split(/[\s,]+/).map((address) => address.toLowerCase()));
}

async function countPublicCall(env: Env, request: Request, route: string, owner: string): Promise<void> {
  const counted = countedAs(request.method, route);
  if (counted !== undefined) await countCall(env, request, counted, owner);
}

function countedAs(method: string, route: string): Counted | undefined {
  if (!SENDS.has(method) || FREE.test(route)) return undefined;
  if (TABLES.test(route)) return "table";
  return route === "uploads" ? "upload" : "submit";
}

/** A browser names the origin of an unsafe request; only our own pages may send one with our cookie. */
function refuseCrossSite(request: Request, url: URL): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const foreign = origin !== null && origin !== url.origin;
  if (foreign || site === "cross-site" || site === "same-site") throw new ProblemError("cross-site-refused");
}
