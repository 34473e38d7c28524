/** `POST` restores a deleted job, as long as its clip still exists. */

import type { Handler } from "../../../_lib/env.ts";
import { isId } from "../../../_lib/id.ts";
import { answer, find } from "../../../_lib/jobs.ts";
import { restorableSince } from "../../../_lib/library.ts";
import { ProblemError } from "../../../_lib/problem.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params }) => {
  if (!isId(params.id)) throw new ProblemError("job-not-found");
  await env.DB.prepare(
    `UPDATE jobs SET deleted_at = NULL, version = version + 1
     WHERE id = ?1 AND owner = ?2 AND purged_at IS NULL AND deleted_at > ?3`,
  )
    .bind(params.id, data.owner, restorableSince())
    .run();
  return answer(request, await find(env.DB, params.id, data.owner), data.language);
};
