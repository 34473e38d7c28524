/** `GET`, by anybody: the whole API as OpenAPI 3.1. */

import openapi from "../_generated/openapi.json" with { type: "json" };
import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";

export const onRequestGet: Handler = async () =>
  Response.json(openapi, { headers: { "cache-control": "public, max-age=300" } });

export const onRequestHead = headOf(onRequestGet);
