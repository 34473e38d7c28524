/** `DELETE` revokes an API token at once. Its jobs stay. */

import type { Handler } from "../../_lib/env.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { timestamp } from "../../_lib/time.ts";

export const onRequestDelete: Handler<"id"> = async ({ env, data, params }) => {
  const revoked = await env.DB.prepare(
    "UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?3) WHERE id = ?1 AND owner = ?2 RETURNING id",
  )
    .bind(params.id, data.owner, timestamp())
    .first();
  if (revoked === null) throw new ProblemError("token-not-found");
  return new Response(null, { status: 204 });
};
