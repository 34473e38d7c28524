/**
 * Verifies the token that Cloudflare Access gives to people who signed in: its signature by Access's own keys, issuer,
 * audience and time. The header or the cookie that carries it proves nothing by itself.
 *
 * It does not know who may sign in: Access's policies decide that.
 */

import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { cookies } from "./cookies.ts";
import type { Env } from "./env.ts";
import { ProblemError } from "./problem.ts";

const HEADER = "cf-access-jwt-assertion";
const COOKIE = "CF_Authorization";
/** Access signs with RS256 alone. A token that names another algorithm was made by somebody else. */
const ALGORITHMS = ["RS256"];
/** Access replaces its keys every six weeks and accepts the ones before for seven days. */
const KEYS_FRESH_MS = 3_600_000;
/** A token that names an unknown key asks for the keys anew, at most this often. */
const KEYS_PAUSE_MS = 1_000;
const ASK_LIMIT_MS = 5_000;
const KEYS = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

/** Errors of jose that say that the keys could not be had; every other one says that the token is wrong. */
const WRONG_TOKEN = new Set([
  errors.JWTClaimValidationFailed.code,
  errors.JWTExpired.code,
  errors.JWTInvalid.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
]);

export interface Person {
  /** Stable for the same person, or the same service token, on every device. */
  owner: string;
  /** Null for a service token. */
  email: string | null;
}

/** Settings without which nobody can be verified. */
export const ACCESS_SETTINGS = ["ACCESS_TEAM_DOMAIN", "ACCESS_AUD"] as const;

/** Who signed in; `undefined` when nobody did, or the token is wrong or over. Throws sign-in-unreachable. */
export async function personOf(env: Env, request: Request): Promise<Person | undefined> {
  const token = request.headers.get(HEADER) || cookies(request).get(COOKIE);
  if (!token) return undefined;
  const team = teamAddress(env.ACCESS_TEAM_DOMAIN ?? "");
  try {
    const { payload } = await jwtVerify(token, keysAt(env.ACCESS_CERTS_URL || `${team}/cdn-cgi/access/certs`), {
      algorithms: ALGORITHMS,
      issuer: team,
      audience: (env.ACCESS_AUD ?? "").split(/[\s,]+/).filter((audience) => audience !== ""),
      requiredClaims: ["exp", "iat"],
    });
    return await personIn(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError && WRONG_TOKEN.has(error.code)) return undefined;
    console.warn(JSON.stringify({ access_keys: error instanceof Error ? error.message : String(error) }));
    throw new ProblemError("sign-in-unreachable");
  }
}

/** `https://<team>.cloudflareaccess.com`, however the operator wrote it. */
function teamAddress(domain: string): string {
  const name = domain.trim().replace(/^https:\/\//, "").replace(/\/+$/, "");
  return `https://${name.includes(".") ? name : `${name}.cloudflareaccess.com`}`;
}

/** One set for each address, kept by the isolate: keys are fetched once an hour, or when a token names an unknown one. */
function keysAt(address: string): ReturnType<typeof createRemoteJWKSet> {
  let keys = KEYS.get(address);
  if (keys === undefined) {
    keys = createRemoteJWKSet(new URL(address), {
      cacheMaxAge: KEYS_FRESH_MS,
      cooldownDuration: KEYS_PAUSE_MS,
      timeoutDuration: ASK_LIMIT_MS,
    });
    KEYS.set(address, keys);
  }
  return keys;
}

async function personIn({ sub, email, common_name: service }: JWTPayload): Promise<Person | undefined> {
  if (sub) return { owner: await ownerOf(`person:${sub}`), email: typeof email === "string" ? email.toLowerCase() : null };
  // A service token has an empty subject and its client id as common name.
  if (typeof service === "string" && service !== "") return { owner: await ownerOf(`service:${service}`), email: null };
  return undefined;
}

/** 130 bits of a digest: ids of owners show neither subject nor address. */
async function ownerOf(subject: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`access:${subject}`)));
  return `access${[...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
