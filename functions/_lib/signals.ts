/** When each thing last happened, and how often: rows that health, metrics and alarms read. It knows no meaning. */

import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

const ALARM_DAYS = 30;

export interface Signal {
  name: string;
  at: string;
  count: number;
}

/**
 * Notes that `name` happened now. False, and without a change, where it did within the last `quietSeconds`. Parallel
 * callers are told apart by the database.
 */
export async function note(db: D1Database, name: string, quietSeconds = 0): Promise<boolean> {
  const now = Date.now();
  const noted = await db
    .prepare(
      `INSERT INTO signals (name, at) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET at = ?2, count = count + 1 WHERE at <= ?3 RETURNING name`,
    )
    .bind(name, timestamp(now), inSeconds(-quietSeconds, now))
    .first();
  return noted !== null;
}

export async function signals(db: D1Database): Promise<Map<string, Signal>> {
  const { results } = await db.prepare("SELECT name, at, count FROM signals WHERE name NOT GLOB 'alarm:*' LIMIT 200").all<Signal>();
  return new Map(results.map((signal) => [signal.name, signal]));
}

/** Alarms may name a job or a webhook, so their rows do not stay for ever. */
export async function forgetAlarms(db: D1Database): Promise<void> {
  await db
    .prepare("DELETE FROM signals WHERE name GLOB 'alarm:*' AND at < ?1")
    .bind(inSeconds(-ALARM_DAYS * DAY_SECONDS))
    .run();
}
