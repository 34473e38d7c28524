/** Random stories of a job, told in any order and several times: whatever happens, its money stays true. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Outcome } from "../../functions/_generated/contract.d.ts";
import { openCard } from "../../functions/_lib/cards.ts";
import { conclude, concludeLate } from "../../functions/_lib/ending.ts";
import * as lease from "../../functions/_lib/lease.ts";
import type { JobRow } from "../../functions/_lib/row.ts";
import * as state from "../../functions/_lib/state.ts";
import { event, OWNER, outcome, outOfMemory, used } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { Site } from "./site.ts";

const site = await Site.open();
const STORIES = 8;
const STEPS = 12;
const LATER = "2026-11-24T03:00:00.000Z";

/** The same numbers at each run (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** One step of anybody: a worker, its owner, the sweep, each with what it read some time ago. */
async function step(row: JobRow, roll: (sides: number) => number): Promise<unknown> {
  const { id } = row;
  const attempt = 1 + roll(2);
  const seq = roll(40);
  const cost = used(roll(3) * 90_000_000);
  const end: Outcome =
    roll(3) === 0
      ? outOfMemory(id, { attempt, cost })
      : outcome(id, (["succeeded", "failed", "canceled"] as const)[roll(3)] ?? "failed", { attempt, cost });
  switch (roll(10)) {
    case 0:
    case 1:
    case 2:
      return state.reported(site.db, event(id, seq, { attempt }), LATER);
    case 3:
      return (await conclude(site.db, end, { attempt, seq })) ?? concludeLate(site.db, end);
    case 4:
      return conclude(site.db, end, { attempt });
    case 5:
      return concludeLate(site.db, end);
    case 6:
      return roll(2) === 0
        ? state.cancel(site.db, id, OWNER)
        : openCard(site.db, row, { build: "test", live: roll(3), leaseUntil: LATER });
    case 7:
      return row.attempt < 2 ? state.attemptLost(site.db, row) : state.failed(site.db, row, "worker-lost");
    case 8:
      return roll(3) === 0 ? state.failed(site.db, row, "gpu-unreachable") : lease.claim(site.db, row, LATER);
    default:
      return row.cancel_requested === 1 ? state.canceled(site.db, row) : state.givenBack(site.db, row, LATER);
  }
}

async function checkMoney(id: string, story: string): Promise<void> {
  const { job, attempts } = await site.stored({ id });
  const { reserve, release, settle, loss = 0 } = await site.money({ id });
  const spent = attempts.reduce((sum, { micro_won }) => sum + Number(micro_won ?? 0), 0);
  const status = job?.["status"];
  assert.equal(reserve, job?.["reserved_micro_won"], story);
  if (status === "queued" || status === "running") {
    assert.deepEqual([release, settle, loss, job?.["billed_micro_won"]], [undefined, undefined, 0, null], story);
    assert.equal(attempts.filter(({ outcome }) => outcome === "open").length, 1, story);
    return;
  }
  const billed = Number(job?.["billed_micro_won"]);
  assert.equal(Number(reserve) + Number(release), 0, story);
  assert.equal(settle, status === "failed" ? undefined : billed, story);
  assert(billed >= 0 && billed <= Number(reserve) && (status !== "failed" || billed === 0), story);
  assert.equal(loss, Math.max(0, spent - billed), story);
  assert.equal(attempts.filter(({ outcome }) => outcome === "open").length, 0, story);
  assert.equal(attempts.filter(({ outcome }) => outcome === "succeeded").length, status === "succeeded" ? 1 : 0, story);
  assert.equal(status === "succeeded", job?.["video_key"] !== null, story);
  for (const { outcome, started_at, micro_won } of attempts) {
    assert(outcome === "succeeded" || started_at === null || micro_won !== null, `${story}: begun and not counted`);
  }
}

describe("a job of which anything may be heard at any time", () => {
  test("is charged once or not at all, and what it cost beyond is the site's", async () => {
    const ends = new Set<unknown>();
    for (let seed = 1; seed <= STORIES; seed++) {
      const roll = dice(seed);
      const { id } = await site.queued();
      let read = (await site.stored({ id })).job as unknown as JobRow;
      for (let count = 0; count < STEPS; count++) {
        setClock(NOW + count * 1_000);
        await Promise.all(Array.from({ length: 1 + roll(3) }, () => step(read, roll)));
        // Sometimes the next step is of somebody who has not read the row again.
        if (roll(3) > 0) read = (await site.stored({ id })).job as unknown as JobRow;
        await checkMoney(id, `story ${seed}, step ${count}`);
      }
      ends.add((await site.stored({ id })).job?.["status"]);
      setClock(NOW);
    }
    assert(ends.has("succeeded") && ends.has("failed"), [...ends].join());
  });
});
