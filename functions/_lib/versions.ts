/**
 * Which build and contract each part runs. The GPU service is asked; the cron Worker, which the site cannot reach, notes
 * its own. An absent part costs a short wait and no fault.
 */

import { CONTRACT } from "../_generated/constants.ts";
import type { PartVersion } from "../_generated/contract.d.ts";
import { buildOf, type Env } from "./env.ts";
import { gpuVersion } from "./gpu.ts";
import { timestamp } from "./time.ts";

type Part = PartVersion["part"];

export async function versions(env: Env): Promise<PartVersion[]> {
  const [gpu, noted] = await Promise.all([
    gpuVersion(env),
    env.DB.prepare("SELECT part, build, contract FROM part_versions").all<{ part: Part; build: string; contract: string }>(),
  ]);
  const sweeper = noted.results.find(({ part }) => part === "sweeper");
  return [
    { part: "site", build: buildOf(env), contract: CONTRACT },
    { part: "sweeper", build: sweeper?.build ?? null, contract: sweeper?.contract ?? null },
    { part: "gpu", build: gpu?.build ?? null, contract: gpu?.contract ?? null },
  ];
}

/** Writes what this part runs, where it has changed. */
export async function noteVersion(env: Env, part: Part): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO part_versions (part, build, contract, at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (part) DO UPDATE SET build = ?2, contract = ?3, at = ?4 WHERE build <> ?2 OR contract <> ?3`,
  )
    .bind(part, buildOf(env), CONTRACT, timestamp())
    .run();
}
