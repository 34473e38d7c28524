/** What the sweeper looks at each minute to tell the operator: money near the site's cap, and jobs that wait long. */

import { alarm } from "./alarm.ts";
import type { Env } from "./env.ts";
import { type CapRow, capsWithSpending } from "./ledger.ts";
import { HOUR_SECONDS, inSeconds, seoulDay } from "./time.ts";

const LONG_WAIT_SECONDS = 900;
/** Money only grows during a day, so it is told some times a day at most. */
const MONEY_QUIET_SECONDS = 6 * HOUR_SECONDS;

export async function watch(env: Env): Promise<void> {
  const day = seoulDay();
  const { results: caps } = await capsWithSpending(env.DB, "site", day).all<CapRow>();
  const site = caps.find(({ name }) => name === "site_day");
  if (site !== undefined) await watchMoney(env, day, site);
  const waiting = await env.DB.prepare(
    `SELECT COUNT(*) AS jobs, MIN(created_at) AS oldest FROM
       (SELECT created_at FROM jobs WHERE status = 'queued' AND created_at <= ?1 ORDER BY created_at LIMIT 1000)`,
  )
    .bind(inSeconds(-LONG_WAIT_SECONDS))
    .first<{ jobs: number; oldest: string | null }>();
  if (waiting !== null && waiting.jobs > 0) await alarm(env, "jobs-waiting", { ...waiting });
}

async function watchMoney(env: Env, day: string, site: CapRow): Promise<void> {
  const share = site.micro_won === 0 ? 1 : site.spent_micro_won / site.micro_won;
  const facts = { day, spent_micro_won: site.spent_micro_won, cap_micro_won: site.micro_won };
  if (share >= 1) await alarm(env, "site-cap-100", facts, MONEY_QUIET_SECONDS);
  else if (share >= 0.8) await alarm(env, "site-cap-80", facts, MONEY_QUIET_SECONDS);
}
