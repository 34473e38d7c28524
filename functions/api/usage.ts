/** `GET`: the caller's spending today and this month (days of Asia/Seoul), estimated and billed; the caps in won. */

import type { Caps, Spending, Usage } from "../_generated/contract.d.ts";
import type { Handler } from "../_lib/env.ts";
import { headOf } from "../_lib/head.ts";
import { seoulDay } from "../_lib/time.ts";

export const onRequestGet: Handler = async ({ env, data }) => {
  const day = seoulDay();
  const month = day.slice(0, 7);
  // A row for each day with a job: at most 31.
  const spent = (from: string, to: string) =>
    env.DB.prepare(
      `SELECT COALESCE(SUM(jobs), 0) AS jobs, COALESCE(SUM(estimate_micro_won), 0) AS estimate_micro_won,
         COALESCE(SUM(billed_micro_won), 0) AS billed_micro_won, COALESCE(SUM(held_micro_won), 0) AS held_micro_won
       FROM day_totals WHERE owner = ?1 AND day BETWEEN ?2 AND ?3`,
    ).bind(data.owner, from, to);
  const [today, thisMonth, limits] = await env.DB.batch([
    spent(day, day),
    spent(`${month}-01`, `${month}-31`),
    env.DB.prepare("SELECT name, micro_won FROM limits"),
  ]);
  const caps = (limits?.results ?? []) as { name: string; micro_won: number }[];
  const usage: Usage = {
    day,
    month,
    today: today?.results[0] as Spending,
    this_month: thisMonth?.results[0] as Spending,
    limits: Object.fromEntries(caps.map((cap) => [`${cap.name}_micro_won`, cap.micro_won])) as unknown as Caps,
  };
  return Response.json(usage);
};

export const onRequestHead = headOf(onRequestGet);
