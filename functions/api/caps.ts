/** `GET` every cap with its use; `PUT` changes some, or stops and admits new jobs. For operators alone. */

import { readBody } from "../_lib/body.ts";
import { capsOf, changeCaps } from "../_lib/caps.ts";
import type { Handler, RequestData } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { ProblemError } from "../_lib/problem.ts";
import { validate } from "../_lib/validate.ts";

export const onRequestGet: Handler = async ({ env, data }) => {
  refuseOthers(data);
  return Response.json(await capsOf(env.DB, data.owner));
};

export const onRequestHead = headOf(onRequestGet);

export const onRequestPut: Handler = async ({ request, env, data }) => {
  refuseOthers(data);
  const change = await readBody(request, (body) => validate("CapsChange", body));
  await changeCaps(env.DB, change);
  console.warn(JSON.stringify({ caps: change, by: data.owner }));
  return Response.json(await capsOf(env.DB, data.owner));
};

function refuseOthers({ role }: RequestData): void {
  if (role !== "operator") throw new ProblemError("operator-only");
}
