/** `POST` makes an API token and shows it this once; `GET` lists the caller's own, newest first. */

import type { NewToken, Scope, Token, TokenList } from "../../_generated/contract.d.ts";
import { readBody } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { newId } from "../../_lib/id.ts";
import { sha256 } from "../../_lib/log.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "../../_lib/time.ts";
import { newToken } from "../../_lib/tokens.ts";
import { validate } from "../../_lib/validate.ts";

const MOST_TOKENS = 20;
/** Revoked and ended ones are shown for this long. */
const SHOWN_DAYS = 30;
const COLUMNS = `id, name, scopes, cap_micro_won, spent_micro_won, created_at, expires_at, revoked_at, last_used_at`;

type TokenRow = Omit<Token, "scopes"> & { scopes: string };

export const onRequestPost: Handler = async ({ request, env, data }) => {
  if (data.via === "token") throw new ProblemError("token-not-allowed");
  const { name, scopes, cap_won, days } = await readBody(request, (body) => validate("TokenRequest", body));
  const now = Date.now();
  const token = await newToken();
  const row = await env.DB.prepare(
    `INSERT INTO tokens (id, hash, owner, role, name, scopes, cap_micro_won, created_at, expires_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ?10 >
       (SELECT COUNT(*) FROM tokens WHERE owner = ?3 AND revoked_at IS NULL AND expires_at > ?8)
     RETURNING ${COLUMNS}`,
  )
    .bind(
      newId(now),
      await sha256(token),
      data.owner,
      data.role ?? "member",
      name,
      [...new Set(scopes)].join(" "),
      cap_won * 1_000_000,
      timestamp(now),
      inSeconds(days * DAY_SECONDS, now),
      MOST_TOKENS,
    )
    .first<TokenRow>();
  if (row === null) throw new ProblemError("too-many");
  const made: NewToken = { ...tokenOf(row), token };
  return Response.json(made, { status: 201 });
};

export const onRequestGet: Handler = async ({ env, data }) => {
  const { results } = await env.DB.prepare(
    `SELECT ${COLUMNS} FROM tokens WHERE owner = ?1 AND COALESCE(revoked_at, expires_at) > ?2 ORDER BY id DESC LIMIT 100`,
  )
    .bind(data.owner, inSeconds(-SHOWN_DAYS * DAY_SECONDS))
    .all<TokenRow>();
  const list: TokenList = { tokens: results.map(tokenOf) };
  return Response.json(list);
};

export const onRequestHead = headOf(onRequestGet);

function tokenOf(row: TokenRow): Token {
  return { ...row, scopes: row.scopes.split(" ") as Scope[] };
}
