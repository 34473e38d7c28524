/** The API tokens of whoever is asking: loaded, made and revoked. A token's text is kept until the page is left, and shown
 * once. It does not know how. */

import type { NewToken, Token, TokenList, TokenRequest } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { Store } from "./store";

/** Null until the list came. */
export const tokens = new Store<readonly Token[] | null>(null);
export const madeToken = new Store<NewToken | null>(null);
export const tokenFailure = new Store<Failure | null>(null);

export async function loadTokens(): Promise<void> {
  await attempt(async () => {
    const { body } = await call<TokenList>("/api/tokens");
    if (body) tokens.set(body.tokens);
  });
}

export async function makeToken(request: TokenRequest): Promise<void> {
  await attempt(async () => {
    const { body } = await call<NewToken>("/api/tokens", { method: "POST", body: request });
    madeToken.set(body);
    await loadTokens();
  });
}

export async function revokeToken(id: string): Promise<void> {
  await attempt(async () => {
    await call(`/api/tokens/${id}`, { method: "DELETE" });
    if (madeToken.value?.id === id) madeToken.set(null);
    await loadTokens();
  });
}

async function attempt(work: () => Promise<void>): Promise<void> {
  tokenFailure.set(null);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tokenFailure.set(error);
  }
}
