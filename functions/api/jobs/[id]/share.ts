/** `POST` makes a link that opens the clip for others, and ends the one of before; `DELETE` ends it. */

import { readBody } from "../../../_lib/body.ts";
import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { share, unshare } from "../../../_lib/share.ts";
import { validate } from "../../../_lib/validate.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params }) => {
  const { days } = await readBody(request, (body) => validate("ShareRequest", body));
  const { row } = await find(env.DB, params.id, data.owner);
  return Response.json(await share(env.DB, row, days), { status: 201 });
};

export const onRequestDelete: Handler<"id"> = async ({ env, data, params }) => {
  await unshare(env.DB, (await find(env.DB, params.id, data.owner)).row);
  return new Response(null, { status: 204 });
};
