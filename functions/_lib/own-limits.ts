/** The caps that a person has set for themselves. `caps.ts` holds jobs to them; a cap above the site's changes nothing. */

import type { OwnLimits } from "../_generated/contract.d.ts";

const NAMES = { job_micro_won: "job", owner_day_micro_won: "owner_day" } as const;
const KEYS = Object.keys(NAMES) as (keyof OwnLimits)[];

export interface OwnLimitRow {
  name: string;
  micro_won: number;
}

export function selectOwnLimits(db: D1Database, owner: string): D1PreparedStatement {
  return db.prepare("SELECT name, micro_won FROM own_limits WHERE owner = ?1").bind(owner);
}

export function ownLimitsOf(rows: readonly OwnLimitRow[]): OwnLimits {
  const found = new Map(rows.map(({ name, micro_won }) => [name, micro_won]));
  return Object.fromEntries(KEYS.map((key) => [key, found.get(NAMES[key]) ?? null])) as unknown as OwnLimits;
}

export async function setOwnLimits(db: D1Database, owner: string, limits: OwnLimits): Promise<void> {
  await db.batch(
    KEYS.map((key) =>
      limits[key] === null
        ? db.prepare("DELETE FROM own_limits WHERE owner = ?1 AND name = ?2").bind(owner, NAMES[key])
        : db
            .prepare(
              `INSERT INTO own_limits (owner, name, micro_won) VALUES (?1, ?2, ?3)
               ON CONFLICT (owner, name) DO UPDATE SET micro_won = ?3`,
            )
            .bind(owner, NAMES[key], limits[key]),
    ),
  );
}
