/** `POST /api/projects/{id}/restore` takes back the deletion of a scene table. */

import type { Handler } from "../../../_lib/env.ts";
import { restoreProject } from "../../../_lib/projects.ts";
import { projectOf, readTable } from "../../../_lib/scene-table.ts";

export const onRequestPost: Handler<"id"> = async ({ env, params, data }) => {
  await restoreProject(env.DB, data.owner, String(params.id));
  return Response.json(await projectOf(await readTable(env.DB, data.owner, params.id)));
};
