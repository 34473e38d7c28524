/** Offers at the edge are what Python's evenings cost, and start from the cards that live. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { ClipsAsked, Seconds } from "../../functions/_generated/contract.d.ts";
import { dispatch } from "../../functions/_lib/dispatch.ts";
import { gpuNow } from "../../functions/_lib/gpu-now.ts";
import { offersFor, ofKind, waysOf } from "../../functions/_lib/offers.ts";
import { estimateFor, secondPrice } from "../../functions/_lib/prices.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, STRANGER, submission } from "./bodies.ts";
import { NOW } from "./database.ts";
import evenings from "./evenings.json" with { type: "json" };
import { Platform } from "./platform.ts";
import { problem, Site } from "./site.ts";

const site = await Site.open();
const network = globalThis.fetch;
const CHOICE = evenings.choice as unknown as Omit<ClipsAsked, "count">;
const { gpu } = estimateFor(CHOICE);
/** A price of a second is rounded once at the edge, and a sum of them once in Python. */
const ROUNDING_MICRO_WON = 5_000;

after(() => {
  globalThis.fetch = network;
});

const idle = (count: number) => Array.from({ length: count }, () => ({ free_ms: 0 }));
const same = (count: number) => Array.from({ length: count }, () => evenings.clip_ms);

describe("an evening's price at the edge", () => {
  for (const { clips, warm_cards, deadline_seconds, cards, last_ms, micro_won } of evenings.prices) {
    const words = `${clips} clips, ${warm_cards} cards warm, within ${deadline_seconds ?? "any"} seconds`;
    test(`of ${words} is Python's`, () => {
      const situation = { gpu, cards: idle(warm_cards), before: [], clips_ms: same(clips) };
      const played = ofKind(situation, deadline_seconds);
      assert.deepEqual([played.cards, played.last_ms], [cards, last_ms]);
      assert(Math.abs(played.micro_won - micro_won) <= ROUNDING_MICRO_WON, `${played.micro_won}, not ${micro_won}`);
    });
  }
});

describe("the ways that are offered", () => {
  const ways = (clips: number, warm = 0) =>
    waysOf([{ gpu, cards: idle(warm), before: [], clips_ms: same(clips) }]);

  test("are the cheapest first, and each further one is quicker and dearer", () => {
    for (const clips of [1, 2, 5, 30, 180, 400]) {
      const offers = ways(clips);
      assert.equal(offers[0]?.within_seconds, null);
      for (const [row, offer] of offers.entries()) {
        const before = offers[row - 1];
        if (before === undefined) continue;
        assert(offer.seconds < before.seconds && offer.micro_won > before.micro_won && offer.cards > before.cards);
        assert(offer.within_seconds !== null && offer.within_seconds >= offer.seconds);
      }
    }
  });

  test("are one for a single clip, and as many as cards for thirty", () => {
    assert.deepEqual(ways(1).map(({ cards }) => cards), [1]);
    assert.deepEqual(ways(30).map(({ cards }) => cards), [1, 2, 3, 4]);
  });

  test("count no start where a card is warm", () => {
    const saved = (ways(1)[0]?.micro_won ?? 0) - (ways(1, 1)[0]?.micro_won ?? 0);
    const start = (evenings.start_ms / 1_000) * secondPrice(gpu);
    assert(saved >= start && saved < start * 1.01, "a card that is lost is followed by a start of its own");
  });
});

describe("a question for offers", () => {
  const asked = (count: number) => [{ ...CHOICE, count }];

  test("on cold cards names no card and no waiting job", async () => {
    const { offers, is_warm, waiting } = await offersFor(site.db, { clips: asked(30) });
    assert.deepEqual([is_warm, waiting, offers[0]?.cards], [false, 0, 1]);
    assert.deepEqual(await gpuNow(site.db), { kinds: [] });
  });

  test("counts the card that works and the jobs that go before", async () => {
    const platform = new Platform(site.env, NOW, evenings);
    const { preset, ratio, seconds, tier } = CHOICE;
    const request = clip({ preset, ratio, seconds: seconds as Seconds, tier } as Parameters<typeof clip>[0]);
    for (let count = 0; count < 3; count++) await submit(site.env, submission(request, { owner: STRANGER }));
    await dispatch(site.env);
    await platform.play(NOW + evenings.start_ms + 1_000);
    const { offers, is_warm, waiting } = await offersFor(site.db, { clips: asked(1) });
    assert.deepEqual([is_warm, waiting, offers[0]?.cards], [true, 2, 1]);
    assert.equal(offers[0]?.seconds, Math.ceil((4 * evenings.clip_ms - 1_000) / 1_000));
    const free_in_seconds = Math.ceil((evenings.clip_ms - 1_000) / 1_000);
    assert.deepEqual(await gpuNow(site.db), { kinds: [{ gpu, held: 2, cards: [{ state: "working", free_in_seconds }] }] });
  });

  test("needs at least one clip, and takes as many as a person may have open", async () => {
    for (const clips of [[], asked(400).concat(asked(1))])
      await assert.rejects(offersFor(site.db, { clips }), problem("invalid-job", "/clips"));
    assert.equal((await offersFor(site.db, { clips: asked(400) })).offers.length, 4);
  });
});
