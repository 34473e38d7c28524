/** Motions for spoken lines in the form and in a scene: suggested, switched, sent, and turned off for good. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { MOTIONS } from "../../functions/_generated/constants";
import type { Motion, SceneSettings } from "../../functions/_generated/contract";
import { CLIP, job, MENU } from "./answers";
import { Browser, type Page } from "./browser";

const ALL = MOTIONS.map(({ name }) => name);
const SPOKEN = '그가 돌아본다. "정말? 가자!"';

let browser: Browser;
let page: Page;

async function load(): Promise<void> {
  page = await browser.load();
  page.menu.menu.set(MENU);
}

beforeEach(async () => {
  browser = new Browser();
  await load();
});

const names = (offered: readonly { name: Motion; isOn: boolean }[]): string[] =>
  offered.map(({ name, isOn }) => (isOn ? name : `no ${name}`));
const offered = (): string[] => names(page.motions.offeredMotions(page.draft.draft.value));
const turn = (name: Motion, isOn: boolean): void =>
  page.draft.change({ motions: { ...page.draft.draft.value.motions, [name]: isOn } });

describe("the form", () => {
  test("offers what its spoken lines suggest, and sends what is on", () => {
    page.draft.change({ prompt: SPOKEN });
    assert.deepEqual(offered(), ["turn_head", "nod"]);
    turn("nod", false);
    assert.deepEqual(offered(), ["turn_head", "no nod"]);
    const { words } = MOTIONS[0];
    assert(page.request.promptSent(page.draft.draft.value).endsWith(`${SPOKEN} ${words}`));
    const [asked] = page.request.clipRequests(page.draft.draft.value, {});
    assert.deepEqual([asked?.body.prompt, asked?.body.motions], [SPOKEN, ["turn_head"]]);
  });

  test("offers nothing for words without a spoken line", () => {
    page.draft.change({ prompt: "정말? 가자! 비가 아주 오래 내리고 바람이 분다" });
    assert.deepEqual(offered(), []);
  });

  test("suggests nothing more once that is turned off, at the next visit as well", async () => {
    page.draft.change({ prompt: SPOKEN });
    page.preferences.preferMotions(false);
    assert.deepEqual(offered(), []);
    await load();
    page.draft.change({ prompt: SPOKEN });
    assert.deepEqual(page.motions.motionsOf(page.draft.draft.value), []);
    page.preferences.preferMotions(true);
    assert.deepEqual(offered(), ["turn_head", "nod"]);
  });

  for (const isSuggested of [true, false]) {
    test(`sends a clip's own motions again, ${isSuggested ? "others" : "none"} being suggested`, async () => {
      page.preferences.preferMotions(isSuggested);
      for (let subset = 0; subset < 1 << ALL.length; subset++) {
        const motions = ALL.filter((_, bit) => subset & (1 << bit));
        await page.draft.loadSettings(job(1, { status: "succeeded", input: { ...CLIP, prompt: SPOKEN, motions } }));
        assert.deepEqual(page.motions.motionsOf(page.draft.draft.value), motions);
      }
    });
  }
});

describe("a scene", () => {
  const settings = (dialogue_motions: boolean): SceneSettings => ({ dialogue_motions }) as SceneSettings;
  const spoken = { line: "그가 돌아본다", subtitle: "정말? 가자!", motions: null };

  test("offers what it says, and sends it where its table does", () => {
    assert.deepEqual(names(page.motions.offeredInScene(spoken, settings(true))), ["turn_head", "nod"]);
    assert.deepEqual(names(page.motions.offeredInScene(spoken, settings(false))), ["no turn_head", "no nod"]);
    page.preferences.preferMotions(false);
    assert.deepEqual(names(page.motions.offeredInScene(spoken, settings(false))), []);
    assert.deepEqual(names(page.motions.offeredInScene(spoken, settings(true))), ["turn_head", "nod"]);
  });

  for (const isSent of [true, false]) {
    test(`whose motions are turned and turned back is its table's again, which sends ${isSent ? "them" : "none"}`, () => {
      const now = settings(isSent);
      for (const { name, isOn } of page.motions.offeredInScene(spoken, now)) {
        const motions = page.motions.turnedInScene(spoken, now, name, !isOn);
        assert.equal(motions?.includes(name), !isOn);
        assert.equal(page.motions.turnedInScene({ ...spoken, motions }, now, name, isOn), null);
      }
    });
  }
});
