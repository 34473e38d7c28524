/** `GET` and `HEAD`: the caller's jobs that have not ended, with one ETag for all. */

import { activeJobs } from "../../_lib/active.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { sweepOwner } from "../../_lib/sweep.ts";

export const onRequestGet: Handler = async ({ request, env, data, waitUntil }) => {
  const known = request.headers.get("if-none-match");
  const { response, isDue } = await activeJobs(env.DB, data.owner, known, data.language);
  if (isDue) waitUntil(sweepOwner(env, data.owner));
  return response;
};

export const onRequestHead = headOf(onRequestGet);
