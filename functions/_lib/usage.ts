/**
 * A month's jobs in sums, from rows that triggers keep (migration 0011): one short read, however many jobs there were.
 * Grouping adds whole numbers up; no price is computed here. The owner `*` is everybody.
 */

import type { MonthUsage, NamedSums, UsageSums } from "../_generated/contract.d.ts";
import { type FieldFault, ProblemError } from "./problem.ts";

export const EVERYBODY = "*";

type Amount = Exclude<keyof UsageSums, "billed_micro_won" | "per_delivered_micro_won">;

/** One day's jobs of one preset, card and batch. */
export type UsageRow = Record<Amount, number> & { day: string; preset: string; gpu: string; batch_id: string };

const AMOUNTS: readonly Amount[] = [
  ...(["jobs", "delivered", "failed", "canceled"] as const),
  ...(["estimate_micro_won", "clips_micro_won", "start_micro_won", "canceled_micro_won"] as const),
];

/** The rows of a month, `2026-11`, or of a day, in their order. */
export function usageRows(db: D1Database, owner: string, period: string): D1PreparedStatement {
  const [from, to] = period.length === 7 ? [`${period}-01`, `${period}-31`] : [period, period];
  return db
    .prepare(
      `SELECT day, preset, gpu, batch_id, ${AMOUNTS.join(", ")} FROM usage_totals
       WHERE owner = ?1 AND day BETWEEN ?2 AND ?3 AND jobs > 0 ORDER BY day, preset, gpu, batch_id`,
    )
    .bind(owner, from, to);
}

export function monthUsage(rows: readonly UsageRow[]): MonthUsage {
  return {
    sums: sumsOf(rows),
    days: grouped(rows, "day"),
    presets: grouped(rows, "preset"),
    cards: grouped(rows, "gpu"),
    batches: grouped(rows, "batch_id"),
  };
}

export function sumsOf(rows: readonly UsageRow[]): UsageSums {
  const sum = (amount: Amount) => rows.reduce((total, row) => total + row[amount], 0);
  const added = Object.fromEntries(AMOUNTS.map((amount) => [amount, sum(amount)])) as Record<Amount, number>;
  const billed = added.clips_micro_won + added.start_micro_won + added.canceled_micro_won;
  const each = added.delivered === 0 ? null : Math.round(billed / added.delivered);
  return { ...added, billed_micro_won: billed, per_delivered_micro_won: each };
}

/** By name; rows without one are left out. */
function grouped(rows: readonly UsageRow[], by: "day" | "preset" | "gpu" | "batch_id"): NamedSums[] {
  const names = [...new Set(rows.map((row) => row[by]))].filter((name) => name !== "").sort();
  return names.map((name) => ({ name, ...sumsOf(rows.filter((row) => row[by] === name)) }));
}

/** The month of the address's query, or `present`. Throws invalid-job. */
export function monthOf(url: string, present: string): string {
  const asked = new URL(url).searchParams.get("month");
  if (asked === null || /^2\d{3}-(0[1-9]|1[0-2])$/.test(asked)) return asked ?? present;
  const fault: FieldFault = {
    pointer: "/month",
    detail: { ko: "2026-11처럼 써 주세요.", en: "Write it as 2026-11." },
  };
  throw new ProblemError("invalid-job", undefined, { errors: [fault] });
}
