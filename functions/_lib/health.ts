/**
 * Tests each part that the site needs, with a limit, and remembers the answer for some seconds: it is open to everybody,
 * and asking often must cost nothing. It names no address and no count.
 */

import { LATEST_MIGRATION } from "../_generated/constants.ts";
import type { Health, HealthParts } from "../_generated/contract.d.ts";
import { alarm } from "./alarm.ts";
import { buildOf, type Env } from "./env.ts";
import { inSeconds, timestamp } from "./time.ts";

type PartStatus = HealthParts["database"];

const LIMIT_MS = 3_000;
const REMEMBERED_MS = 5_000;
/** A service that sleeps is woken at most this often. */
const GPU_REMEMBERED_MS = 60_000;
export const SWEEP_LATE_SECONDS = 300;

let last: { until: number; health: Promise<Health> } | undefined;
let lastGpu: { until: number; status: PartStatus } | undefined;

export function health(env: Env): Promise<Health> {
  if (last === undefined || last.until <= Date.now()) last = { until: Date.now() + REMEMBERED_MS, health: look(env) };
  return last.health;
}

async function look(env: Env): Promise<Health> {
  const [rows, bucket, gpu] = await Promise.all([readRows(env.DB), limited(env.MEDIA.head("health")), gpuStatus(env)]);
  const found = typeof rows === "string" ? undefined : rows;
  const parts: HealthParts = {
    database: typeof rows === "string" ? rows : "ok",
    bucket: typeof bucket === "string" ? bucket : "ok",
    gpu,
    sweeper: found !== undefined && found.heard > inSeconds(-SWEEP_LATE_SECONDS) ? "ok" : "failed",
    // A newer database than this build's is a rollback's, and fits.
    migrations: found !== undefined && found.migration >= LATEST_MIGRATION ? "ok" : "failed",
  };
  if (found !== undefined && parts.sweeper === "failed") await alarm(env, "sweep-late", { last_sweep_at: found.sweep });
  // A slow part fails nothing, except the database: without it nothing works.
  const isFailed = Object.values(parts).includes("failed") || parts.database !== "ok";
  return {
    status: isFailed ? "failed" : "ok",
    at: timestamp(),
    build: buildOf(env),
    parts,
    last_sweep_at: found?.sweep ?? null,
  };
}

interface Rows {
  migration: string;
  sweep: string | null;
  /** The last sweep; before the first one the time at which the database was made ready for it. */
  heard: string;
}

async function readRows(db: D1Database): Promise<Rows | PartStatus> {
  const answer = await limited(
    db.batch<{ name: string; at: string }>([
      db.prepare("SELECT name, strftime('%Y-%m-%dT%H:%M:%fZ', applied_at) AS at FROM d1_migrations ORDER BY id DESC LIMIT 1"),
      db.prepare("SELECT name, at FROM signals WHERE name = 'sweep'"),
    ]),
  );
  if (typeof answer === "string") return answer;
  const migration = answer[0]?.results[0];
  const sweep = answer[1]?.results[0]?.at ?? null;
  return { migration: migration?.name ?? "", sweep, heard: sweep ?? migration?.at ?? "" };
}

async function gpuStatus(env: Env): Promise<PartStatus> {
  if (lastGpu !== undefined && lastGpu.until > Date.now()) return lastGpu.status;
  const status = await askGpu(env);
  lastGpu = { until: Date.now() + (status === "ok" ? GPU_REMEMBERED_MS : REMEMBERED_MS), status };
  return status;
}

async function askGpu(env: Env): Promise<PartStatus> {
  if (!env.GPU_URL) return "failed";
  try {
    const answer = await fetch(`${env.GPU_URL.replace(/\/$/, "")}/version`, {
      headers: { "modal-key": env.GPU_KEY, "modal-secret": env.GPU_SECRET },
      redirect: "manual",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await answer.body?.cancel();
    return answer.ok ? "ok" : "failed";
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "slow" : "failed";
  }
}

/** The work's value, or what its absence means. */
async function limited<Value extends object | null>(work: Promise<Value>): Promise<Value | PartStatus> {
  const late = new Promise<PartStatus>((resolve) => setTimeout(() => resolve("slow"), LIMIT_MS));
  return Promise.race([work.catch((): PartStatus => "failed"), late]);
}
