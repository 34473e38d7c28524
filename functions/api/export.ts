/** `GET` and `HEAD`: the caller's own data, as one JSON file that links to clips and pictures. */

import type { Handler } from "../_lib/env.ts";
import { exportOf } from "../_lib/export.ts";
import { headOf } from "../_lib/head.ts";
import { seoulDay } from "../_lib/time.ts";

export const onRequestGet: Handler = async ({ env, data }) =>
  new Response(exportOf(env.DB, data.owner, data.language), {
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-disposition": `attachment; filename="clipwright-${seoulDay()}.json"`,
    },
  });

export const onRequestHead = headOf(onRequestGet);
