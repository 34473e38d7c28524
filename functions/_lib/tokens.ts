/** Tokens of scripts. This site gives out none yet, so it refuses each one. */

import type { Env } from "./env.ts";
import { ProblemError } from "./problem.ts";

export interface TokenOwner {
  owner: string;
  scopes: string[];
  token_id: string;
}

/** The owner of the request's token; `undefined` for a request without one. Throws sign-in-needed. */
export async function ownerOfToken(_env: Env, request: Request): Promise<TokenOwner | undefined> {
  if (!/^bearer /i.test(request.headers.get("authorization") ?? "")) return undefined;
  throw new ProblemError("sign-in-needed");
}
