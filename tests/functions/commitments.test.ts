/** Caps on what is asked for, before anything is billed: open jobs, jobs undone, and the switch that stops new ones. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CapName, capsOf, changeCaps } from "../../functions/_lib/caps.ts";
import { cheaperChoices } from "../../functions/_lib/cheaper.ts";
import { estimateFor } from "../../functions/_lib/prices.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import * as state from "../../functions/_lib/state.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, extend, keyframes, OWNER, outcome, retake, STRANGER, submission, used } from "./bodies.ts";
import { setClock } from "./database.ts";
import { Site } from "./site.ts";

const site = await Site.open();

async function setCaps(caps: Partial<Record<CapName, number>>): Promise<void> {
  const changes = Object.entries(caps).map(([name, most]) => ({ name: name as CapName, most }));
  await changeCaps(site.db, { caps: changes });
}

async function refused(slug: string, request = clip(), owner = OWNER): Promise<ProblemError> {
  try {
    await submit(site.env, submission(request, { owner }));
  } catch (error) {
    if (error instanceof ProblemError && error.slug === slug) return error;
    throw error;
  }
  throw new Error("it was taken");
}

const capOf = (refusal: ProblemError): string | undefined => refusal.errors[0]?.detail.en;

/** A job that its owner took back before it began. */
async function takenBack(owner = OWNER): Promise<void> {
  const { id } = await site.queued(clip(), { owner });
  await state.cancel(site.db, id, owner);
}

describe("open jobs", () => {
  test("of one owner are bounded, however little they cost, until one ends", async () => {
    await setCaps({ owner_open_jobs: 2 });
    const first = await site.queued();
    await site.running();
    assert.equal(capOf(await refused("too-many-open-jobs")), "cap: owner_open_jobs");
    assert.equal((await site.queued(clip(), { owner: STRANGER })).status, "queued");
    await state.ended(site.db, outcome(first.id, "succeeded"), { attempt: 1 });
    await site.queued();
  });

  test("of the whole site are bounded too", async () => {
    await setCaps({ site_open_jobs: 2 });
    await site.queued();
    await site.queued(clip(), { owner: STRANGER });
    assert.equal(capOf(await refused("too-many-open-jobs", clip(), "owner-3")), "cap: site_open_jobs");
  });

  test("share the last place with nobody", async () => {
    await setCaps({ owner_open_jobs: 3 });
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => site.queued()));
    assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 3);
  });

  test("leave room for an evening of 180 clips and a batch of 200 more", async () => {
    const request = clip({ preset: "aggressive_quality", tier: "704p", seconds: 8 });
    const { high_micro_won, micro_won } = estimateFor(request);
    const { caps } = await capsOf(site.db, OWNER);
    const most = Object.fromEntries(caps.map((cap) => [cap.name, cap.most]));
    assert((most["owner_day"] ?? 0) >= 180 * micro_won + 200 * high_micro_won);
    assert((most["owner_open_jobs"] ?? 0) >= 200 && (most["owner_undone_hour"] ?? 0) >= 200);
    assert((most["owner_uploads_hour"] ?? 0) >= 380);
  });
});

describe("jobs that are undone", () => {
  test("before they begin are bounded by the hour, and the next hour is a new one", async () => {
    await setCaps({ owner_undone_hour: 2 });
    await takenBack();
    await takenBack();
    const refusal = await refused("too-many-undone-jobs");
    assert.equal(capOf(refusal), "cap: owner_undone_hour");
    assert.equal(refusal.headers["retry-after"], "3600");
    await site.queued(clip(), { owner: STRANGER });
    setClock("2026-11-23T04:00:00.000Z");
    await site.queued();
  });

  test("are bounded by the day as well", async () => {
    await setCaps({ owner_undone_day: 2 });
    await takenBack();
    setClock("2026-11-23T05:00:00.000Z");
    await takenBack();
    setClock("2026-11-23T14:59:00.000Z");
    assert.equal(capOf(await refused("too-many-undone-jobs")), "cap: owner_undone_day");
    setClock("2026-11-23T15:00:00.000Z");
    await site.queued();
  });

  test("by their own fault count alike; those that ran, or failed by ours, do not", async () => {
    await setCaps({ owner_undone_hour: 1 });
    const ran = await site.running();
    await state.ended(site.db, outcome(ran.id, "canceled"), { attempt: 1 });
    await state.failed(site.db, await site.queued(), "gpu-unreachable");
    const { id } = await site.running();
    const fault = { type: "/problems/picture-refused", detail: "It is cut off." };
    await state.ended(site.db, outcome(id, "failed", { fault }), { attempt: 1 });
    await refused("too-many-undone-jobs");
  });
});

describe("the switch", () => {
  test("refuses new jobs with words of its own, loses nothing, and lets them in again", async () => {
    const before = await site.queued();
    await changeCaps(site.db, { accepts_jobs: false });
    await refused("paused-by-operator");
    const key = { idempotency_key: "key-00000001" };
    await assert.rejects(submit(site.env, submission(clip(), key)), { slug: "paused-by-operator" });
    assert.equal((await site.stored(before)).job?.["status"], "queued");
    await changeCaps(site.db, { accepts_jobs: true });
    assert.equal((await submit(site.env, submission(clip(), key))).is_new, true);
  });

  test("that is missing lets nothing through", async () => {
    await site.rows("DELETE FROM switches");
    await refused("paused-by-operator");
  });

  test("answers a repeated submit with its job all the same", async () => {
    const key = { idempotency_key: "key-00000001" };
    const { row } = await submit(site.env, submission(clip(), key));
    await changeCaps(site.db, { accepts_jobs: false });
    assert.equal((await submit(site.env, submission(clip(), key))).row.id, row.id);
  });
});

describe("a cap in won", () => {
  const asked = clip({ preset: "aggressive_quality", tier: "1088p", seconds: 10 });

  test("names the two nearest choices that fit, with their won, in both languages", async () => {
    await setCaps({ job: estimateFor(asked).high_micro_won - 1 });
    const refusal = await refused("cap-exceeded", asked);
    assert.equal(refusal.choices.length, 2);
    for (const choice of refusal.choices) {
      assert.equal(choice.micro_won, estimateFor(choice).micro_won);
      const won = Math.ceil(choice.high_micro_won / 1e6).toLocaleString("en-US");
      assert.match(refusal.detail?.ko ?? "", new RegExp(`${choice.tier} ${choice.seconds}초\\(최대 ${won}원\\)`));
      assert.match(refusal.detail?.en ?? "", new RegExp(`${choice.tier} ${choice.seconds} s \\(up to ${won} won\\)`));
      const [taken] = [await site.queued(clip({ ...asked, ...pick(choice) }))];
      assert.equal(taken.status, "queued");
    }
  });

  test("names only what takes the same pictures and is within what is left", () => {
    for (const request of [asked, keyframes("upload-0001", "upload-0002")]) {
      const price = estimateFor(request);
      const choices = cheaperChoices(price, price.high_micro_won - 1, 0);
      for (const choice of choices) {
        assert.equal(choice.preset === "keyframes", request.preset === "keyframes");
        assert(choice.high_micro_won < price.high_micro_won && choice.ratio === price.ratio);
      }
    }
    assert.deepEqual(cheaperChoices(estimateFor(asked), 1, 0), []);
  });

  test("names nothing beside a part of a clip, whose settings are that clip's", () => {
    for (const request of [retake("abcdefgh12"), extend("abcdefgh12")]) {
      const price = estimateFor(request);
      assert.deepEqual(cheaperChoices(price, price.high_micro_won - 1, 0), []);
    }
  });

  function pick({ seconds, tier, preset }: (typeof ProblemError.prototype.choices)[number]) {
    return { seconds, tier: tier as "704p", preset: preset as "fast" };
  }
});

describe("the sums", () => {
  test("are those of the rows, whatever became of the jobs", async () => {
    for (const owner of [OWNER, STRANGER]) {
      await site.ended("succeeded", owner);
      await site.ended("failed", owner);
      await site.ended("canceled", owner);
      await takenBack(owner);
      await site.queued(clip(), { owner });
    }
    setClock("2026-11-24T03:00:00.000Z");
    const lost = await site.secondAttempt({ isRunning: true });
    await state.ended(site.db, outcome(lost.id, "failed", { attempt: 2, cost: used(9) }), { attempt: 2 });
    await site.running();
    assert.deepEqual(
      await site.rows("SELECT owner, day, micro_won FROM day_totals WHERE owner <> '*' ORDER BY owner, day"),
      await site.rows("SELECT owner, day, SUM(micro_won) AS micro_won FROM ledger GROUP BY owner, day ORDER BY 1, 2"),
    );
    assert.deepEqual(
      await site.rows("SELECT day, micro_won FROM day_totals WHERE owner = '*' ORDER BY day"),
      await site.rows("SELECT day, SUM(micro_won) AS micro_won FROM ledger GROUP BY day ORDER BY day"),
    );
    assert.deepEqual(
      await site.rows(
        `SELECT owner, day, jobs, estimate_micro_won, billed_micro_won, held_micro_won FROM day_totals
         WHERE owner NOT IN ('*', 'site') ORDER BY owner, day`,
      ),
      await site.rows(
        `SELECT owner, day, COUNT(*) AS jobs, SUM(estimate_micro_won) AS estimate_micro_won,
           SUM(COALESCE(billed_micro_won, 0)) AS billed_micro_won,
           SUM(CASE WHEN status IN ('queued', 'running') THEN reserved_micro_won ELSE 0 END) AS held_micro_won
         FROM jobs GROUP BY owner, day ORDER BY owner, day`,
      ),
    );
    assert.deepEqual(await site.rows("SELECT owner, open_jobs FROM totals ORDER BY owner"), [
      { owner: "*", open_jobs: 3 },
      { owner: OWNER, open_jobs: 2 },
      { owner: STRANGER, open_jobs: 1 },
    ]);
  });

  test("hold what containers cost beyond their jobs against the site's day, once, however often it is reported", async () => {
    const report = (unassigned: number) =>
      site.rows(
        `INSERT INTO containers (container_id, gpu, checkpoint, deploy, opened_at, at, day, boot_seconds, busy_seconds,
           idle_seconds, total_micro_won, jobs_micro_won, unassigned_micro_won)
         VALUES ('ta-1', 'H200', 'ltx-2-19b', 'v1', 't', 't', '2026-11-23', 60, 0, 0, ?1, 0, ?1)
         ON CONFLICT (container_id) DO UPDATE SET unassigned_micro_won = excluded.unassigned_micro_won`,
        unassigned,
      );
    for (const unassigned of [5, 9, 9, 7]) await report(unassigned);
    assert.deepEqual(await site.rows("SELECT owner, day, micro_won FROM day_totals ORDER BY owner"), [
      { owner: "*", day: "2026-11-23", micro_won: 7 },
      { owner: "site", day: "2026-11-23", micro_won: 7 },
    ]);
    await setCaps({ site_day: estimateFor(clip()).high_micro_won + 6 });
    assert.equal(capOf(await refused("cap-exceeded")), "cap: site_day");
    await setCaps({ site_day: estimateFor(clip()).high_micro_won + 7 });
    await site.queued();
  });

  test("follow a row of the ledger that is corrected or removed", async () => {
    const { id } = await site.queued();
    await site.rows("UPDATE ledger SET micro_won = 5 WHERE job_id = ?1", id);
    const sums = "SELECT owner, micro_won FROM day_totals ORDER BY owner";
    assert.deepEqual(await site.rows(sums), [
      { owner: "*", micro_won: 5 },
      { owner: OWNER, micro_won: 5 },
    ]);
    await site.rows("DELETE FROM ledger WHERE job_id = ?1", id);
    assert.deepEqual((await site.rows(sums)).map(({ micro_won }) => micro_won), [0, 0]);
  });
});
