/** A table of scenes: what its keys do to it, and what becomes of it when two devices change it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { filled, linesOf, merged, moved, split } from "../../frontend/src/scenes/edits";
import { Steps } from "../../frontend/src/scenes/history";
import { changesOf, isNothing, rebased } from "../../frontend/src/scenes/merge";

interface Row {
  id: string;
  line: string;
  seconds: number | null;
}

const row = (id: string, line = id, seconds: number | null = null): Row => ({ id, line, seconds });
const table = (...ids: string[]): Row[] => ids.map((id) => row(id));
const ids = (rows: readonly Row[]): string => rows.map(({ id }) => id).join("");
let made = 0;
const fresh = (): Row => row(`new${made++}`, "");

describe("edits", () => {
  test("pasted lines fill downwards, and rows are added for those that are left", () => {
    const { rows, left } = filled(table("a", "b"), 1, ["하나", "둘", "셋"], fresh);
    assert.deepEqual(rows.map(({ line }) => line), ["a", "하나", "둘", "셋"]);
    assert.equal(left, 0);
    const full = filled(table("a"), 0, Array.from({ length: 1_000 }, (_, index) => String(index)), fresh);
    assert.deepEqual([full.rows.length, full.left], [200, 800]);
  });

  test("a pasted text is kept to the letter; a sheet's quotes are its own", () => {
    assert.deepEqual(linesOf('"안녕!"\r\n  들여 쓴 줄 \r\n\r\n끝\r\n', false), ['"안녕!"', "  들여 쓴 줄 ", "", "끝"]);
    assert.deepEqual(linesOf('하나\n"두 줄\n한 칸 ""따옴표"""\n\n셋', true), ["하나", '두 줄\n한 칸 "따옴표"', "", "셋"]);
    assert.deepEqual(linesOf('"안녕!"\n', true), ['"안녕!"']);
  });

  test("what is split and joined again is what it was", () => {
    const before = [row("a", "문을 연다 그리고 나간다", 8), row("b")];
    const parts = split(before, "a", 6, (one) => ({ ...one, id: "c" }));
    assert.deepEqual(parts.map(({ id, line, seconds }) => [id, line, seconds]), [
      ["a", "문을 연다", 8],
      ["c", "그리고 나간다", 8],
      ["b", "b", null],
    ]);
    const joined = merged(parts, "c");
    assert.deepEqual([joined?.rows, joined?.into, joined?.at], [before, "a", 5]);
    assert.equal(merged(before, "a"), null, "nothing is before the first");
  });

  test("a row moves as far as the table goes", () => {
    assert.equal(ids(moved(table("a", "b", "c"), "a", 1)), "bac");
    assert.equal(ids(moved(table("a", "b", "c"), "c", -9)), "cab");
    assert.equal(ids(moved(table("a", "b", "c"), "b", 9)), "acb");
  });
});

test("twenty steps can be taken back and made again; typing in a cell is one", () => {
  const steps = new Steps<number>();
  let now = 0;
  for (let next = 1; next <= 30; next++) {
    steps.remember(now);
    now = next;
  }
  const seen: number[] = [];
  for (let back = steps.back(now); back !== null; back = steps.back(now)) {
    now = back;
    seen.push(now);
  }
  assert.deepEqual([seen.length, seen.at(-1)], [20, 10]);
  for (let on = steps.forward(now); on !== null; on = steps.forward(now)) now = on;
  assert.equal(now, 30);
  for (const letter of [31, 32, 33]) {
    steps.remember(now, "a line");
    now = letter;
  }
  assert.equal(steps.back(now), 30);
});

describe("two devices", () => {
  const before = [row("a", "가", 8), row("b", "나", 8), row("c", "다", 8)];

  test("of what was changed only the cells are told that were", () => {
    assert(isNothing(changesOf(before, before.map((one) => ({ ...one })))));
    const now = [row("c", "다", 8), row("a", "가!", 8), row("d", "새")];
    assert.deepEqual(changesOf(before, now), {
      rows: [{ id: "a", line: "가!" }, row("d", "새")],
      order: ["c", "a", "d"],
      removed: ["b"],
    });
  });

  test("both changes of a row live on where they are in different cells, and the later one's text in the same", () => {
    const mine = [row("a", "내 글", 8), row("b", "나", 4), row("c", "다", 8)];
    const theirs = [row("a", "가", 6), row("b", "남의 글", 8), row("c", "다", 8)];
    assert.deepEqual(rebased(before, mine, theirs), [row("a", "내 글", 6), row("b", "남의 글", 4), row("c", "다", 8)]);
  });

  test("rows of both are kept, in places that both would expect", () => {
    const mine = [...table("a", "x", "b"), row("c", "다", 8)].map((one) => before.find(({ id }) => id === one.id) ?? one);
    const theirs = [before[0], before[1], row("y"), before[2]] as Row[];
    assert.equal(ids(rebased(before, mine, theirs)), "axbyc");
  });

  test("what was written into a row that is gone elsewhere is not lost", () => {
    const mine = before.map((one) => (one.id === "b" ? { ...one, line: "쓰던 글" } : one));
    const theirs = [before[0], before[2]] as Row[];
    assert.deepEqual(rebased(before, mine, theirs).map(({ line }) => line), ["가", "쓰던 글", "다"]);
    assert.equal(ids(rebased(before, theirs, before)), "ac", "what is removed here is gone");
  });

  test("whatever both do, no changed cell of mine is lost, no row twice", () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const play = (rows: readonly Row[], who: string): Row[] => {
      let now = rows.map((one) => ({ ...one }));
      for (let step = 0; step < 4; step++) {
        const at = random(now.length + 1);
        const one = now[at];
        if (one === undefined || random(4) === 0) now.splice(at, 0, row(`${who}${step}${random(9_999)}`));
        else if (random(3) === 0) now = now.filter((other) => other !== one);
        else if (random(2) === 0) now[at] = { ...one, line: `${who}${step}` };
        else now = moved(now, one.id, random(5) - 2);
      }
      return now;
    };
    for (let round = 0; round < 300; round++) {
      const start = table("a", "b", "c", "d", "e");
      const [mine, theirs] = [play(start, "m"), play(start, "t")];
      const both = rebased(start, mine, theirs);
      assert.equal(new Set(both.map(({ id }) => id)).size, both.length);
      for (const { id, line } of changesOf(start, mine).rows) {
        if (line !== undefined) assert.equal(both.find((one) => one.id === id)?.line, line, `round ${round}`);
      }
      for (const one of theirs) {
        const isGone = start.some(({ id }) => id === one.id) && !mine.some(({ id }) => id === one.id);
        assert.equal(both.some(({ id }) => id === one.id), !isGone, `round ${round}`);
      }
    }
  });
});
