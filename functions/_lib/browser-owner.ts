/**
 * The owner that a browser itself is: an unguessable id in a signed cookie, without account or name. A site on this machine
 * has no other owners; elsewhere the cookie only proves whose clips a person may claim after signing in.
 *
 * The signature prevents a caller from choosing an id; its 100 random bits prevent others from guessing it.
 */

import { cookies, LONGEST_SECONDS, readCookie, removeCookie, setCookie } from "./cookies.ts";
import { isId, madeAt, newId } from "./id.ts";
import { sign, signedBy } from "./key-ring.ts";

const COOKIE = "clipwright_owner";

export interface BrowserOwner {
  owner: string;
  /** The Set-Cookie value, when the cookie is missing, forged, half its time old, or not as this release writes it. */
  set_cookie: string | undefined;
}

/** The owner in the cookie; `undefined` without one, or with a wrong signature. */
export async function browserOwner(request: Request, ring: string): Promise<BrowserOwner | undefined> {
  const current = readCookie(request, COOKIE);
  // Without a prefix on https too: as releases before this one wrote it.
  const [owner, signature] = (current ?? cookies(request).get(COOKIE) ?? "").split(".");
  if (!isId(owner) || signature === undefined) return undefined;
  const signer = await signedBy(ring, owner, signature);
  if (signer === undefined) return undefined;
  // Renewed in time, so that a returning person keeps the clips.
  const isOld = Date.now() - madeAt(owner) > (LONGEST_SECONDS / 2) * 1_000;
  const isAsWritten = signer === "first" && current !== undefined && !isOld;
  return { owner, set_cookie: isAsWritten ? undefined : await cookieOf(request, ring, owner) };
}

export async function newBrowserOwner(request: Request, ring: string): Promise<BrowserOwner> {
  const owner = newId();
  return { owner, set_cookie: await cookieOf(request, ring, owner) };
}

/** The Set-Cookie values after which this browser is no owner. */
export function forgetBrowserOwner(request: Request): string[] {
  return removeCookie(request, COOKIE);
}

async function cookieOf(request: Request, ring: string, owner: string): Promise<string> {
  return setCookie(request, COOKIE, `${owner}.${await sign(ring, owner)}`);
}
