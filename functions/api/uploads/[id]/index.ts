/** `DELETE` a picture that no open job uses. */

import type { Handler } from "../../../_lib/env.ts";
import { clearObjects } from "../../../_lib/retention.ts";
import { remove } from "../../../_lib/upload.ts";

export const onRequestDelete: Handler<"id"> = async ({ env, data, params, waitUntil }) => {
  await remove(env.DB, String(params.id), data.owner);
  waitUntil(clearObjects(env));
  return new Response(null, { status: 204 });
};
