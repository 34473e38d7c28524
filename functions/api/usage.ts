/** `GET`: the caller's spending today and in a month (days of Asia/Seoul), estimated and billed; the caps in won. */

import type { Caps, Spending, Usage } from "../_generated/contract.d.ts";
import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { ownLimitsOf, type OwnLimitRow, selectOwnLimits } from "../_lib/own-limits.ts";
import { seoulDay } from "../_lib/time.ts";
import { EVERYBODY, monthOf, monthUsage, sumsOf, type UsageRow, usageRows } from "../_lib/usage.ts";

export const onRequestGet: Handler = async ({ request, env, data }) => {
  const day = seoulDay();
  const month = monthOf(request.url, day.slice(0, 7));
  // A row for each day with a job: at most 31.
  const spent = (from: string, to: string) =>
    env.DB.prepare(
      `SELECT COALESCE(SUM(jobs), 0) AS jobs, COALESCE(SUM(estimate_micro_won), 0) AS estimate_micro_won,
         COALESCE(SUM(billed_micro_won), 0) AS billed_micro_won, COALESCE(SUM(held_micro_won), 0) AS held_micro_won
       FROM day_totals WHERE owner = ?1 AND day BETWEEN ?2 AND ?3`,
    ).bind(data.owner, from, to);
  const counted = (owner: string) =>
    env.DB.prepare("SELECT micro_won FROM day_totals WHERE owner = ?1 AND day = ?2").bind(owner, day);
  const [today, thisMonth, limits, ofDay, ofMonth, first, own, everybody, ownCaps] = await env.DB.batch([
    spent(day, day),
    spent(`${month}-01`, `${month}-31`),
    env.DB.prepare("SELECT name, micro_won FROM limits"),
    usageRows(env.DB, data.owner, day),
    usageRows(env.DB, data.owner, month),
    env.DB.prepare("SELECT MIN(day) AS day FROM day_totals WHERE owner = ?1").bind(data.owner),
    counted(data.owner),
    counted(EVERYBODY),
    selectOwnLimits(env.DB, data.owner),
  ]);
  const rows = (limits?.results ?? []) as { name: string; micro_won: number }[];
  const caps = new Map(rows.map((cap) => [cap.name, cap.micro_won]));
  const ownLimits = ownLimitsOf((ownCaps?.results ?? []) as OwnLimitRow[]);
  const left = (most: number | null | undefined, of: D1Result | undefined) =>
    Math.max(0, (most ?? 0) - ((of?.results[0] as { micro_won: number } | undefined)?.micro_won ?? 0));
  const usage: Usage = {
    day,
    month,
    first_month: ((first?.results[0] as { day: string | null } | undefined)?.day ?? day).slice(0, 7),
    today: today?.results[0] as Spending,
    this_month: thisMonth?.results[0] as Spending,
    usage_today: sumsOf((ofDay?.results ?? []) as UsageRow[]),
    usage: monthUsage((ofMonth?.results ?? []) as UsageRow[]),
    limits: Object.fromEntries([...caps].map(([name, most]) => [`${name}_micro_won`, most])) as unknown as Caps,
    own_limits: ownLimits,
    left_today_micro_won: Math.min(
      left(caps.get("owner_day"), own),
      left(ownLimits.owner_day_micro_won ?? caps.get("owner_day"), own),
      left(caps.get("site_day"), everybody),
    ),
  };
  return Response.json(usage);
};

export const onRequestHead = headOf(onRequestGet);
