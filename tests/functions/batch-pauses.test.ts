/** Batches that are paused, gone on with and canceled, while cards work through them; and random evenings of all that. */

import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { cancelBatch, endLongPauses, pause, resume } from "../../functions/_lib/batch-control.ts";
import { batchOf, retry } from "../../functions/_lib/batches.ts";
import { dispatch } from "../../functions/_lib/dispatch.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import type { JobRow } from "../../functions/_lib/row.ts";
import * as state from "../../functions/_lib/state.ts";
import { sweepAll } from "../../functions/_lib/sweep.ts";
import { OWNER, outcome, started } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import evenings from "./evenings.json" with { type: "json" };
import { Platform } from "./platform.ts";
import { press, table, write } from "./scene-tables.ts";
import { LEASE_UNTIL, Site } from "./site.ts";

const site = await Site.open();
const network = globalThis.fetch;
const HOUR_MS = 3_600_000;
let platform: Platform;

beforeEach(() => {
  platform = new Platform(site.env, NOW, evenings);
});
after(() => {
  globalThis.fetch = network;
});

const batch = (id: string) => batchOf(site.db, OWNER, id, "en");
const jobs = async (id: string) =>
  (await site.rows("SELECT * FROM jobs WHERE batch_id = ?1 ORDER BY id", id)) as unknown as JobRow[];
const held = async () =>
  Number((await site.rows("SELECT SUM(held_micro_won) AS won FROM day_totals WHERE owner = ?1", OWNER))[0]?.["won"] ?? 0);

async function cancelNow(id: string): Promise<void> {
  const later: Promise<unknown>[] = [];
  await cancelBatch(site.env, OWNER, id, (work) => later.push(work));
  await Promise.all(later);
}

/** A batch of so many clips, of which two are done and the third is at work. */
async function inTheMiddle(clips: number): Promise<string> {
  const id = await press(site, await table(site, clips));
  await dispatch(site.env);
  await platform.play(platform.now + evenings.start_ms + 2.5 * evenings.clip_ms);
  const { delivered, running } = await batch(id);
  assert.deepEqual([delivered, running], [2, 1]);
  return id;
}

describe("a paused batch", () => {
  test("ends what runs, gives nothing more to a card, keeps its reservation, and goes on hours later", async () => {
    const id = await inTheMiddle(6);
    await pause(site.db, id);
    await platform.play(platform.now + 3 * HOUR_MS);
    await sweepAll(site.env);
    const paused = await batch(id);
    assert.deepEqual([paused.delivered, paused.waiting, paused.failed], [3, 3, 0]);
    assert.equal(paused.held_micro_won, await held());
    assert(paused.held_micro_won > 0);
    assert.deepEqual((await site.rows("SELECT 1 FROM cards WHERE closed_at IS NULL")).length, 0);

    await resume(site.db, id);
    await dispatch(site.env);
    await platform.play();
    const { delivered, waiting, paused_at } = await batch(id);
    assert.deepEqual([delivered, waiting, paused_at], [6, 0, null]);
    assert.deepEqual(new Set((await jobs(id)).map(({ attempt }) => attempt)), new Set([1]));
  });

  test("takes back a ticket that nobody began, and lets no deadline run against it", async () => {
    const id = await press(site, await table(site, 2), { which: "all", within_seconds: 600 });
    platform.isStarting = false;
    await dispatch(site.env);
    const [first] = await jobs(id);
    const wanted = String(first?.wanted_at);
    assert(first?.handed_at !== null);
    await pause(site.db, id);
    // Its call is gone: the job waits again, and is given to no other card.
    await platform.play(platform.now + HOUR_MS);
    await sweepAll(site.env);
    await platform.play(platform.now + 3 * HOUR_MS);
    await sweepAll(site.env);
    assert.deepEqual((await jobs(id)).map(({ status, handed_at }) => [status, handed_at]), [["queued", null], ["queued", null]]);
    assert.equal(platform.calls.length, 1);
    platform.isStarting = true;
    await resume(site.db, id);
    const [again] = await jobs(id);
    assert.equal(Date.parse(String(again?.wanted_at)) - Date.parse(wanted), 4 * HOUR_MS);
    assert.equal(again?.deadline_at, null);
    await dispatch(site.env);
    await platform.play();
    await sweepAll(site.env);
    assert.equal((await batch(id)).delivered, 2);
  });

  test("is canceled at a press for nothing but what runs, and after a week by itself", async () => {
    const id = await inTheMiddle(5);
    await pause(site.db, id);
    await cancelNow(id);
    assert.deepEqual([(await batch(id)).canceled, (await batch(id)).running], [2, 1]);
    await platform.play();
    assert.equal(await held(), 0);

    const other = await press(site, await table(site, 3));
    await pause(site.db, other);
    await endLongPauses(site.env);
    assert.equal((await batch(other)).waiting, 3);
    await platform.play(platform.now + 8 * 24 * HOUR_MS);
    await sweepAll(site.env);
    assert.deepEqual([(await batch(other)).canceled, (await batch(other)).paused_at], [3, null]);
    assert.equal(await held(), 0);
  });
});

describe("evenings of presses, pauses, ends and retries in any order", () => {
  test("keep every sum true, pay no scene twice and give no paused job to a card", async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const roll = dice(seed);
      const project = await table(site, 6);
      const batches: string[] = [];
      const pick = () => batches[roll(batches.length)];
      for (let step = 0; step < 14; step++) {
        setClock(NOW + step * 1_000);
        await Promise.all(Array.from({ length: 1 + roll(2) }, () => deed(project, batches, pick(), roll)));
        await check(project, `evening ${seed}, step ${step}`);
      }
      assert(batches.length > 0);
    }
  });
});

async function deed(project: string, batches: string[], id: string | undefined, roll: (sides: number) => number): Promise<void> {
  const open = (await site.rows(
    "SELECT * FROM jobs WHERE project_id = ?1 AND status IN ('queued', 'running')",
    project,
  )) as unknown as JobRow[];
  const job = open[roll(Math.max(1, open.length))];
  try {
    switch (roll(9)) {
      case 0:
      case 1:
        batches.push(await press(site, project, { range: `${1 + roll(3)}~${4 + roll(3)}` }));
        return;
      case 2:
        if (id !== undefined) await (roll(2) === 0 ? pause(site.db, id) : resume(site.db, id));
        return;
      case 3:
        if (id !== undefined) await (roll(3) === 0 ? cancelNow(id) : retry(site.env, { owner: OWNER }, id));
        return;
      case 4:
        await write(site, project, 1 + roll(6), { line: `글 ${roll(3)}` });
        return;
      case 5:
        await dispatch(site.env);
        return;
      default:
        if (job === undefined) return;
        await state.reported(site.db, { ...started(job.id), attempt: job.attempt }, LEASE_UNTIL);
        if (roll(4) === 0) await state.attemptLost(site.db, job);
        else {
          const status = (["succeeded", "failed", "canceled"] as const)[roll(3)] ?? "failed";
          await state.ended(site.db, outcome(job.id, status, { attempt: job.attempt }), { attempt: job.attempt, seq: 9 });
        }
    }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
}

async function check(project: string, story: string): Promise<void> {
  const [sums] = await site.rows(
    `SELECT (SELECT COALESCE(SUM(micro_won), 0) FROM ledger WHERE owner = ?1) AS ledger,
       (SELECT COALESCE(SUM(micro_won), 0) FROM day_totals WHERE owner = ?1) AS days,
       (SELECT COALESCE(SUM(CASE WHEN status IN ('queued', 'running') THEN reserved_micro_won
          ELSE billed_micro_won END), 0) FROM jobs WHERE owner = ?1) AS jobs,
       (SELECT open_jobs FROM totals WHERE owner = ?1) AS counted,
       (SELECT COUNT(*) FROM jobs WHERE owner = ?1 AND status IN ('queued', 'running')) AS open`,
    OWNER,
  );
  assert.deepEqual([sums?.["days"], sums?.["jobs"]], [sums?.["ledger"], sums?.["ledger"]], story);
  assert.equal(sums?.["counted"] ?? 0, sums?.["open"], story);
  const twice = await site.rows(
    `SELECT scene_id FROM jobs WHERE project_id = ?1 AND status IN ('queued', 'running', 'succeeded') AND rerun_of IS NULL
     GROUP BY scene_id, input_hash HAVING COUNT(*) > 1`,
    project,
  );
  assert.deepEqual(twice, [], story);
  const retried = await site.rows("SELECT rerun_of FROM jobs WHERE rerun_of IS NOT NULL GROUP BY rerun_of HAVING COUNT(*) > 1");
  assert.deepEqual(retried, [], story);
  const given = await site.rows("SELECT id FROM jobs WHERE paused_at IS NOT NULL AND handed_at > paused_at");
  assert.deepEqual(given, [], story);
  const attempts = await site.rows(
    `SELECT id FROM jobs WHERE (SELECT COUNT(*) FROM attempts WHERE job_id = jobs.id AND outcome = 'open')
       <> (status IN ('queued', 'running'))`,
  );
  assert.deepEqual(attempts, [], story);
}

/** The same numbers at each run. */
function dice(seed: number): (sides: number) => number {
  let value = seed;
  return (sides) => {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0;
    return (value >>> 8) % sides;
  };
}
