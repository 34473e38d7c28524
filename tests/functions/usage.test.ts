/** A month's money in sums, against a month that was added up by hand, and the file of it for a spreadsheet. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NamedSums, Outcome, Usage, UsageSums } from "../../functions/_generated/contract.d.ts";
import type { Handler } from "../../functions/_lib/env.ts";
import type { ProblemError } from "../../functions/_lib/problem.ts";
import { setOwnLimits } from "../../functions/_lib/own-limits.ts";
import * as state from "../../functions/_lib/state.ts";
import { onRequestGet as usage } from "../../functions/api/usage.ts";
import { onRequestGet as csv } from "../../functions/api/usage.csv.ts";
import { clip, OWNER, outcome, outOfMemory, STRANGER, started, used } from "./bodies.ts";
import { setClock } from "./database.ts";
import { press, table } from "./scene-tables.ts";
import { LEASE_UNTIL, Site } from "./site.ts";

const site = await Site.open();

function asked(query = "", owner = OWNER): Parameters<Handler>[0] {
  const request = new Request(`https://clips.example/api/usage${query}`);
  return { request, env: site.env, data: { owner, language: "ko" } } as unknown as Parameters<Handler>[0];
}

async function usageOf(query = "", owner = OWNER): Promise<Usage> {
  return (await usage(asked(query, owner))).json();
}

/** Won of a clip and of the start of its container. */
function cost(clipWon: number, startWon: number): Outcome["cost"] {
  const spent = used((clipWon + startWon) * 1e6);
  return { ...spent, parts: { gpu: clipWon * 1e6, cpu: 0, memory: 0, cold_start: startWon * 1e6 } };
}

interface Wish {
  at: string;
  preset?: "fast" | "quality_light";
  end?: "succeeded" | "failed" | "canceled";
  won?: [number, number];
  owner?: string;
}

/** A job that was asked for at that time and has come to its end, if one is named. */
async function job({ at, preset = "fast", end, won = [0, 0], owner = OWNER }: Wish): Promise<void> {
  setClock(at);
  const { id } = await site.queued(clip({ preset }), { owner });
  if (end === undefined) return;
  await state.reported(site.db, started(id), LEASE_UNTIL);
  if (end === "canceled") await state.cancel(site.db, id, owner);
  await state.ended(site.db, outcome(id, end, { cost: cost(...won) }), { attempt: 1, seq: 9 });
}

/** Seven jobs of one owner in November (Seoul), two of them at its edges; one of a stranger; one of October. */
async function handMadeMonth(): Promise<void> {
  await site.rows("UPDATE limits SET micro_won = 900000000000");
  await job({ at: "2026-10-31T14:59:59.000Z", end: "succeeded", won: [5, 0] });
  await job({ at: "2026-10-31T15:00:00.000Z", end: "succeeded", won: [11, 40] });
  await job({ at: "2026-11-10T03:00:00.000Z", end: "succeeded", won: [22, 0] });
  await job({ at: "2026-11-10T04:00:00.000Z", preset: "quality_light", end: "succeeded", won: [33, 10] });
  await job({ at: "2026-11-10T05:00:00.000Z", end: "failed", won: [9, 70] });
  await job({ at: "2026-11-10T06:00:00.000Z", end: "canceled", won: [4, 8] });
  await job({ at: "2026-11-10T07:00:00.000Z", end: "succeeded", won: [50, 0], owner: STRANGER });
  await job({ at: "2026-11-23T02:00:00.000Z", end: "succeeded", won: [20, 1] });
  await job({ at: "2026-11-23T02:30:00.000Z" });
  setClock("2026-11-23T03:00:00.000Z");
}

const won = ({ clips_micro_won, start_micro_won, canceled_micro_won, billed_micro_won }: UsageSums) =>
  [clips_micro_won, start_micro_won, canceled_micro_won, billed_micro_won].map((amount) => amount / 1e6);
const counts = ({ jobs, delivered, failed, canceled }: UsageSums) => [jobs, delivered, failed, canceled];
const named = (groups: readonly NamedSums[]) =>
  Object.fromEntries(groups.map((group) => [group.name, [group.jobs, group.billed_micro_won / 1e6]]));

describe("a month of usage", () => {
  test("is what its bills come to by hand, with starts and cancellations apart", async () => {
    await handMadeMonth();
    const found = await usageOf();
    assert.deepEqual(counts(found.usage.sums), [7, 4, 1, 1]);
    assert.deepEqual(won(found.usage.sums), [86, 51, 12, 149]);
    assert.equal(found.usage.sums.per_delivered_micro_won, 37_250_000);
    assert.deepEqual([counts(found.usage_today), won(found.usage_today)], [[2, 1, 0, 0], [20, 1, 0, 21]]);
    assert.deepEqual(named(found.usage.days), { "2026-11-01": [1, 51], "2026-11-10": [4, 77], "2026-11-23": [2, 21] });
    assert.deepEqual(named(found.usage.presets), { fast: [6, 106], quality_light: [1, 43] });
    assert.deepEqual(Object.values(named(found.usage.cards)).reduce((sum, [jobs = 0]) => sum + jobs, 0), 7);
    assert.deepEqual(found.usage.projects.map(({ project_id, jobs }) => [project_id, jobs]), [[null, 7]]);
    assert.equal(found.this_month.billed_micro_won, found.usage.sums.billed_micro_won);
    assert.deepEqual([found.month, found.first_month], ["2026-11", "2026-10"]);
  });

  test("goes by scene table, by its title and whatever became of it; the rest is of no table", async () => {
    await handMadeMonth();
    const [kept, gone] = [await table(site, 2), await table(site, 1)];
    await site.rows("UPDATE projects SET title = '라면, 이야기' WHERE id = ?1", kept);
    for (const id of [kept, gone]) await press(site, id);
    await site.rows("DELETE FROM projects WHERE id = ?1", gone);
    const { projects } = (await usageOf()).usage;
    assert.deepEqual(
      projects.map(({ project_id, title, jobs }) => [project_id, title, jobs]),
      [[kept, "라면, 이야기", 2], [gone, null, 1], [null, null, 7]],
    );
    const file = await (await csv(asked("?month=2026-11"))).text();
    assert.match(file, /,"라면, 이야기",2,0,0,0,/);
    assert.match(file, /^.?날짜,화질,GPU,장면 표,요청,/);
    assert.deepEqual((await usageOf("", STRANGER)).usage.projects.map(({ project_id }) => project_id), [null]);
  });

  test("names beside the bill what was estimated for the delivered clips alone", async () => {
    await handMadeMonth();
    const estimates = await site.rows(
      "SELECT SUM(estimate_micro_won) AS sum FROM jobs WHERE owner = ?1 AND status = 'succeeded' AND day >= '2026-11-01'",
      OWNER,
    );
    assert.equal((await usageOf()).usage.sums.estimate_micro_won, estimates[0]?.["sum"]);
  });

  test("of before is asked for by its name, and of nobody's jobs is empty", async () => {
    await handMadeMonth();
    assert.deepEqual(won((await usageOf("?month=2026-10")).usage.sums), [5, 0, 0, 5]);
    const { usage: none, first_month } = await usageOf("", "owner-3");
    assert.deepEqual([none.days, none.sums.per_delivered_micro_won, first_month], [[], null, "2026-11"]);
    for (const odd of ["2026-13", "26-11", "2026-11-01", "", "%00"]) {
      await assert.rejects(usageOf(`?month=${odd}`), (error) => (error as ProblemError).slug === "invalid-job");
    }
  });

  test("says what the narrower of the day's caps leaves", async () => {
    await handMadeMonth();
    const [{ held = 0 } = {}] = await site.rows("SELECT reserved_micro_won AS held FROM jobs WHERE status = 'queued'");
    const spent = 21e6 + Number(held);
    await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'owner_day'", spent + 7);
    assert.equal((await usageOf()).left_today_micro_won, 7);
    await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'site_day'", spent + 3);
    assert.equal((await usageOf()).left_today_micro_won, 3);
    await setOwnLimits(site.db, OWNER, { job_micro_won: null, owner_day_micro_won: spent + 2 });
    assert.equal((await usageOf()).left_today_micro_won, 2);
    await site.rows("UPDATE limits SET micro_won = 1 WHERE name = 'site_day'");
    assert.equal((await usageOf()).left_today_micro_won, 0);
  });
});

test("a bill that stopped at the reservation pays the clip first, and what is left of the start", async () => {
  await job({ at: "2026-11-23T02:00:00.000Z", end: "succeeded", won: [20, 500] });
  const [{ reserved = 0 } = {}] = await site.rows("SELECT reserved_micro_won AS reserved FROM jobs");
  assert.deepEqual(won((await usageOf()).usage.sums), [20, (Number(reserved) - 20e6) / 1e6, 0, Number(reserved) / 1e6]);
});

describe("the sums", () => {
  const MOVES: Record<string, () => Promise<unknown>> = {
    "a job that moves to a larger card": async () => {
      const { id } = await site.queued(clip({ preset: "quality_light" }));
      await state.reported(site.db, started(id), LEASE_UNTIL);
      await state.movedToLargerGpu(site.db, outOfMemory(id), { attempt: 1, seq: 9 }, "B200");
    },
    "a clip that takes a failure's place": async () => {
      const failed = await state.failed(site.db, await site.running(), "worker-lost");
      assert(failed !== undefined);
      await state.overtaken(site.db, outcome(failed.id, "succeeded", { cost: cost(20, 5) }));
    },
    "another owner's claim": async () => {
      await site.ended("succeeded");
      await site.running();
      await site.rows("UPDATE jobs SET owner = ?1 WHERE status = 'succeeded'", STRANGER);
    },
    "a batch": async () => {
      await site.rows("INSERT INTO batches (id, owner, created_at) VALUES ('batch-1', ?1, '2026-11-23')", OWNER);
      const { id } = await site.ended("succeeded");
      await site.rows("UPDATE jobs SET batch_id = 'batch-1' WHERE id = ?1", id);
    },
  };
  for (const [name, move] of Object.entries(MOVES)) {
    test(`follow ${name}, and are what the jobs' rows add up to`, async () => {
      await site.ended("canceled");
      await move();
      const kept = "SELECT * FROM usage_totals WHERE jobs > 0 ORDER BY owner, preset, gpu, batch_id";
      const counted = `SELECT owner, day, preset, gpu, batch_id, SUM(jobs) AS jobs, SUM(delivered) AS delivered,
        SUM(failed) AS failed, SUM(canceled) AS canceled, SUM(estimate_micro_won) AS estimate_micro_won,
        SUM(clips_micro_won) AS clips_micro_won, SUM(start_micro_won) AS start_micro_won,
        SUM(canceled_micro_won) AS canceled_micro_won
        FROM job_usage GROUP BY owner, day, preset, gpu, batch_id ORDER BY owner, preset, gpu, batch_id`;
      assert.deepEqual(await site.rows(kept), await site.rows(counted));
      const empty = "SELECT * FROM usage_totals WHERE jobs = 0 AND (delivered OR canceled OR failed OR clips_micro_won)";
      assert.deepEqual(await site.rows(empty), []);
    });
  }

  test("of a month of five thousand jobs are few rows", async () => {
    await site.rows(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 5000)
       INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
         reserved_micro_won, billed_micro_won, price_rev, lease_until)
       SELECT 'job' || i, ?1, 'succeeded', '-', '-', printf('2026-11-%02d', 1 + i % 30),
         json_object('preset', CASE i % 3 WHEN 0 THEN 'fast' WHEN 1 THEN 'draft' ELSE 'keyframes' END), '[]', 7,
         CASE i % 2 WHEN 0 THEN 'H100' ELSE 'H200' END, 5000000, 9000000, 4000000, 'test', '-' FROM n`,
      OWNER,
    );
    const statements = await site.sentBy(async () => {
      const { usage: month } = await usageOf();
      assert.deepEqual([month.sums.jobs, month.sums.billed_micro_won, month.days.length], [5000, 20_000e6, 30]);
    });
    const read = statements.reduce((sum, { rows_read }) => sum + rows_read, 0);
    assert(read < 500, `${read} rows`);
  });
});

describe("the file", () => {
  test("opens in a spreadsheet: a mark, commas, CRLF, and sums that are the page's", async () => {
    await handMadeMonth();
    const answer = await csv(asked("?month=2026-11"));
    assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.equal(answer.headers.get("content-disposition"), 'attachment; filename="clipwright-2026-11.csv"');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    assert.deepEqual([...bytes.slice(0, 3)], [0xef, 0xbb, 0xbf]);
    const [head, ...rows] = new TextDecoder().decode(bytes).trimEnd().split("\r\n").map((line) => line.split(","));
    assert.equal(head?.[0], "날짜");
    const column = head?.indexOf("실제 금액(원)") ?? -1;
    assert.equal(rows.reduce((sum, row) => sum + Number(row[column]), 0), 149);
    assert.deepEqual([...new Set(rows.map((row) => row.length))], [head?.length]);
  });
});
