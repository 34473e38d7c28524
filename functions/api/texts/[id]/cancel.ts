/** `POST` cancels a text. */

import { cancelOne } from "../../../_lib/cancel-one.ts";
import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { answerText } from "../../../_lib/texts.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const { row } = await find(env.DB, params.id, data.owner, "", "text");
  await cancelOne(env, row, waitUntil);
  const changed = await find(env.DB, row.id, data.owner, "", "text");
  return answerText(request, changed.row, data.language);
};
