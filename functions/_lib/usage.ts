/**
 * A month's jobs in sums, from rows that triggers keep (migration 0011): one short read, however many jobs there were.
 * Grouping adds whole numbers up; no price is computed here. The owner `*` is everybody.
 */

import type { MonthUsage, NamedSums, ProjectSums, UsageSums } from "../_generated/contract.d.ts";
import { type FieldFault, ProblemError } from "./problem.ts";

export const EVERYBODY = "*";

type Amount = Exclude<keyof UsageSums, "billed_micro_won" | "per_delivered_micro_won">;

/** One day's jobs of one preset, card and batch. `project_id`: whose scenes they are, or null; `title` is null, too, where
 * that table is gone. */
export type UsageRow = Record<Amount, number> & {
  day: string;
  preset: string;
  gpu: string;
  project_id: string | null;
  title: string | null;
};

const AMOUNTS: readonly Amount[] = [
  ...(["jobs", "delivered", "failed", "canceled"] as const),
  ...(["estimate_micro_won", "clips_micro_won", "start_micro_won", "canceled_micro_won"] as const),
];

const COUNTS: ReadonlySet<Amount> = new Set(["jobs", "delivered", "failed", "canceled"]);

function isClip({ preset }: UsageRow): boolean {
  return preset !== "prompt_help";
}

/** The rows of a month, `2026-11`, or of a day, in their order. */
export function usageRows(db: D1Database, owner: string, period: string): D1PreparedStatement {
  const [from, to] = period.length === 7 ? [`${period}-01`, `${period}-31`] : [period, period];
  return db
    .prepare(
      `SELECT day, preset, gpu, project_id, projects.title, ${AMOUNTS.map((amount) => `spent.${amount}`).join(", ")}
       FROM usage_totals AS spent
       LEFT JOIN batches ON batches.id = spent.batch_id
       LEFT JOIN projects ON projects.id = batches.project_id
       WHERE spent.owner = ?1 AND day BETWEEN ?2 AND ?3 AND jobs > 0 ORDER BY day, preset, gpu, batch_id`,
    )
    .bind(owner, from, to);
}

export function monthUsage(rows: readonly UsageRow[]): MonthUsage {
  return {
    sums: sumsOf(rows),
    days: grouped(rows, "day"),
    presets: grouped(rows, "preset"),
    cards: grouped(rows, "gpu"),
    projects: byTable(rows),
  };
}

/** `counted`: whose numbers are added up beside the money. Texts are no clips, and count among themselves alone. */
export function sumsOf(rows: readonly UsageRow[], counted: readonly UsageRow[] = rows.filter(isClip)): UsageSums {
  const total = (of: readonly UsageRow[], amount: Amount) => of.reduce((all, row) => all + row[amount], 0);
  const sum = (amount: Amount) => total(COUNTS.has(amount) ? counted : rows, amount);
  const added = Object.fromEntries(AMOUNTS.map((amount) => [amount, sum(amount)])) as Record<Amount, number>;
  const billed = added.clips_micro_won + added.start_micro_won + added.canceled_micro_won;
  const each = added.delivered === 0 ? null : Math.round(billed / added.delivered);
  return { ...added, billed_micro_won: billed, per_delivered_micro_won: each };
}

/** By name; rows without one are left out. */
function grouped(rows: readonly UsageRow[], by: "day" | "preset" | "gpu"): NamedSums[] {
  const names = [...new Set(rows.map((row) => row[by]))].filter((name) => name !== "").sort();
  return names.map((name) => {
    const own = rows.filter((row) => row[by] === name);
    return { name, ...(by === "preset" ? sumsOf(own, own) : sumsOf(own)) };
  });
}

/** In the order that people read: tables by title, tables that are gone, what is of no table. */
function byTable(rows: readonly UsageRow[]): ProjectSums[] {
  const place = ({ project_id, title }: ProjectSums) => (title !== null ? 0 : project_id !== null ? 1 : 2);
  return [...new Set(rows.map(({ project_id }) => project_id))]
    .map((project_id) => {
      const own = rows.filter((row) => row.project_id === project_id);
      return { project_id, title: own[0]?.title ?? null, ...sumsOf(own) };
    })
    .sort((a, b) => place(a) - place(b) || (a.title ?? "").localeCompare(b.title ?? ""));
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
