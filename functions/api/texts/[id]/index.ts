/** `GET` and `HEAD` one text, with an ETag. */

import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { find } from "../../../_lib/jobs.ts";
import { isDue, sweepJob } from "../../../_lib/sweep.ts";
import { answerText } from "../../../_lib/texts.ts";

export const onRequestGet: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const { row } = await find(env.DB, params.id, data.owner, "", "text");
  if (isDue(row)) waitUntil(sweepJob(env, row));
  return answerText(request, row, data.language);
};

export const onRequestHead = headOf(onRequestGet);
