/** `GET`, by anybody: whether each part works. 200, or 503 where one failed. */

import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { health } from "../_lib/health.ts";

export const onRequestGet: Handler = async ({ env }) => {
  const found = await health(env);
  return Response.json(found, { status: found.status === "ok" ? 200 : 503 });
};

export const onRequestHead = headOf(onRequestGet);
