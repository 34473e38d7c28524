/** The API tokens of whoever is asking: loaded, made and revoked. A token's text is kept until the page is left, and shown
 * once. It does not know how. */

import type { NewToken, Token, TokenList, TokenRequest } from "../../../functions/_generated/contract";
import { call, type Failure } from "../api";
import { attempt } from "./attempt";
import { Store } from "./store";

/** Null until the list came. */
export const tokens = new Store<readonly Token[] | null>(null);
export const madeToken = new Store<NewToken | null>(null);
export const tokenFailure = new Store<Failure | null>(null);

/** Each answers whether it went well. */
export function loadTokens(): Promise<boolean> {
  return attempt(tokenFailure, load);
}

export function makeToken(request: TokenRequest): Promise<boolean> {
  return attempt(tokenFailure, async () => {
    const { body } = await call<NewToken>("/api/tokens", { method: "POST", body: request });
    madeToken.set(body);
    await load();
  });
}

export function revokeToken(id: string): Promise<boolean> {
  return attempt(tokenFailure, async () => {
    await call(`/api/tokens/${id}`, { method: "DELETE" });
    if (madeToken.value?.id === id) madeToken.set(null);
    await load();
  });
}

async function load(): Promise<void> {
  const { body } = await call<TokenList>("/api/tokens");
  if (body) tokens.set(body.tokens);
}
