/** What a person prefers on this page: there again at the next visit, and what a sample idea makes of the form. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { MENU } from "./answers";
import { Browser, type Page } from "./browser";

let browser: Browser;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  page = await browser.load();
});

const previews = (): boolean => page.preferences.previewsOnHover.value;

describe("previews", () => {
  test("play until somebody says otherwise, which holds for the next visit", async () => {
    assert.equal(previews(), true);
    page.preferences.preferPreviews(false);
    assert.equal(previews(), false);
    page = await browser.load();
    assert.equal(previews(), false);
    page.preferences.preferPreviews(true);
    page = await browser.load();
    assert.equal(previews(), true);
  });

  test("can be turned off where the browser keeps nothing, for this page alone", async () => {
    browser.isStorageForbidden = true;
    page = await browser.load();
    page.preferences.preferPreviews(false);
    assert.equal(previews(), false);
    page = await browser.load();
    assert.equal(previews(), true);
  });
});

describe("a sample idea", () => {
  test("is made with the choice in the form, where that takes one picture", () => {
    page.draft.change({ preset: "fast", tier: "1088p", ratio: "1:1", seconds: 4 });
    const choice = { mode: "picture", preset: "fast", tier: "1088p", ratio: "1:1", seconds: 4 };
    assert.deepEqual(page.sampleIdeas.ideaChoice(), choice);
  });

  test("is made the usual way where the form takes other things", () => {
    page.draft.change({ mode: "keyframes", preset: "keyframes", tier: "1088p", seconds: 4, imageStrength: 0.3 });
    assert.partialDeepStrictEqual(page.sampleIdeas.ideaChoice(), {
      mode: "picture",
      preset: MENU.default_preset,
      seconds: 4,
      imageStrength: null,
    });
    page.menu.menu.set(MENU);
    assert(page.menu.estimateFor(page.sampleIdeas.ideaChoice()), "it has a price");
  });

  test("has its picture's place before the picture has come, and keeps it where none comes", async () => {
    browser.answer = () => "lost";
    const filling = page.sampleIdeas.useIdea("고개를 든다", "/samples/portrait.png");
    assert(page.pictures.areUploading(page.pictures.pictures.value));
    await filling;
    assert.partialDeepStrictEqual(page.pictures.pictures.value, { picture: { name: "portrait.png", state: "failed" } });
    assert.equal(page.request.missing(page.draft.draft.value, page.pictures.pictures.value)?.field, "picture");
  });
});
