/** `GET`, for the operator or a token of theirs: versions, releases, containers, queue, failures, money, caps, prices. */

import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { operatorView } from "../_lib/operator.ts";
import { ProblemError } from "../_lib/problem.ts";

export const onRequestGet: Handler = async ({ env, data }) => {
  if (data.role !== "operator") throw new ProblemError("operator-only");
  return Response.json(await operatorView(env, data.owner, data.language));
};

export const onRequestHead = headOf(onRequestGet);
