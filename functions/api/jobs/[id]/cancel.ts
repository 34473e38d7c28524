/** `POST` cancels a job. */

import { cancelOne } from "../../../_lib/cancel-one.ts";
import type { Handler } from "../../../_lib/env.ts";
import { answer, find } from "../../../_lib/jobs.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  await cancelOne(env, row, waitUntil);
  return answer(request, await find(env.DB, row.id, data.owner), data.language);
};
