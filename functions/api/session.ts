/** `POST`: begins a session of a public site, or renews it, after the check that a human asks. */

import type { Session } from "../_generated/contract.d.ts";
import { readBody } from "../_lib/body.ts";
import type { Handler } from "../_lib/env.ts";
import { countCall } from "../_lib/hourly-limits.ts";
import { ProblemError } from "../_lib/problem.ts";
import { beginSession } from "../_lib/session.ts";
import { timestamp } from "../_lib/time.ts";
import { verifyChallenge } from "../_lib/turnstile.ts";
import { validate } from "../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env }) => {
  if (env.ACCESS_MODE !== "PUBLIC") throw new ProblemError("route-not-found");
  const { token } = await readBody(request, (body) => validate("SessionRequest", body));
  await countCall(env, request, "session");
  await verifyChallenge(env, request, token);
  const { session, set_cookie } = await beginSession(request, env.COOKIE_SECRET);
  const answer: Session = { owner: session.owner, ends_at: timestamp(session.ends_at) };
  return Response.json(answer, { status: 201, headers: { "set-cookie": set_cookie } });
};
