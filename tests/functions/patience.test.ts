/** How pauses grow, and where they end. */

import assert from "node:assert/strict";
import { after, describe, mock, test } from "node:test";
import { isPast, pauseAfter, pauseSince, restAfter } from "../../functions/_lib/patience.ts";

const NOW = Date.parse("2026-11-23T03:00:00.000Z");

mock.timers.enable({ apis: ["Date"], now: NOW });
after(() => mock.timers.reset());

describe("the pause before the next try", () => {
  test("grows from a third of a lease to a whole one", () => {
    assert.deepEqual(
      [1, 2, 3, 4, 1_000].map((tries) => pauseAfter(tries, 60)),
      [20, 40, 60, 60, 60],
    );
  });

  test("is never so short that it is none", () => {
    assert.equal(pauseAfter(1, 1), 2);
    assert.equal(pauseAfter(0, 3), 2);
  });
});

test("a job that was given back rests only from the second time on", () => {
  assert.deepEqual([restAfter(0, 60), restAfter(1, 60), restAfter(2, 60)], [0, 20, 40]);
});

describe("the pause before the next look", () => {
  const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

  test("is as long as it has lasted, within bounds", () => {
    assert.deepEqual(
      [0, 59, 400, 90_000].map((seconds) => pauseSince(ago(seconds), 60)),
      [60, 60, 400, 1_800],
    );
    assert.equal(pauseSince(ago(90_000), 60, 86_400), 86_400);
  });

  test("takes what lies ahead of the clock for now", () => assert.equal(pauseSince(ago(-50), 60), 60));
});

test("a time that is not set has not passed", () => {
  assert.equal(isPast(null), false);
  assert.equal(isPast("2026-11-23T03:00:00.000Z"), true);
  assert.equal(isPast("2026-11-23T03:00:00.001Z"), false);
});
