/** Cancels one job for its owner: a queued one at once, a running one as soon as its worker sees the request. */

import { dispatch, withdraw } from "./dispatch.ts";
import type { Defer, Env } from "./env.ts";
import * as gpu from "./gpu.ts";
import { ProblemError } from "./problem.ts";
import type { JobRow } from "./row.ts";
import { cancel } from "./state.ts";
import { deliverDue } from "./webhooks.ts";

/** Throws job-not-cancelable for one that has ended in another way. */
export async function cancelOne(env: Env, { id, owner }: JobRow, defer: Defer): Promise<void> {
  const changed = await cancel(env.DB, id, owner);
  if (changed === undefined && !(await isCanceled(env.DB, id))) throw new ProblemError("job-not-cancelable");
  if (changed?.status === "running" && changed.call_id !== null) defer(gpu.cancel(env, changed.call_id));
  if (changed?.status === "canceled") {
    defer(withdrawn(env, changed));
    defer(deliverDue(env, { job: changed.id }));
  }
}

async function withdrawn(env: Env, row: JobRow): Promise<void> {
  await withdraw(env, row);
  await dispatch(env);
}

async function isCanceled(db: D1Database, id: string): Promise<boolean> {
  return (await db.prepare("SELECT 1 FROM jobs WHERE id = ? AND status = 'canceled'").bind(id).first()) !== null;
}
