/** Between two events a step is counted on by the measured pace, and never past what the stage has. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Progress } from "../../functions/_generated/contract";
import { stepAt } from "../../frontend/src/step-count";

const BEGAN = Date.parse("2026-11-23T03:00:00.000Z");
const TOLD: Progress = {
  step: 4,
  steps: 20,
  eta_seconds: null,
  eta_basis: null,
  step_began_at: "2026-11-23T03:00:00.000Z",
  step_seconds: 1.5,
};
const after = (seconds: number, told = TOLD): number | null => stepAt(told, BEGAN + seconds * 1_000);

describe("a step", () => {
  test("moves when its card has measured that it does", () => {
    assert.deepEqual([0, 1.4, 1.5, 2.9, 3, 9].map((seconds) => after(seconds)), [4, 4, 5, 5, 6, 10]);
  });

  test("is never past the last one of its stage, however long no event comes", () => {
    assert.deepEqual([after(24), after(25.5), after(3_600)], [20, 20, 20]);
  });

  test("is none before the one that was told, by a clock that is behind", () => {
    assert.equal(after(-30), 4);
  });

  test("stays where it was told while no pace was measured, or its release tells none", () => {
    assert.equal(after(60, { ...TOLD, step_seconds: null }), 4);
    const { step_began_at: _began, step_seconds: _pace, ...before } = TOLD;
    assert.equal(after(60, before as Progress), 4);
    assert.equal(after(60, { ...TOLD, step: null, steps: null }), null);
  });
});
