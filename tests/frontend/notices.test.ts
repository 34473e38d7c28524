/** Short notes: no way back is lost to a later note, and many of a kind are one. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Browser, type Page, pass } from "./browser";

let page: Page;

beforeEach(async () => {
  page = await new Browser().load();
});

const shown = (): string[] => page.notices.notes.value.map(({ text }) => text);

test("a note with a way back stays its ten seconds, however many come after it", async () => {
  const undone: string[] = [];
  page.notices.note("설정", { label: "되돌리기", run: () => undone.push("설정") });
  for (const text of ["하나", "둘", "셋", "넷"]) page.notices.note(text);
  assert.deepEqual(shown(), ["설정", "둘", "셋", "넷"]);
  await pass(9_999);
  page.notices.notes.value[0]?.action?.run();
  assert.deepEqual(undone, ["설정"]);
  await pass(1);
  assert.deepEqual(shown(), []);
});

test("five of a kind are one note, whose action takes back all five", async () => {
  const back: number[] = [];
  const many = (n: number): string => `${n}개`;
  for (let index = 0; index < 5; index++) {
    page.notices.noteTogether("deleted", many, { label: "되돌리기", run: () => back.push(index) });
    await pass(6_000);
  }
  assert.deepEqual(shown(), ["5개"]);
  page.notices.notes.value[0]?.action?.run();
  assert.deepEqual(back, [0, 1, 2, 3, 4]);
  await pass(10_000);
  page.notices.noteTogether("deleted", many, { label: "되돌리기", run: () => undefined });
  assert.deepEqual(shown(), ["1개"], "what is over is not counted again");
});
