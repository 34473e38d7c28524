/** `GET`, for the operator or a token of theirs: counters as Prometheus text. */

import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { metrics } from "../_lib/metrics.ts";
import { ProblemError } from "../_lib/problem.ts";

export const onRequestGet: Handler = async ({ env, data }) => {
  if (data.role !== "operator") throw new ProblemError("operator-only");
  return new Response(await metrics(env.DB), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
};

export const onRequestHead = headOf(onRequestGet);
