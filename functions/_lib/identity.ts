/**
 * Identifies the caller: an unguessable id in a signed cookie, made on the first call. No account, no name.
 *
 * The signature prevents a caller from choosing an id; its 100 random bits prevent others from guessing it.
 */

import { isId, madeAt, newId } from "./id.ts";

const COOKIE = "clipwright_owner";
const LIFETIME_SECONDS = 400 * 24 * 3_600;
const KEYS = new Map<string, Promise<CryptoKey>>();

export interface Identity {
  owner: string;
  /** The Set-Cookie value, when the cookie was missing, had a wrong signature, or has lived half of its time. */
  set_cookie: string | undefined;
}

export async function identify(request: Request, secret: string): Promise<Identity> {
  const [owner, signature] = (cookies(request).get(COOKIE) ?? "").split(".");
  if (isId(owner) && signature !== undefined && (await isSigned(owner, signature, secret))) {
    // Browsers keep a cookie for at most 400 days: renew it in time, so that a returning person keeps the clips.
    const isOld = Date.now() - madeAt(owner) > (LIFETIME_SECONDS / 2) * 1_000;
    return { owner, set_cookie: isOld ? cookieOf(request, owner, signature) : undefined };
  }
  const fresh = newId();
  return { owner: fresh, set_cookie: cookieOf(request, fresh, await sign(fresh, secret)) };
}

function cookieOf(request: Request, owner: string, signature: string): string {
  const secure = new URL(request.url).protocol === "https:" ? "; Secure" : "";
  return `${COOKIE}=${owner}.${signature}; Path=/; Max-Age=${LIFETIME_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
}

export function cookies(request: Request): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0) found.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return found;
}

async function sign(text: string, secret: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await keyOf(secret), new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac))).replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] ?? "");
}

async function isSigned(text: string, signature: string, secret: string): Promise<boolean> {
  if (!/^[\w-]{43}$/.test(signature)) return false;
  const mac = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return crypto.subtle.verify("HMAC", await keyOf(secret), mac, new TextEncoder().encode(text));
}

function keyOf(secret: string): Promise<CryptoKey> {
  if (!secret) throw new Error("COOKIE_SECRET is not set");
  let key = KEYS.get(secret);
  if (key === undefined) {
    const bytes = new TextEncoder().encode(secret);
    key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
    KEYS.set(secret, key);
  }
  return key;
}
