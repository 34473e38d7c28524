/** A card that was too small: one more attempt on the larger one of the same price row, and who pays for both. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Estimate, EstimateRequest } from "../../functions/_generated/contract.d.ts";
import { conclude } from "../../functions/_lib/ending.ts";
import { ESTIMATES, estimateFor, largerGpu } from "../../functions/_lib/prices.ts";
import * as state from "../../functions/_lib/state.ts";
import { clip, OWNER, outcome, outOfMemory, used } from "./bodies.ts";
import { changed, Site } from "./site.ts";

const site = await Site.open();
const PRICE = estimateFor(clip());
const LARGER = PRICE.larger_gpu;

describe("the larger card", () => {
  const choiceOf = ({ preset, ratio, seconds, tier }: Estimate): EstimateRequest => ({ preset, ratio, seconds, tier });

  test("is the one that the price row names, for each row", () => {
    assert(ESTIMATES.length > 0);
    for (const row of ESTIMATES) assert.equal(largerGpu(choiceOf(row), row.gpu), row.larger_gpu ?? undefined);
  });

  test("is none for a job that was quoted on another card than today's", () => {
    for (const row of ESTIMATES) {
      for (const other of ["A10G", row.larger_gpu ?? "", ""]) assert.equal(largerGpu(choiceOf(row), other), undefined);
    }
  });

  test("is none for what is not offered any more", () => {
    assert.equal(largerGpu({ preset: "draft", ratio: "1:1", seconds: 2, tier: "1088p" }, "H200"), undefined);
  });
});

describe("a first attempt that ran out of memory", () => {
  test("is followed by one on the larger card, and nothing is billed on the way", async () => {
    const { id, reserved_micro_won } = await site.running();
    const row = changed(await conclude(site.db, outOfMemory(id), { attempt: 1, seq: 2 }));
    assert.deepEqual([row.status, row.attempt, row.gpu, row.problem_slug], ["queued", 2, LARGER, null]);
    assert.deepEqual(await site.money(row), { reserve: reserved_micro_won });
  });

  test("ends the job where its owner asked it to stop", async () => {
    const { id } = await site.running();
    await state.cancel(site.db, id, OWNER);
    const row = changed(await conclude(site.db, outOfMemory(id), { attempt: 1, seq: 2 }));
    assert.deepEqual([row.status, row.attempt, row.problem_slug], ["failed", 1, "out-of-gpu-memory"]);
  });

  test("ends the job where no larger card is known", async () => {
    const { id } = await site.running();
    await site.rows("UPDATE jobs SET gpu = 'B200' WHERE id = ?1", id);
    const row = changed(await conclude(site.db, outOfMemory(id), { attempt: 1, seq: 2 }));
    assert.deepEqual([row.status, row.attempt, row.billed_micro_won], ["failed", 1, 0]);
  });

  test("is the only one that is followed so: a second ends the job, after a lost one as well", async () => {
    const lost = await site.secondAttempt({ isRunning: true });
    const small = changed(await conclude(site.db, outOfMemory((await site.running()).id), { attempt: 1, seq: 2 }));
    for (const { id } of [lost, small]) {
      const row = changed(await conclude(site.db, outOfMemory(id, { attempt: 2 }), { attempt: 2, seq: 5 }));
      assert.deepEqual([row.status, row.attempt, row.billed_micro_won], ["failed", 2, 0]);
    }
    assert.deepEqual(await site.outcomes(lost), ["lost", "failed"]);
    assert.deepEqual(await site.outcomes(small), ["failed", "failed"]);
  });

  test("does not count when it is a second's word for the first", async () => {
    const { id } = await site.secondAttempt({ isRunning: true });
    assert.equal(changed(await conclude(site.db, outOfMemory(id), { attempt: 2, seq: 5 })).status, "failed");
  });

  test("may be told by many at once: it is one more attempt", async () => {
    const { id } = await site.running();
    const tellings = [{ attempt: 1, seq: 5 }, { attempt: 1 }, { attempt: 1, seq: 6 }, { attempt: 1 }];
    const changes = await Promise.all(tellings.map((report) => conclude(site.db, outOfMemory(id), report)));
    assert.equal(changes.filter((row) => row !== undefined).length, 1);
    const { job, attempts } = await site.stored({ id });
    assert.deepEqual([job?.["status"], job?.["attempt"], attempts.length], ["queued", 2, 2]);
  });

  test("is told apart from every other end", async () => {
    const { id } = await site.running();
    const fault = { type: "/problems/weights-unusable", detail: "a file is missing" };
    assert.equal((await conclude(site.db, outcome(id, "failed", { fault }), { attempt: 1 }))?.status, "failed");
    const others = [outcome("", "succeeded"), outcome("", "failed", { fault: null })];
    for (const end of others) {
      const { id: job_id } = await site.running();
      assert.equal((await conclude(site.db, { ...end, job_id }, { attempt: 1 }))?.status, end.status);
    }
  });
});

describe("the second attempt on a larger card", () => {
  async function settled(second: number, first = 7): Promise<[unknown, Record<string, unknown>]> {
    const { id } = await site.running();
    await conclude(site.db, outOfMemory(id, { cost: used(first) }), { attempt: 1, seq: 2 });
    const done = outcome(id, "succeeded", { attempt: 2, cost: used(second, LARGER ?? "") });
    const row = changed(await conclude(site.db, done, { attempt: 2, seq: 1 }));
    const { settle, loss } = await site.money(row);
    return [row.billed_micro_won, { settle, loss }];
  }

  test("costs what was named before and no more; the rest is the site's", async () => {
    const named = PRICE.micro_won;
    assert.deepEqual(await settled(named + 5), [named, { settle: named, loss: 7 + 5 }]);
    assert.deepEqual(await settled(named), [named, { settle: named, loss: 7 }]);
  });

  test("costs less where it used less", async () => {
    assert.deepEqual(await settled(3), [3, { settle: 3, loss: 7 }]);
  });

  test("loses nothing where the first cost nothing", async () => {
    assert.deepEqual(await settled(3, 0), [3, { settle: 3, loss: undefined }]);
  });
});
