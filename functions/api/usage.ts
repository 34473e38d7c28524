/** `GET`: the caller's spending today and this month (days of Asia/Seoul), estimated and billed, and the caps. */

import type { Caps, Spending, Usage } from "../_generated/contract.d.ts";
import type { Handler } from "../_lib/env.ts";
import { type CapRow, capsWithSpending } from "../_lib/ledger.ts";
import { seoulDay } from "../_lib/time.ts";

export const onRequestGet: Handler = async ({ env, data }) => {
  const day = seoulDay();
  const month = day.slice(0, 7);
  const spent = (from: string, to: string) =>
    env.DB.prepare(
      `SELECT COUNT(*) AS jobs, COALESCE(SUM(estimate_micro_won), 0) AS estimate_micro_won,
         COALESCE(SUM(billed_micro_won), 0) AS billed_micro_won,
         COALESCE(SUM(CASE WHEN status IN ('queued', 'running') THEN reserved_micro_won END), 0) AS held_micro_won
       FROM jobs WHERE owner = ?1 AND day BETWEEN ?2 AND ?3`,
    ).bind(data.owner, from, to);
  const [today, thisMonth, caps] = await env.DB.batch([
    spent(day, day),
    spent(`${month}-01`, `${month}-31`),
    capsWithSpending(env.DB, data.owner, day),
  ]);
  const limits = Object.fromEntries(
    ((caps?.results ?? []) as CapRow[]).map((cap) => [`${cap.name}_micro_won`, cap.micro_won]),
  ) as unknown as Caps;
  const usage: Usage = {
    day,
    month,
    today: today?.results[0] as Spending,
    this_month: thisMonth?.results[0] as Spending,
    limits,
  };
  return Response.json(usage);
};
