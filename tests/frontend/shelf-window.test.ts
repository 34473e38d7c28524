/** Which cells of a long list are drawn, and that those which are not leave their room. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { heightOf, windowOf } from "../../frontend/src/shelf-window";

const MEASURES = { columns: 4, row: 400, head: 50 };

test("what is drawn and what is left out are as high as the whole list, wherever the window is", () => {
  const counts = [1, 60, 7, 180, 4, 33, 8];
  const whole = counts.reduce((sum, count) => sum + heightOf(count, MEASURES), 0);
  for (let top = -2_000; top < whole + 2_000; top += 350) {
    const { above, below, parts } = windowOf(counts, MEASURES, top, top + 1_600);
    const drawn = parts.reduce((sum, part) => {
      const rows = Math.ceil((part.to - part.from) / MEASURES.columns);
      return sum + MEASURES.head + part.above + rows * MEASURES.row + part.below;
    }, 0);
    assert.equal(above + drawn + below, whole, `at ${top}`);
  }
});

test("every cell in the window is drawn, and of two thousand only few", () => {
  const counts = Array.from({ length: 20 }, () => 100);
  for (const top of [0, 12_345, 90_000]) {
    const { above, parts } = windowOf(counts, MEASURES, top, top + 1_600);
    const first = parts[0];
    assert(first !== undefined);
    assert(above + MEASURES.head + first.above <= Math.max(top, above + MEASURES.head), "the first row that is seen");
    const cells = parts.reduce((sum, { from, to }) => sum + to - from, 0);
    assert(cells >= 12 && cells <= 24, `${cells} cells at ${top}`);
  }
});

test("a section of one cell and one beside the window", () => {
  assert.deepEqual(windowOf([1], MEASURES, 0, 100), {
    above: 0,
    below: 0,
    parts: [{ index: 0, from: 0, to: 1, above: 0, below: 0 }],
  });
  assert.deepEqual(windowOf([4, 4], MEASURES, 450, 800).parts, [{ index: 1, from: 0, to: 4, above: 0, below: 0 }]);
  assert.deepEqual(windowOf([], MEASURES, 0, 800), { above: 0, below: 0, parts: [] });
});
