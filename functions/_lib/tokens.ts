/**
 * API tokens: who asks with one, and what it may do. The database holds their SHA-256 alone, so a copy of it opens nothing.
 *
 *     cw_ + 32 letters of chance (160 bits) + 6 letters of a checksum, by which a scanner tells a token from other text
 *
 * It knows no cookie. A token is no browser's, so the rules about other sites do not apply to it.
 */

import type { Env } from "./env.ts";
import { ALPHABET } from "./id.ts";
import { sha256 } from "./log.ts";
import { ProblemError, type Words } from "./problem.ts";
import { inSeconds, timestamp } from "./time.ts";

const CHANCE_LETTERS = 32;
const CHECK_LETTERS = 6;
const FORM = /^Bearer (cw_[A-Za-z0-9_-]{20,100})$/i;
const USED_EVERY_SECONDS = 60;
/** A person manages these: a leaked token can make neither more tokens nor listeners that outlive it, erases nothing
 * at once, and changes no cap. Pages matches addresses in any case. */
const FOR_PEOPLE = /^\/api\/+((tokens|webhooks|caps|session)(\/|$)|me\/+[^/]|jobs\/+[^/]+\/+share\/*$)/i;
/** POST, but it makes nothing. */
const ONLY_READS = /^\/api\/+(estimate|offers|presence|projects\/+[^/]+\/+quote)\/*$/i;

export interface TokenOwner {
  owner: string;
  role: "operator" | "member";
  scopes: string[];
  token_id: string;
}

interface TokenRow {
  id: string;
  owner: string;
  role: "operator" | "member";
  scopes: string;
  last_used_at: string | null;
}

/** A new token's text. */
export async function newToken(): Promise<string> {
  const bytes = crypto.getRandomValues(new Uint8Array(CHANCE_LETTERS));
  const chance = [...bytes].map((byte) => ALPHABET[byte & 31]).join("");
  return `cw_${chance}${await checksumOf(chance)}`;
}

/** Who asks with an API token that allows this request; `undefined` where none is named. Throws token-invalid, and
 * token-not-allowed. */
export async function ownerOfToken(env: Env, request: Request): Promise<TokenOwner | undefined> {
  const header = request.headers.get("authorization");
  if (header === null) return undefined;
  const token = FORM.exec(header.trim())?.[1];
  if (token === undefined) throw invalid();
  const now = timestamp();
  const row = await env.DB.prepare(
    `SELECT id, owner, role, scopes, last_used_at FROM tokens
     WHERE hash = ?1 AND revoked_at IS NULL AND expires_at > ?2`,
  )
    .bind(await sha256(token), now)
    .first<TokenRow>();
  if (row === null) throw invalid();
  const scopes = row.scopes.split(" ");
  refuseBeyond(scopes, request);
  const due = inSeconds(-USED_EVERY_SECONDS);
  if (row.last_used_at === null || row.last_used_at < due) {
    // Only a note: a database that takes no write at the moment refuses no read for it.
    await env.DB.prepare("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1 AND COALESCE(last_used_at, '') < ?3")
      .bind(row.id, now, due)
      .run()
      .catch(() => undefined);
  }
  return { owner: row.owner, role: row.role, scopes, token_id: row.id };
}

function refuseBeyond(scopes: readonly string[], request: Request): void {
  const path = new URL(request.url).pathname;
  if (FOR_PEOPLE.test(path)) throw new ProblemError("token-not-allowed");
  const reads = request.method === "GET" || request.method === "HEAD" || ONLY_READS.test(path);
  const needed = reads ? "read" : "create";
  if (scopes.includes(needed)) return;
  throw new ProblemError("token-not-allowed", { ko: `필요한 권한: ${needed}`, en: `The scope it needs: ${needed}` });
}

/** The SQL condition that a job of `reserved` micro-won stays within its token's cap, and the token still lives.
 * Arguments are SQL parameters; a null token binds nothing. */
export function withinToken(reserved: string, tokenId: string, now: string): string {
  return `(${tokenId} IS NULL OR EXISTS (SELECT 1 FROM tokens WHERE id = ${tokenId} AND revoked_at IS NULL
    AND expires_at > ${now} AND spent_micro_won + ${reserved} <= cap_micro_won))`;
}

/** Micro-won that a token may still reserve. */
export async function tokenLeft(db: D1Database, tokenId: string): Promise<number> {
  const row = await db
    .prepare("SELECT cap_micro_won - spent_micro_won AS micro_won FROM tokens WHERE id = ?1")
    .bind(tokenId)
    .first<{ micro_won: number }>();
  return row?.micro_won ?? 0;
}

/** Why `withinToken` refused a job; `undefined` where it did not. */
export async function tokenRefusal(
  db: D1Database,
  tokenId: string | null,
  needed: number,
): Promise<ProblemError | undefined> {
  if (tokenId === null) return undefined;
  const row = await db
    .prepare("SELECT cap_micro_won, spent_micro_won, revoked_at, expires_at FROM tokens WHERE id = ?1")
    .bind(tokenId)
    .first<{ cap_micro_won: number; spent_micro_won: number; revoked_at: string | null; expires_at: string }>();
  if (row === null || row.revoked_at !== null || row.expires_at <= timestamp()) return invalid();
  if (row.spent_micro_won + needed <= row.cap_micro_won) return undefined;
  const left = Math.floor(Math.max(0, row.cap_micro_won - row.spent_micro_won) / 1e6).toLocaleString("en-US");
  const [cap, asked] = [row.cap_micro_won, needed].map((won) => Math.ceil(won / 1e6).toLocaleString("en-US"));
  const words: Words = {
    ko: `이 토큰의 한도 ${cap}원 중 ${left}원이 남았는데, 이 영상은 최대 ${asked}원이 들 수 있어요.`,
    en: `Of this token's ${cap} won, ${left} won are left; this job may take up to ${asked} won.`,
  };
  return new ProblemError("cap-exceeded", words, {
    errors: [{ pointer: "", detail: { ko: "한도: token", en: "cap: token" } }],
  });
}

async function checksumOf(chance: string): Promise<string> {
  const digest = await sha256(chance);
  return [...digest.slice(0, CHECK_LETTERS * 2).matchAll(/../g)]
    .map(([pair]) => ALPHABET[Number.parseInt(pair, 16) & 31])
    .join("");
}

function invalid(): ProblemError {
  return new ProblemError("token-invalid", undefined, { headers: { "www-authenticate": 'Bearer realm="clipwright"' } });
}
