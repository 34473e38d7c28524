/** Cancels all that an owner has asked for and that has not ended, a limited number at a time. */

import { dispatch, withdraw } from "./dispatch.ts";
import type { Defer, Env } from "./env.ts";
import * as gpu from "./gpu.ts";
import { HELD } from "./line.ts";
import type { JobRow } from "./row.ts";
import { cancel } from "./state.ts";
import { deliverDue } from "./webhooks.ts";

/** Some seven statements each; one invocation may make a thousand. */
const AT_A_TIME = 60;

/** Those that wait at the site first, the latest before the others: a place that gets free goes to none of them. Returns the
 * ids of those that it canceled, or asked a worker to. */
export async function cancelAll(env: Env, owner: string, defer: Defer): Promise<string[]> {
  const { results } = await env.DB.prepare(
    `SELECT id FROM jobs WHERE owner = ?1 AND status IN ('queued', 'running') AND cancel_requested = 0
     ORDER BY ${HELD} DESC, id DESC LIMIT ?2`,
  )
    .bind(owner, AT_A_TIME)
    .all<{ id: string }>();
  const taken: JobRow[] = [];
  for (const { id } of results) {
    const changed = await cancel(env.DB, id, owner);
    if (changed?.status === "running" && changed.call_id !== null) defer(gpu.cancel(env, changed.call_id));
    if (changed?.status === "canceled") {
      taken.push(changed);
      defer(deliverDue(env, { job: changed.id }));
    }
  }
  // Only now is it known whose cards nobody needs.
  defer(Promise.all(taken.map((row) => withdraw(env, row))).then(() => dispatch(env)));
  return results.map(({ id }) => id);
}
