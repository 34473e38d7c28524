/** The caps in won: on a job, on an owner's day, on the site's day. What they refuse costs and leaves nothing. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { capsOf } from "../../functions/_lib/caps.ts";
import { setOwnLimits } from "../../functions/_lib/own-limits.ts";
import { estimateFor } from "../../functions/_lib/prices.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import * as state from "../../functions/_lib/state.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, OWNER, outcome, outOfMemory, STRANGER, submission, used } from "./bodies.ts";
import { setClock } from "./database.ts";
import { problem, Site } from "./site.ts";

type Cap = "job" | "owner_day" | "site_day";

const PRICE = estimateFor(clip()).high_micro_won;
const site = await Site.open();

async function setCap(cap: Cap, micro_won: number): Promise<void> {
  await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = ?2", micro_won, cap);
}

/** The refusal of one more clip. */
async function refused(owner?: string): Promise<ProblemError> {
  try {
    await submit(site.env, submission(clip(), owner === undefined ? {} : { owner }));
  } catch (error) {
    if (error instanceof ProblemError && error.slug === "cap-exceeded") return error;
    throw error;
  }
  throw new Error("it was taken");
}

const capOf = (refusal: ProblemError): string | undefined => refusal.errors[0]?.detail.en;

describe("a cap", () => {
  const CLIPS: Record<Cap, number> = { job: 1, owner_day: 3, site_day: 3 };
  for (const [cap, clips] of Object.entries(CLIPS) as [Cap, number][]) {
    test(`of the kind ${cap} takes what reaches it, and not a millionth of a won more`, async () => {
      for (let count = 1; count < clips; count++) await site.queued();
      await setCap(cap, clips * PRICE - 1);
      assert.equal(capOf(await refused()), `cap: ${cap}`);
      await setCap(cap, clips * PRICE);
      await site.queued();
      assert.equal(await site.count("jobs"), clips);
    });

    test(`of the kind ${cap} refuses before anything is stored`, async () => {
      await setCap(cap, PRICE - 1);
      const keyed = submit(site.env, submission(clip(), { idempotency_key: "key-00000001" }));
      await assert.rejects(keyed, problem("cap-exceeded", ""));
      for (const table of ["jobs", "attempts", "ledger", "idempotency_keys"]) assert.equal(await site.count(table), 0);
    });
  }

  test("that is missing lets nothing through", async () => {
    for (const cap of Object.keys(CLIPS)) {
      const [row] = await site.rows("SELECT micro_won FROM limits WHERE name = ?1", cap);
      await site.rows("DELETE FROM limits WHERE name = ?1", cap);
      await refused();
      await site.rows("INSERT INTO limits VALUES (?1, ?2)", cap, row?.["micro_won"] ?? null);
    }
    await site.queued();
  });

  test("is told by name, the narrowest first, in both languages and with nothing understated", async () => {
    await site.queued();
    await setCap("site_day", PRICE + 1);
    assert.equal(capOf(await refused()), "cap: site_day");
    await setCap("owner_day", PRICE + 1);
    const refusal = await refused();
    assert.equal(capOf(refusal), "cap: owner_day");
    for (const words of [refusal.detail?.ko, refusal.detail?.en]) {
      const [cap, left, asked] = (words?.match(/[\d,]+(?=원| won)/g) ?? []).map((text) =>
        Number(text.replaceAll(",", "")),
      );
      assert.deepEqual([cap, left, asked], [Math.ceil((PRICE + 1) / 1e6), 0, Math.ceil(PRICE / 1e6)], words);
    }
    await setCap("job", PRICE - 1);
    assert.equal(capOf(await refused()), "cap: job");
  });

  test("that is overdrawn leaves nothing, not less than nothing", async () => {
    await site.queued();
    await setCap("owner_day", 1_000_000);
    assert.match((await refused()).detail?.en ?? "", /^Of your 1 won a day, 0 won are left/);
  });

  test("writes thousands so that they can be read", async () => {
    await site.queued();
    await site.rows("UPDATE ledger SET micro_won = 12345673000000");
    await setCap("owner_day", 12_345_678_000_000);
    await setCap("site_day", 12_345_678_000_000);
    const { detail } = await refused();
    assert.match(detail?.en ?? "", /^Of your 12,345,678 won a day, 5 won are left/);
    assert.match(detail?.ko ?? "", /^하루 한도 12,345,678원 중 5원이 남았는데/);
  });

  test("shares its last won with nobody", async () => {
    await setCap("owner_day", 3 * PRICE);
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => site.queued()));
    assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 3);
    assert.equal((await site.rows("SELECT SUM(micro_won) AS held FROM ledger"))[0]?.["held"], 3 * PRICE);
  });
});

describe("a cap of one's own", () => {
  for (const cap of ["job", "owner_day"] as const) {
    test(`of the kind ${cap} holds where it is lower than the site's, for its owner alone`, async () => {
      await setOwnLimits(site.db, OWNER, { job_micro_won: null, owner_day_micro_won: null, [`${cap}_micro_won`]: PRICE - 1 });
      const refusal = await refused();
      assert.equal(capOf(refusal), `cap: ${cap}`);
      assert.match(refusal.detail?.en ?? "", new RegExp(`\\b${Math.ceil((PRICE - 1) / 1e6)} won`));
      await site.queued(clip(), { owner: STRANGER });
      assert.equal((await capsOf(site.db, OWNER)).caps.find(({ name }) => name === cap)?.most === PRICE - 1, false);
      await setOwnLimits(site.db, OWNER, { job_micro_won: null, owner_day_micro_won: null });
      await site.queued();
    });

    test(`of the kind ${cap} lifts none of the site's`, async () => {
      await setCap(cap, PRICE - 1);
      await setOwnLimits(site.db, OWNER, { job_micro_won: 9 * PRICE, owner_day_micro_won: 9 * PRICE });
      assert.equal(capOf(await refused()), `cap: ${cap}`);
    });
  }
});

describe("many clips at once", () => {
  const { high_micro_won, cold_start_micro_won } = estimateFor(clip());
  const WARM = high_micro_won - cold_start_micro_won;

  test("reserve the start of as many cards as there may be, and no more", async () => {
    const jobs: number[] = [];
    for (let count = 0; count < 6; count++) jobs.push((await site.queued()).reserved_micro_won);
    assert.deepEqual(jobs, [PRICE, PRICE, PRICE, PRICE, WARM, WARM]);
    assert.equal((await site.queued(clip(), { owner: STRANGER })).reserved_micro_won, PRICE, "another owner's is another's");
  });

  test("fill a day with what they can cost, to the last millionth of a won", async () => {
    await setCap("owner_day", 4 * PRICE + 2 * WARM);
    for (let count = 0; count < 6; count++) await site.queued();
    const { detail } = await refused();
    const [, , asked, paid, aside] = (detail?.en.match(/[\d,]+(?= won)/g) ?? []).map((text) => Number(text.replaceAll(",", "")));
    assert.deepEqual([asked, paid, aside], [Math.ceil(WARM / 1e6), 0, Math.ceil((4 * PRICE + 2 * WARM) / 1e6)]);
  });

  test("are billed no more than they reserved, though a card starts for a later one", async () => {
    for (let count = 0; count < 4; count++) await site.queued();
    const later = await site.queued();
    await state.ended(site.db, outcome(later.id, "succeeded", { cost: used(PRICE) }), { attempt: 1 });
    assert.equal((await site.stored(later)).job?.["billed_micro_won"], WARM);
    const [{ lost } = { lost: null }] = await site.rows("SELECT micro_won AS lost FROM ledger WHERE kind = 'loss'");
    assert.equal(lost, PRICE - WARM);
  });

  test("hold a start again once the ones before have ended", async () => {
    const first = await site.queued();
    for (let count = 0; count < 3; count++) await site.queued();
    await state.cancel(site.db, first.id, first.owner);
    assert.equal((await site.queued()).reserved_micro_won, PRICE);
  });

  test("are offered what fits beside the cards that are at work", async () => {
    for (let count = 0; count < 4; count++) await site.queued(clip({ seconds: 10 }));
    const [{ used: spent } = { used: 0 }] = await site.rows("SELECT SUM(micro_won) AS used FROM ledger");
    await setCap("owner_day", Number(spent) + WARM);
    await assert.rejects(submit(site.env, submission(clip({ seconds: 10 }))), (error) => {
      assert(error instanceof ProblemError);
      const [fits] = error.choices ?? [];
      assert(fits && fits.high_micro_won <= WARM, JSON.stringify(error.choices));
      return true;
    });
  });
});

describe("a day", () => {
  test("of one owner is not filled by another, the site's is", async () => {
    await setCap("owner_day", PRICE);
    await setCap("site_day", 2 * PRICE);
    await site.queued();
    await refused();
    await site.queued(clip(), { owner: STRANGER });
    assert.equal(capOf(await refused("owner-3")), "cap: site_day");
  });

  test("ends at midnight in Seoul", async () => {
    await setCap("owner_day", PRICE);
    await setCap("site_day", PRICE);
    setClock("2026-11-23T14:59:59.999Z");
    await site.queued();
    await refused();
    setClock("2026-11-23T15:00:00.000Z");
    await site.queued();
  });

  test("gets back what a job held, less what it is billed", async () => {
    await setCap("owner_day", 2 * PRICE);
    const first = await site.queued();
    await site.queued();
    await refused();
    await state.ended(site.db, outcome(first.id, "succeeded", { cost: used(1) }), { attempt: 1 });
    await refused();
    await setCap("owner_day", 2 * PRICE + 1);
    await site.queued();
  });

  test("gets back all of a job that failed or was canceled in time", async () => {
    await setCap("owner_day", PRICE);
    const first = await site.queued();
    await state.failed(site.db, first, "gpu-unreachable");
    const second = await site.queued();
    await state.cancel(site.db, second.id, second.owner);
    await site.queued();
  });

  test("counts what a job is billed later for the day it was asked on", async () => {
    const first = await site.queued();
    setClock("2026-11-24T03:00:00.000Z");
    await state.ended(site.db, outcome(first.id, "succeeded"), { attempt: 1 });
    await setCap("owner_day", PRICE);
    await site.queued();
  });

  test("of the site bears what the site lost, the owner's does not", async () => {
    const first = await site.queued();
    const lost = outOfMemory(first.id, { cost: used(7) });
    await state.ended(site.db, lost, { attempt: 1 });
    await setCap("owner_day", PRICE);
    await setCap("site_day", PRICE + 6);
    assert.equal(capOf(await refused()), "cap: site_day");
    await setCap("site_day", PRICE + 7);
    await site.queued();
  });
});
