/** What the sweeper looks at each minute to tell the operator: money near the site's cap, and jobs that wait long. */

import type { Cap } from "../_generated/contract.d.ts";
import { alarm } from "./alarm.ts";
import { capsOf } from "./caps.ts";
import type { Env } from "./env.ts";
import { HOUR_SECONDS, inSeconds, seoulDay } from "./time.ts";

const LONG_WAIT_SECONDS = 900;
/** Money only grows during a day, so it is told some times a day at most. */
const MONEY_QUIET_SECONDS = 6 * HOUR_SECONDS;

export async function watch(env: Env): Promise<void> {
  const { caps } = await capsOf(env.DB, "site");
  const site = caps.find(({ name }) => name === "site_day");
  if (site !== undefined) await watchMoney(env, site);
  const waiting = await env.DB.prepare(
    `SELECT COUNT(*) AS jobs, MIN(created_at) AS oldest FROM
       (SELECT created_at FROM jobs WHERE status = 'queued' AND created_at <= ?1 AND handed_at <= ?1
        ORDER BY created_at LIMIT 1000)`,
  )
    .bind(inSeconds(-LONG_WAIT_SECONDS))
    .first<{ jobs: number; oldest: string | null }>();
  if (waiting !== null && waiting.jobs > 0) await alarm(env, "jobs-waiting", { ...waiting });
}

async function watchMoney(env: Env, site: Cap): Promise<void> {
  const share = site.most === 0 ? 1 : site.used / site.most;
  const facts = { day: seoulDay(), spent_micro_won: site.used, cap_micro_won: site.most };
  if (share >= 1) await alarm(env, "site-cap-100", facts, MONEY_QUIET_SECONDS);
  else if (share >= 0.8) await alarm(env, "site-cap-80", facts, MONEY_QUIET_SECONDS);
}
