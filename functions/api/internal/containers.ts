/** `POST` from a container alone: a signed report of what it has cost so far. */

import { readBytes } from "../../_lib/body.ts";
import { keepReport, verifyReport } from "../../_lib/containers.ts";
import type { Handler } from "../../_lib/env.ts";

export const onRequestPost: Handler = async ({ request, env }) => {
  const report = verifyReport(env, request.headers, await readBytes(request));
  await keepReport(env.DB, report);
  return Response.json({ applied: true });
};
