/** `DELETE` everything of the caller's: clips, pictures and texts, at once and for good. Prices and times stay. */

import { readBody } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { erase } from "../../_lib/erase.ts";
import { clearObjects } from "../../_lib/retention.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestDelete: Handler = async ({ request, env, data, waitUntil }) => {
  await readBody(request, (body) => validate("EraseRequest", body));
  const erased = await erase(env.DB, data.owner);
  waitUntil(clearObjects(env));
  return Response.json(erased);
};
