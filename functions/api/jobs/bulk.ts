/** `POST` deletes, restores or marks several jobs in one request. Sent twice, it changes nothing more. */

import { readBody } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { changeSeveral } from "../../_lib/keeping.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env, data }) => {
  const change = await readBody(request, (body) => validate("BulkChange", body));
  return Response.json(await changeSeveral(env.DB, data.owner, change));
};
