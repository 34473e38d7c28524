/**
 * Moves what a browser made before its person was known to the owner who signed in, once. The signed cookie of that time
 * proves whose it was. The money moves along, so a cap counts it once.
 */

import type { Claimed } from "../_generated/contract.d.ts";
import { browserOwner } from "./browser-owner.ts";
import type { Env } from "./env.ts";
import { ProblemError } from "./problem.ts";
import { timestamp } from "./time.ts";

/** True when this browser holds the cookie of an owner with clips or scene tables, and nobody has claimed them. */
export async function isClaimable(env: Env, request: Request, owner: string): Promise<boolean> {
  const before = await earlierOwner(env, request, owner);
  if (before === undefined) return false;
  const row = await env.DB.prepare(
    `SELECT 1 FROM (SELECT 1 FROM jobs WHERE owner = ?1 AND deleted_at IS NULL
       UNION ALL SELECT 1 FROM projects WHERE owner = ?1 AND deleted_at IS NULL)
     WHERE NOT EXISTS (SELECT 1 FROM claims WHERE earlier_owner = ?1) LIMIT 1`,
  )
    .bind(before)
    .first();
  return row !== null;
}

/** Throws nothing-to-claim without the cookie, or when its clips were claimed before. */
export async function claim(env: Env, request: Request, owner: string): Promise<Claimed> {
  const before = await earlierOwner(env, request, owner);
  if (before === undefined) throw new ProblemError("nothing-to-claim");
  const id = crypto.randomUUID();
  // The first statement decides; the others do nothing unless it has written this very claim.
  const won = "EXISTS (SELECT 1 FROM claims WHERE earlier_owner = ?1 AND id = ?3)";
  const move = (table: string, how = "UPDATE") =>
    env.DB.prepare(`${how} ${table} SET owner = ?2 WHERE owner = ?1 AND ${won} RETURNING owner`).bind(before, owner, id);
  const [claimed, jobs, uploads] = await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO claims (earlier_owner, owner, id, at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (earlier_owner) DO NOTHING RETURNING id`,
    ).bind(before, owner, id, timestamp()),
    move("jobs"),
    move("uploads"),
    move("batches", "UPDATE OR IGNORE"),
    move("projects", "UPDATE OR IGNORE"),
    move("channel_presets"),
    move("tokens"),
    move("webhooks"),
    move("idempotency_keys", "UPDATE OR IGNORE"),
    // By the jobs, which have an index; what the site itself lost over them stays the site's.
    env.DB.prepare(
      `UPDATE ledger SET owner = ?2 WHERE owner = ?1 AND job_id IN (SELECT id FROM jobs WHERE owner = ?2) AND ${won}`,
    ).bind(before, owner, id),
  ]);
  if (claimed?.results.length !== 1) throw new ProblemError("nothing-to-claim");
  return { jobs: jobs?.results.length ?? 0, uploads: uploads?.results.length ?? 0 };
}

async function earlierOwner(env: Env, request: Request, owner: string): Promise<string | undefined> {
  if (!env.COOKIE_SECRET) return undefined;
  const before = (await browserOwner(request, env.COOKIE_SECRET))?.owner;
  return before === owner ? undefined : before;
}
