/** A table's press without an answer keeps its key: sent again, it is the same batch. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Browser, pass } from "./browser";

describe("the key of a press", () => {
  test("outlives the page, and is another one for another press, table or time", async () => {
    const browser = new Browser();
    const page = await browser.load();
    const key = await page.pressKey.keyOfPress("project-1", "four scenes, twice");
    const { pressKey } = await browser.load();
    assert.equal(await pressKey.keyOfPress("project-1", "four scenes, twice"), key);
    assert.notEqual(await pressKey.keyOfPress("project-2", "four scenes, twice"), key);
    await pass(11 * 60_000);
    assert.notEqual(await pressKey.keyOfPress("project-1", "four scenes, twice"), key);
    const late = await pressKey.keyOfPress("project-1", "five scenes");
    await pressKey.forgetPress("project-1");
    assert.notEqual(await pressKey.keyOfPress("project-1", "five scenes"), late);
  });

  test("is one for two tabs that press at the same moment", async () => {
    const browser = new Browser();
    const tabs = [await browser.load(), await browser.load()];
    const keys = await Promise.all(tabs.map(({ pressKey }) => pressKey.keyOfPress("project-1", "four scenes")));
    assert.equal(keys[0], keys[1]);
  });
});
