/** `GET /api/projects/{id}` answers a scene table, `PATCH` changes it, `DELETE` deletes it for a day. */

import { MAX_PROJECT_BYTES } from "../../../_generated/constants.ts";
import { readBody } from "../../../_lib/body.ts";
import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { deleteProject } from "../../../_lib/projects.ts";
import { matches } from "../../../_lib/range.ts";
import { changeTable } from "../../../_lib/scene-change.ts";
import { etagOf, projectOf, readTable } from "../../../_lib/scene-table.ts";
import { validate } from "../../../_lib/validate.ts";

export const onRequestGet: Handler<"id"> = async ({ request, env, params, data }) => {
  const etag = await etagOf(env.DB, data.owner, params.id);
  const headers = { etag, "cache-control": "private, no-cache", vary: "cookie" };
  if (matches(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  // What changes between the two is told by the next question, whose ETag is another one.
  return Response.json(await projectOf(await readTable(env.DB, data.owner, params.id)), { headers });
};

export const onRequestHead = headOf(onRequestGet);

export const onRequestPatch: Handler<"id"> = async ({ request, env, params, data }) => {
  const change = await readBody(request, (body) => validate("ProjectChange", body), MAX_PROJECT_BYTES);
  return Response.json(await changeTable(env.DB, data.owner, params.id, change));
};

export const onRequestDelete: Handler<"id"> = async ({ env, params, data }) => {
  await deleteProject(env.DB, data.owner, String(params.id));
  return new Response(null, { status: 204 });
};
