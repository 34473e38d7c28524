/** Whether somebody is at work in the form: told seldom, and only while it is so. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Browser, type Page, pass } from "./browser";

let browser: Browser;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  browser.answer = () => ({ status: 204 });
  page = await browser.load();
});

const told = (): number => browser.asked.filter(({ path }) => path === "/api/presence").length;

test("nobody at work is nobody told", async () => {
  await pass(120_000);
  assert.equal(told(), 0);
});

test("who types is told at once, and then every twenty seconds at most", async () => {
  for (let second = 0; second < 40; second++) {
    page.presence.worked();
    await pass(1_000);
  }
  assert.equal(told(), 2);
});

test("who stops is told for a minute more, and no longer", async () => {
  page.presence.worked();
  for (let second = 0; second < 200; second++) await pass(1_000);
  assert(told() >= 3 && told() <= 4, String(told()));
});

test("a page that is not seen says nothing", async () => {
  browser.isHidden = true;
  page.presence.worked();
  await pass(60_000);
  assert.equal(told(), 0);
  browser.isHidden = false;
  page.presence.worked();
  await pass(1);
  assert.equal(told(), 1);
});
