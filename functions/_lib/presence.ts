/** Who works on an open page at the moment: what a card without work waits for. It knows no card. */

import { inSeconds, timestamp } from "./time.ts";

/** A page tells it each 20 seconds at most. */
const FRESH_SECONDS = 30;
const WRITTEN_EVERY_SECONDS = 5;
const FORGOTTEN_SECONDS = 600;

export async function notePresence(db: D1Database, owner: string): Promise<void> {
  await db
    .prepare(
      `INSERT INTO presence (owner, at) VALUES (?1, ?2)
       ON CONFLICT (owner) DO UPDATE SET at = excluded.at WHERE presence.at < ?3`,
    )
    .bind(owner, timestamp(), inSeconds(-WRITTEN_EVERY_SECONDS))
    .run();
}

export async function isSomebodyThere(db: D1Database): Promise<boolean> {
  const row = await db
    .prepare("SELECT 1 FROM presence WHERE at > ?1 LIMIT 1")
    .bind(inSeconds(-FRESH_SECONDS))
    .first();
  return row !== null;
}

export async function forgetPresence(db: D1Database): Promise<void> {
  await db.prepare("DELETE FROM presence WHERE at <= ?1").bind(inSeconds(-FORGOTTEN_SECONDS)).run();
}
