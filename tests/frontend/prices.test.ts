/** What a running clip has cost so far: seconds of the attempt at work, at the rate of its price. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Job } from "../../functions/_generated/contract";
import { CLIP, job, MENU } from "./answers";
import { Browser, type Page } from "./browser";

const BEGAN = "2026-11-23T03:00:10.000Z";
const price = MENU.estimates.find(
  (row) => row.preset === CLIP.preset && row.tier === CLIP.tier && row.ratio === CLIP.ratio && row.seconds === CLIP.seconds,
);
const RESERVED = 1e12;
let page: Page;

beforeEach(async () => {
  page = await new Browser().load();
  page.menu.menu.set({ ...MENU, is_tiny_model: false });
});

function running(fields: Partial<Job> = {}): Job {
  const cost = { ...job(1).cost, reserved_micro_won: RESERVED };
  return job(1, { status: "running", stage: "stage_1", started_at: BEGAN, cost, ...fields });
}

/** Micro-won so many seconds after the clip was begun. */
const after = (seconds: number, one: Job = running()): number =>
  page.menu.spentSoFar(one, Date.parse(BEGAN) + seconds * 1_000);

describe("what a clip has cost so far", () => {
  test("is its whole price once the seconds of that price have passed, and half of it halfway", () => {
    assert(price);
    assert.equal(Math.round(after(price.gpu_seconds)), price.micro_won);
    assert.equal(Math.round(after(price.gpu_seconds / 2)), Math.round(price.micro_won / 2));
  });

  test("is never more than what is reserved", () => {
    const cost = { ...job(1).cost, reserved_micro_won: 5 };
    assert.equal(after(3_600, running({ cost })), 5);
  });

  test("counts from the attempt at work: the one before it is not billed", () => {
    const lost = { outcome: "lost", started_at: BEGAN };
    const open = { outcome: "open", started_at: "2026-11-23T03:00:40.000Z" };
    const again = running({ attempts: [lost, open] as Job["attempts"] });
    assert.equal(after(30, again), 0);
    assert.equal(after(40, again), after(10));
  });

  test("is nothing for a clock that is behind, in the line, of the tiny model, and of what has no price", () => {
    assert.equal(after(-5), 0);
    assert.equal(after(10, running({ status: "queued" })), 0);
    assert.equal(after(10, running({ input: { ...CLIP, seconds: 3 as 2 } })), 0);
    page.menu.menu.set(MENU);
    assert.equal(after(10), 0);
  });
});
