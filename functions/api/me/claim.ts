/** `POST`: moves the clips that this browser made before its person was known to the caller, once. */

import { forgetBrowserOwner } from "../../_lib/browser-owner.ts";
import { claim } from "../../_lib/claim.ts";
import type { Handler } from "../../_lib/env.ts";
import { ProblemError } from "../../_lib/problem.ts";

export const onRequestPost: Handler = async ({ request, env, data }) => {
  if (data.via !== "access" && data.via !== "session") throw new ProblemError("nothing-to-claim");
  const response = Response.json(await claim(env, request, data.owner));
  for (const cookie of forgetBrowserOwner(request)) response.headers.append("set-cookie", cookie);
  return response;
};
