/**
 * Sessions of a public site: begun by a check that a human asks, kept in a signed cookie, ended by the time in it.
 *
 * A session that has ended still names its owner, and a new check renews it: the same browser keeps its clips. It knows
 * neither the check nor what a session may do.
 */

import { readCookie, setCookie } from "./cookies.ts";
import { isId, newId } from "./id.ts";
import { sign, signedBy } from "./key-ring.ts";
import { DAY_SECONDS } from "./time.ts";

const COOKIE = "clipwright_session";
const LIFETIME_SECONDS = DAY_SECONDS;

export interface Session {
  owner: string;
  /** Milliseconds since 1970. */
  ends_at: number;
}

/** The session in the cookie, ended or not; `undefined` without one, or with a wrong signature. */
export async function sessionOf(request: Request, ring: string): Promise<(Session & { renewed: string | undefined }) | undefined> {
  const [owner, end, signature] = (readCookie(request, COOKIE) ?? "").split(".");
  if (!isId(owner) || end === undefined || !/^\d{13}$/.test(end) || signature === undefined) return undefined;
  const signer = await signedBy(ring, textOf(owner, end), signature);
  if (signer === undefined) return undefined;
  const session = { owner, ends_at: Number(end) };
  return { ...session, renewed: signer === "first" ? undefined : await cookieOf(request, ring, session) };
}

export function isOpen(session: Session): boolean {
  return session.ends_at > Date.now();
}

/** A session from now on, for the owner of an earlier one or for a new owner; with its Set-Cookie value. */
export async function beginSession(request: Request, ring: string): Promise<{ session: Session; set_cookie: string }> {
  const owner = (await sessionOf(request, ring))?.owner ?? newId();
  const session = { owner, ends_at: Date.now() + LIFETIME_SECONDS * 1_000 };
  return { session, set_cookie: await cookieOf(request, ring, session) };
}

async function cookieOf(request: Request, ring: string, { owner, ends_at }: Session): Promise<string> {
  return setCookie(request, COOKIE, `${owner}.${ends_at}.${await sign(ring, textOf(owner, String(ends_at)))}`);
}

function textOf(owner: string, end: string): string {
  return `session:${owner}.${end}`;
}
