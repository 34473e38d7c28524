/**
 * What the cron Worker does each minute: the sweep, the webhooks' messages, the look at what an operator wants to know.
 *
 * A part that fails stops no other one. The round's end is noted, so that health sees when none comes any more.
 */

import { makePatient } from "./database.ts";
import type { Env } from "./env.ts";
import { log, logError } from "./log.ts";
import { forgetAlarms, note } from "./signals.ts";
import { sweepAll } from "./sweep.ts";
import { noteVersion } from "./versions.ts";
import { watch } from "./watch.ts";
import { clearDeliveries, deliverAll } from "./webhooks.ts";

const PARTS: readonly (readonly [string, (env: Env) => Promise<unknown>])[] = [
  ["sweep", sweepAll],
  ["webhooks", deliverAll],
  ["watch", watch],
  ["deliveries", clearDeliveries],
  ["signals", ({ DB }) => forgetAlarms(DB)],
  ["version", (env) => noteVersion(env, "sweeper")],
];

/** Throws the first part's error after all parts ran, so that the platform counts the round as failed. */
export async function sweepRound(env: Env): Promise<void> {
  makePatient(env);
  const started = Date.now();
  const faults = new Map<string, unknown>();
  for (const [name, run] of PARTS) {
    try {
      await run(env);
    } catch (error) {
      faults.set(name, error);
      logError("fault", { sweep_part: name, trace: error instanceof Error ? error.stack : String(error) });
    }
  }
  await note(env.DB, faults.has("sweep") ? "sweep-failure" : "sweep");
  log("sweep", { ms: Date.now() - started, failed_parts: [...faults.keys()] });
  for (const error of faults.values()) throw error;
}
