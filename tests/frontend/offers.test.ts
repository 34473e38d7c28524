/** What a press costs: asked of the site for what the form holds, and never shown for anything else. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Offers } from "../../functions/_generated/contract";
import { job, MENU } from "./answers";
import { type Answer, type Asked, Browser, file, type Page, pass, settled } from "./browser";

const CHEAP = { cards: 1, seconds: 360, micro_won: 640_000_000, within_seconds: null };
const QUICK = { cards: 4, seconds: 120, micro_won: 1_450_000_000, within_seconds: 130 };
const BOTH: Offers = { offers: [CHEAP, QUICK], is_warm: false, waiting: 0, price_rev: "test" };
let browser: Browser;
let page: Page;
let told: Offers;

beforeEach(async () => {
  browser = new Browser();
  told = BOTH;
  browser.answer = answer;
  page = await browser.load();
  await page.menu.loadMenu();
  await page.draft.keepDraft();
  page.offers.followOffers();
  await pass(1_000);
});

const answer = ({ path }: Asked): Answer => ({ body: path === "/api/offers" ? told : MENU });
const asked = (): unknown[] => browser.asked.filter(({ path }) => path === "/api/offers").map(({ body }) => body);

describe("the offers", () => {
  test("are asked for with what the form makes, each picture a clip, once it rests", async () => {
    for (const seconds of [2, 4, 6] as const) page.draft.change({ seconds });
    page.pictures.choosePictures([file("1.png"), file("2.png")]);
    await pass(1_000);
    const { preset, ratio, tier } = page.draft.draft.value;
    assert.deepEqual(asked().at(-1), { clips: [{ preset, ratio, tier, seconds: 6, count: 2 }] });
    assert.equal(asked().length, 2);
  });

  test("are the cheapest until the quicker one is chosen, and that is chosen for one question and its like", async () => {
    assert.deepEqual(page.offers.chosen(), CHEAP);
    page.offers.wantsQuick.set(true);
    assert.deepEqual(page.offers.chosen(), QUICK);
    told = { ...BOTH, offers: [CHEAP] };
    page.draft.change({ seconds: 2 });
    assert.equal(page.offers.chosen(), null, "those were for other clips");
    await pass(1_000);
    assert.deepEqual([page.offers.quicker(), page.offers.chosen()], [null, CHEAP]);
  });

  test("that come late are not shown for what is asked for since", async () => {
    let arrive = (): void => undefined;
    const late = new Promise<void>((resolve) => (arrive = resolve));
    browser.answer = async (one) => {
      if (one.path === "/api/offers") await late;
      return answer(one);
    };
    page.draft.change({ seconds: 2 });
    await pass(1_000);
    page.draft.change({ seconds: 4 });
    arrive();
    await settled();
    assert.equal(page.offers.offers.value, null);
    await pass(1_000);
    assert.deepEqual(page.offers.offers.value, BOTH);
  });

  test("are asked for again while somebody is at work, since cards come and go, and not after that", async () => {
    told = { ...BOTH, is_warm: true };
    page.presence.worked();
    await pass(20_000);
    assert.equal(page.offers.offers.value?.is_warm, true);
    for (let round = 0; round < 8; round++) await pass(20_000);
    const before = asked().length;
    assert(before <= 6, String(before));
    for (let round = 0; round < 8; round++) await pass(20_000);
    assert.equal(asked().length, before);
    page.offers.refreshOffers();
    await settled();
    assert.equal(asked().length, before + 1, "who comes back sees what holds now");
  });

  test("are asked for again soon after jobs have moved, however many do", async () => {
    const before = asked().length;
    const begin = (status: "queued" | "running"): void => {
      for (let number = 1; number <= 30; number++) {
        const jobs = [job(number, { status })];
        const now = new Date().toISOString();
        page.jobs.takeWork({ open: jobs.map(({ id }) => id), held: [], jobs, ended: [], batches: [], today: null, now });
      }
    };
    begin("queued");
    await pass(20_000);
    begin("running");
    await pass(1_000);
    assert.equal(asked().length, before + 1);
    await pass(20_000);
    assert.equal(asked().length, before + 2);
  });

  test("without an answer leave what was known, and are asked for again", async () => {
    browser.answer = () => "lost";
    page.presence.worked();
    await pass(20_000);
    assert.deepEqual(page.offers.offers.value, BOTH);
    browser.answer = answer;
    told = { ...BOTH, waiting: 3 };
    await pass(20_000);
    assert.equal(page.offers.offers.value?.waiting, 3);
  });
});
