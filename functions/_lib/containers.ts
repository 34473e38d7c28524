/**
 * What containers cost, from their own signed reports: one row each, whose numbers are sums since it opened. A late or
 * repeated report changes nothing. It knows no job.
 */

import type { ContainerReport } from "../_generated/contract.d.ts";
import { accepted } from "./body.ts";
import type { Env } from "./env.ts";
import { verified } from "./events.ts";
import { secondOf } from "./losses.ts";
import { DAY_SECONDS, inSeconds, seoulDay, timestamp } from "./time.ts";
import { validate } from "./validate.ts";

/** A container reports at its start, after each job and at its end. One that is silent for longer than a start, a job
 * and its idle time together was killed: what is known of it is its last report. */
const SILENT_SECONDS = 3_600;
/** Platforms end a container after a day. */
const LONGEST_LIFE_SECONDS = DAY_SECONDS + 3_600;

/** Throws event-unsigned, event-stale, not-json or invalid-job. */
export function verifyReport(env: Env, headers: Headers, bytes: Uint8Array): ContainerReport {
  return accepted(validate("ContainerReport", verified(env, headers, bytes)));
}

/** Keeps a report, unless a later one of the same container is known. */
export async function keepReport(db: D1Database, report: ContainerReport): Promise<void> {
  const now = timestamp();
  const at = earlier(report.at, now);
  // Its clock may be off, and its numbers wrong: no container costs more than the price of its life.
  const opened = later(earlier(report.opened_at, at), inSeconds(-LONGEST_LIFE_SECONDS));
  const life = Math.max(0, Date.parse(at) - Date.parse(opened)) / 1_000 + 1;
  const total = Math.min(Math.round(report.total_micro_won), Math.ceil(life * secondOf(report.gpu)));
  await db
    .prepare(
      `INSERT INTO containers (container_id, gpu, checkpoint, deploy, opened_at, ready_at, closed_at, at, day,
         boot_seconds, busy_seconds, idle_seconds, total_micro_won, jobs_micro_won, unassigned_micro_won)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, MAX(0, ?13 - ?14))
       ON CONFLICT (container_id) DO UPDATE SET ready_at = excluded.ready_at, closed_at = excluded.closed_at,
         at = excluded.at, boot_seconds = excluded.boot_seconds, busy_seconds = excluded.busy_seconds,
         idle_seconds = excluded.idle_seconds, total_micro_won = excluded.total_micro_won,
         jobs_micro_won = excluded.jobs_micro_won, unassigned_micro_won = excluded.unassigned_micro_won
       WHERE excluded.total_micro_won >= containers.total_micro_won AND excluded.at >= containers.at
         AND (excluded.closed_at IS NOT NULL OR containers.closed_at IS NULL OR excluded.at > containers.at)`,
    )
    .bind(
      report.container_id,
      report.gpu,
      report.checkpoint,
      report.deploy,
      opened,
      earlier(report.ready_at, now),
      earlier(report.closed_at, now),
      at,
      seoulDay(Date.parse(opened)),
      report.boot_seconds,
      report.busy_seconds,
      report.idle_seconds,
      total,
      report.jobs_micro_won,
    )
    .run();
}

/** Closes containers that were killed without a last report, at the last one that they sent. */
export async function closeSilentContainers(db: D1Database): Promise<void> {
  await db
    .prepare("UPDATE containers SET closed_at = at WHERE closed_at IS NULL AND at <= ?1")
    .bind(inSeconds(-SILENT_SECONDS))
    .run();
}

function earlier<Moment extends string | null>(moment: Moment, limit: string): Moment | string {
  return moment !== null && moment > limit ? limit : moment;
}

function later(moment: string, limit: string): string {
  return moment < limit ? limit : moment;
}
