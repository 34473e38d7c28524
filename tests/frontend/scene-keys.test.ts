/** What keys mean in the table of scenes, where the same key is the table's or the text's own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deed, type KeyState, keyOf } from "../../frontend/src/scenes/keys";

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const LINE: KeyState = { cell: "line", isEditing: false, isAtStart: false };
const TYPING: KeyState = { ...LINE, isEditing: true };

const deed = (key: string, state: KeyState, held: Partial<typeof NONE> & { code?: string } = {}): Deed | null =>
  keyOf({ key, code: key === " " ? "Space" : key, ...NONE, ...held }, state);

test("arrows, Space, Enter and Del are the table's until a line is edited", () => {
  const own = ["ArrowUp", "ArrowLeft", "Home", "Delete", " ", "?"];
  for (const key of own) {
    assert.notEqual(deed(key, LINE), null, key);
    assert.equal(deed(key, TYPING), null, key);
  }
  assert.deepEqual(deed("Enter", LINE), { kind: "edit" });
  assert.deepEqual(deed("Enter", TYPING), { kind: "rest" });
  assert.equal(deed("Enter", TYPING, { shiftKey: true }), null, "a line break");
  assert.equal(deed("a", LINE), null, "typing begins with the letter itself");
});

test("Backspace joins rows only before all text", () => {
  assert.equal(deed("Backspace", TYPING), null);
  assert.deepEqual(deed("Backspace", { ...TYPING, isAtStart: true }), { kind: "merge" });
});

test("rows move, double and come back while a line is edited, too, and with Hangul keys on", () => {
  for (const state of [LINE, TYPING]) {
    assert.deepEqual(deed("ArrowUp", state, { altKey: true }), { kind: "move", by: -1 });
    assert.deepEqual(deed("ㅇ", state, { ctrlKey: true, code: "KeyD" }), { kind: "duplicate" });
    assert.deepEqual(deed("ㅋ", state, { metaKey: true, code: "KeyZ" }), { kind: "undo", isBack: true });
    assert.deepEqual(deed("Enter", state, { ctrlKey: true }), { kind: "next" });
  }
});

test("a button keeps Enter and Space", () => {
  for (const key of ["Enter", " "]) assert.equal(deed(key, { ...LINE, cell: "press" }), null, key);
});
