/** Which scenes a text means, against a plain enumeration of its parts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersOf } from "../../functions/_lib/scene-range.ts";

const LAST = 40;

/** A generator of its own, so that a failure comes again. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

test("what people write means what it says", () => {
  const read = (text: string, last = 10) => {
    const verdict = numbersOf(text, last);
    return verdict.ok ? verdict.numbers : verdict.detail.en;
  };
  assert.deepEqual(read("1~4, 6, 8-10"), [1, 2, 3, 4, 6, 8, 9, 10]);
  assert.deepEqual(read("１～３，６、８－９"), [1, 2, 3, 6, 8, 9]);
  assert.deepEqual(read("3번 ~ 5번\n7번"), [3, 4, 5, 7]);
  assert.deepEqual(read("5-3 3"), [3, 4, 5]);
  assert.match(String(read("1~")), /“1~” cannot be read/);
  assert.match(String(read("셋")), /“셋” cannot be read/);
  assert.match(String(read(" , ")), /numbers/);
  assert.match(String(read("0~3")), /number 1/);
  assert.match(String(read("8~11")), /number 10/);
  assert.match(String(read("1", 0)), /no scene/);
  assert.match(String(read("1~99999999999999999999")), /number 10/);
});

test("any parts, in any dress, are the set of their numbers", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const roll = dice(seed);
    const one = <Item>(of: readonly Item[]): Item => of[roll(of.length)] as Item;
    const digits = (number: number) =>
      roll(2) === 0 ? String(number) : String(number).replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    const wanted = new Set<number>();
    let text = "";
    for (let parts = 1 + roll(6); parts > 0; parts--) {
      const from = 1 + roll(LAST);
      const to = roll(3) === 0 ? from : 1 + roll(LAST);
      for (let number = Math.min(from, to); number <= Math.max(from, to); number++) wanted.add(number);
      const unit = one(["", "", "번"]);
      const dash = one(["~", "-", " ~ ", "～", "–", " — ", "〜", "−"]);
      text += digits(from) + unit + (to === from ? "" : dash + digits(to) + unit);
      text += one([",", ", ", " ", "、", "，", ";", "\n", "·"]);
    }
    const verdict = numbersOf(text, LAST);
    assert.deepEqual(verdict, { ok: true, numbers: [...wanted].sort((a, b) => a - b) }, text);
  }
});
