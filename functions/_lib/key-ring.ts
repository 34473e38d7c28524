/**
 * Signatures by a key ring: one variable that holds several secrets, separated by spaces or commas. The first one signs,
 * each one verifies; so a secret can be replaced without losing what the one before has signed.
 *
 * It knows no cookie and no event.
 */

import { Webhook, WebhookVerificationError } from "standardwebhooks";

const KEYS = new Map<string, Promise<CryptoKey>>();

/** The secrets of a ring. Empty when the variable is missing or blank. */
export function secretsOf(ring: string | undefined): string[] {
  return (ring ?? "").split(/[\s,]+/).filter((secret) => secret !== "");
}

/** HMAC-SHA256 of `text` by the ring's first secret, in base64url. */
export async function sign(ring: string, text: string): Promise<string> {
  const [first] = secretsOf(ring);
  if (first === undefined) throw new Error("the key ring is empty");
  const mac = await crypto.subtle.sign("HMAC", await keyOf(first), new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac))).replace(/[+/=]/g, (c) => ({ "+": "-", "/": "_" })[c] ?? "");
}

/** Which of the ring's secrets signed `text`: `first`, an `older` one, or none. An older one's text is to be signed anew,
 * before that secret leaves the ring. */
export async function signedBy(ring: string, text: string, signature: string): Promise<"first" | "older" | undefined> {
  if (!/^[\w-]{43}$/.test(signature)) return undefined;
  const mac = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  for (const [index, secret] of secretsOf(ring).entries()) {
    if (await crypto.subtle.verify("HMAC", await keyOf(secret), mac, new TextEncoder().encode(text))) {
      return index === 0 ? "first" : "older";
    }
  }
  return undefined;
}

/** Verifies a Standard Webhooks message by a ring of `whsec_…` secrets. Throws WebhookVerificationError. */
export function verifyWebhook(ring: string, body: string, headers: Record<string, string>): void {
  let refusal: unknown = new Error("the key ring is empty");
  for (const secret of secretsOf(ring)) {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      return;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function keyOf(secret: string): Promise<CryptoKey> {
  let key = KEYS.get(secret);
  if (key === undefined) {
    const bytes = new TextEncoder().encode(secret);
    key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
    KEYS.set(secret, key);
  }
  return key;
}
