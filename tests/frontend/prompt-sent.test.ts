/** The words a model gets, as the page shows them before they are sent. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Motion, PresetName } from "../../functions/_generated/contract";
import type { Draft } from "../../frontend/src/state/draft";
import samples from "../contract/prompts.json";
import { MENU } from "./answers";
import { Browser, type Page } from "./browser";

let page: Page;
beforeEach(async () => {
  page = await new Browser().load();
  page.menu.menu.set(MENU);
});

const form = (fields: Partial<Draft>): Draft => ({ ...page.draft.draft.value, ...fields });

test("they are those of the samples, which the server's side is held to as well", () => {
  for (const { preset, prompt, motions = [], sent } of samples) {
    const choices = page.motions.choicesFor(prompt, motions as Motion[]);
    const shown = page.request.promptSent(form({ preset: preset as PresetName, prompt, motions: choices }));
    assert.equal(shown, sent, JSON.stringify(prompt));
  }
});

test("of a preset that is gone they are the person's", () => {
  assert.equal(page.request.promptSent(form({ preset: "gone" as PresetName, prompt: "고개를 끄덕인다" })), "고개를 끄덕인다");
});
