/**
 * All that an operator sees at a glance, from bounded reads: rows that are open, rows of a day, sums that triggers keep.
 * Owners leave this module by a part of their id alone. It changes nothing.
 */

import type {
  ContainerAtWork,
  FailureCount,
  OperatorView,
  OwnerSpending,
  PricesInForce,
  Queue,
  SiteDay,
} from "../_generated/contract.d.ts";
import quotes from "../_generated/quotes.json" with { type: "json" };
import { capsOf } from "./caps.ts";
import type { Env, Language } from "./env.ts";
import { CARD_PRICES } from "./prices.ts";
import { problemBody, slugOf } from "./problem.ts";
import { readReleases } from "./releases.ts";
import { DAY_SECONDS, inSeconds, seoulDay, timestamp } from "./time.ts";
import { EVERYBODY, monthUsage, sumsOf, type UsageRow, usageRows } from "./usage.ts";
import { versions } from "./versions.ts";

const MOST_OWNERS = 20;
const MOST_CONTAINERS = 50;
/** Of an owner's id, which is a person's in Access or a browser's: enough to tell owners apart, too little to use. */
const SHOWN_OF_ID = 8;

export async function operatorView(env: Env, owner: string, language: Language): Promise<OperatorView> {
  const now = Date.now();
  const day = seoulDay(now);
  const month = day.slice(0, 7);
  const [found, running, releases, caps] = await Promise.all([
    env.DB.batch<Row>([
      usageRows(env.DB, EVERYBODY, day),
      usageRows(env.DB, EVERYBODY, month),
      counted(env.DB, day, day),
      counted(env.DB, `${month}-01`, `${month}-31`),
      spendingByOwner(env.DB, owner, month, day),
      openJobs(env.DB),
      openContainers(env.DB),
      failures(env.DB, now),
    ]),
    versions(env),
    readReleases(env.DB),
    capsOf(env.DB, owner),
  ]);
  const [ofDay, ofMonth, dayMoney, monthMoney, owners, open, containers, failed] = found.map(({ results }) => results);
  const monthRows = (ofMonth ?? []) as unknown as UsageRow[];
  const atWork = (containers ?? []).map(containerOf);
  return {
    at: timestamp(now),
    day,
    month,
    versions: running,
    releases,
    containers: atWork,
    minute_micro_won: atWork.reduce((sum, { minute_micro_won }) => sum + minute_micro_won, 0),
    queue: (open?.[0] ?? {}) as unknown as Queue,
    failures: (failed ?? []).map((row) => failureOf(row, language)),
    caps,
    today: siteDay((ofDay ?? []) as unknown as UsageRow[], dayMoney?.[0]),
    this_month: siteDay(monthRows, monthMoney?.[0]),
    usage: monthUsage(monthRows),
    owners: (owners ?? []).map((row) => ownerOf(row, owner)),
    prices: prices(),
  };
}

type Row = Record<string, string | number | null>;

/** What the caps count for everybody, and the parts of it that are the site's own. */
function counted(db: D1Database, from: string, to: string): D1PreparedStatement {
  const sum = (column: string, owner: string) =>
    `COALESCE((SELECT SUM(${column}) FROM day_totals WHERE owner = '${owner}' AND day BETWEEN ?1 AND ?2), 0)`;
  return db
    .prepare(
      `SELECT ${sum("micro_won", EVERYBODY)} AS everything, ${sum("micro_won", "site")} AS own,
         ${sum("unassigned_micro_won", "site")} AS unassigned`,
    )
    .bind(from, to);
}

function siteDay(rows: readonly UsageRow[], money: Row | undefined): SiteDay {
  const usage = sumsOf(rows);
  const [everything, own, unassigned] = ["everything", "own", "unassigned"].map((name) => Number(money?.[name] ?? 0));
  return {
    usage,
    held_micro_won: Math.max(0, (everything ?? 0) - (own ?? 0) - usage.billed_micro_won),
    loss_micro_won: Math.max(0, (own ?? 0) - (unassigned ?? 0)),
    unassigned_micro_won: unassigned ?? 0,
  };
}

/** The caller first, then whoever spent the most. */
function spendingByOwner(db: D1Database, caller: string, month: string, day: string): D1PreparedStatement {
  return db
    .prepare(
      `SELECT owner, SUM(jobs) AS jobs, SUM(billed_micro_won) AS month_micro_won,
         SUM(CASE WHEN day = ?3 THEN billed_micro_won ELSE 0 END) AS today_micro_won
       FROM day_totals WHERE day BETWEEN ?1 AND ?2 AND owner NOT IN ('${EVERYBODY}', 'site') GROUP BY owner
       HAVING SUM(jobs) > 0 ORDER BY owner = ?4 DESC, month_micro_won DESC, jobs DESC LIMIT ${MOST_OWNERS}`,
    )
    .bind(`${month}-01`, `${month}-31`, day, caller);
}

function ownerOf(row: Row, caller: string): OwnerSpending {
  const owner = String(row["owner"]);
  const [jobs, today, month] = ["jobs", "today_micro_won", "month_micro_won"].map((name) => Number(row[name]));
  return {
    owner: owner.slice(0, SHOWN_OF_ID),
    is_you: owner === caller,
    jobs: jobs ?? 0,
    today_micro_won: today ?? 0,
    month_micro_won: month ?? 0,
  };
}

function openJobs(db: D1Database): D1PreparedStatement {
  return db.prepare(
    `SELECT COUNT(CASE WHEN status = 'queued' AND handed_at IS NULL THEN 1 END) AS held,
       COUNT(CASE WHEN status = 'queued' AND handed_at IS NOT NULL THEN 1 END) AS handed,
       COUNT(CASE WHEN status = 'running' THEN 1 END) AS running,
       MIN(CASE WHEN status = 'queued' AND paused_at IS NULL THEN created_at END) AS oldest_at
     FROM (SELECT status, handed_at, created_at, paused_at FROM jobs WHERE status IN ('queued', 'running') LIMIT 10000)`,
  );
}

function openContainers(db: D1Database): D1PreparedStatement {
  return db.prepare(
    `SELECT container_id, gpu, opened_at, ready_at, at, busy_seconds, idle_seconds, total_micro_won
     FROM containers WHERE closed_at IS NULL ORDER BY opened_at DESC LIMIT ${MOST_CONTAINERS}`,
  );
}

function containerOf(row: Row): ContainerAtWork {
  // A card without a price is a laptop's own.
  const price = CARD_PRICES.find(({ card }) => card === row["gpu"])?.micro_won_per_second ?? 0;
  return { ...(row as unknown as ContainerAtWork), minute_micro_won: 60 * price };
}

/** By the days on which jobs were asked for, which have an index: no job lives for two days. */
function failures(db: D1Database, now: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT problem_slug, COUNT(*) AS jobs, MAX(finished_at) AS last_at, id AS last_job_id FROM
         (SELECT problem_slug, finished_at, id FROM jobs
          WHERE day IN (?1, ?2, ?3) AND status = 'failed' AND finished_at > ?4 LIMIT 2000)
       GROUP BY problem_slug ORDER BY jobs DESC, last_at DESC LIMIT 20`,
    )
    .bind(...[0, 1, 2].map((days) => seoulDay(now - days * DAY_SECONDS * 1_000)), inSeconds(-DAY_SECONDS, now));
}

function failureOf(row: Row, language: Language): FailureCount {
  const { type, title } = problemBody(slugOf(String(row["problem_slug"])), language);
  return {
    problem_type: type,
    title,
    jobs: Number(row["jobs"]),
    last_at: String(row["last_at"]),
    last_job_id: String(row["last_job_id"]),
  };
}

function prices(): PricesInForce {
  return {
    price_rev: quotes.price_rev,
    prices_as_of: quotes.prices_as_of,
    won_per_usd: quotes.won_per_usd,
    rate_as_of: quotes.rate_as_of,
    cards: CARD_PRICES.map(({ card, micro_won_per_second, cold_start_micro_won }) => ({
      gpu: card,
      second_micro_won: micro_won_per_second,
      start_micro_won: cold_start_micro_won,
    })),
  };
}
