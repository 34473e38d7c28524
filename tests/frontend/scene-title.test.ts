/** The title that a table takes from a script's file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { titleOf } from "../../frontend/src/scenes/title-of";

test("a file's name is a title without its folder and its last ending", () => {
  assert.equal(titleOf("저녁 쇼츠.csv"), "저녁 쇼츠");
  assert.equal(titleOf("C:\\대본\\3화.최종.txt"), "3화.최종");
  assert.equal(titleOf("folder/script"), "script");
  assert.equal(titleOf(".srt"), ".srt", "a name that is all ending stays");
  assert.equal(titleOf(""), "");
});

test("letters that come apart are put together, and a long name is cut between letters", () => {
  assert.equal(titleOf("저녁.csv".normalize("NFD")), "저녁");
  assert.equal(titleOf(`${"😀".repeat(120)}.csv`), "😀".repeat(100));
  assert.equal(titleOf("a\u0000b\tc.csv"), "abc", "the site takes no control characters");
});
