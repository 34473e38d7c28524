/** A job's life, change by change: what each one writes of state, attempts and money, in one step or not at all. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as lease from "../../functions/_lib/lease.ts";
import * as state from "../../functions/_lib/state.ts";
import { event, FINISHED_AT, OWNER, outcome, resolved, STRANGER, started, used } from "./bodies.ts";
import { changed, LEASE_UNTIL, Site } from "./site.ts";

const site = await Site.open();
const NOW = "2026-11-23T03:00:00.000Z";
const LATER = "2026-11-23T03:05:00.000Z";

describe("a worker that is heard of", () => {
  test("runs the job from its first word on, and keeps it", async () => {
    const { id, version } = await site.queued();
    const row = changed(await state.reported(site.db, started(id), LEASE_UNTIL));
    assert.partialDeepStrictEqual(
      { ...row },
      {
        status: "running",
        seq: 1,
        stage: "starting",
        progress: null,
        started_at: started(id).at,
        resolved: JSON.stringify(resolved()),
        lease_until: LEASE_UNTIL,
        version: version + 1,
        billed_micro_won: null,
      },
    );
    const [attempt] = (await site.stored(row)).attempts;
    assert.partialDeepStrictEqual(attempt, {
      started_at: started(id).at,
      gpu: "H200",
      outcome: "open",
      finished_at: null,
    });
  });

  test("may be heard of first in the middle of its work", async () => {
    const { id } = await site.queued();
    const row = changed(await state.reported(site.db, event(id, 7), LEASE_UNTIL));
    assert.deepEqual([row.status, row.seq, row.stage, row.started_at], ["running", 7, "stage_1", event(id, 7).at]);
  });

  test("tells its progress anew each time, and stage and settings until it names others", async () => {
    const { id } = await site.running();
    const pace = { step_began_at: "2026-11-23T03:00:00.000Z", step_seconds: 0.75 };
    const progress = { step: 3, steps: 8, eta_seconds: 1.5, eta_basis: "measured", ...pace } as const;
    const first = changed(await state.reported(site.db, event(id, 2, { progress }), LEASE_UNTIL));
    assert.deepEqual(JSON.parse(first.progress ?? ""), progress);
    const second = changed(await state.reported(site.db, event(id, 3, { stage: null, at: LATER }), LATER));
    assert.deepEqual([second.stage, second.progress, second.resolved], ["stage_1", null, first.resolved]);
    assert.deepEqual([second.started_at, second.lease_until], [first.started_at, LATER]);
    assert.equal(second.version, first.version + 1);
  });

  test("may run on another card than was asked for", async () => {
    const { id } = await site.queued();
    await state.reported(site.db, started(id, { resolved: resolved("B200") }), LEASE_UNTIL);
    await state.reported(site.db, event(id, 2), LEASE_UNTIL);
    assert.equal((await site.stored({ id })).attempts[0]?.["gpu"], "B200");
  });

  test("changes nothing with a word that comes too late", async () => {
    const { id } = await site.queued();
    await state.reported(site.db, event(id, 7), LEASE_UNTIL);
    const before = await site.stored({ id });
    assert.equal(await state.reported(site.db, started(id, { resolved: resolved("B200") }), LATER), undefined);
    assert.deepEqual(await site.stored({ id }), before);
  });

  test("proves that its ticket arrived: tries to hand it over count anew", async () => {
    const row = await site.queued();
    assert.equal((await lease.notAccepted(site.db, row, LEASE_UNTIL))?.dispatch_tries, 1);
    assert.equal((await lease.notAccepted(site.db, row, LATER))?.dispatch_tries, 2);
    assert.equal(changed(await state.reported(site.db, started(row.id), LEASE_UNTIL)).dispatch_tries, 0);
  });

  test("still works on a job that is to stop", async () => {
    const { id } = await site.running();
    await state.cancel(site.db, id, OWNER);
    const row = changed(await state.reported(site.db, event(id, 2), LEASE_UNTIL));
    assert.deepEqual([row.status, row.cancel_requested], ["running", 1]);
  });
});

describe("an end", () => {
  test("with a clip holds the clip, and its price", async () => {
    const { id, version, reserved_micro_won } = await site.running();
    const done = outcome(id, "succeeded");
    const row = changed(await state.ended(site.db, done, { attempt: 1, seq: 2 }));
    assert.partialDeepStrictEqual(
      { ...row },
      {
        status: "succeeded",
        finished_at: FINISHED_AT,
        stage: null,
        progress: null,
        seq: 2,
        version: version + 1,
        video_key: done.video_key,
        poster_key: done.poster_key,
        problem_slug: null,
        problem_detail: null,
        billed_micro_won: done.cost.micro_won,
      },
    );
    const told = [row.video, row.poster, row.quality, row.cost, row.resolved].map((text) => JSON.parse(text ?? "null"));
    assert.deepEqual(told, [done.video, done.poster, done.quality, done.cost, done.resolved]);
    const [attempt] = (await site.stored(row)).attempts;
    assert.partialDeepStrictEqual(attempt, {
      outcome: "succeeded",
      finished_at: FINISHED_AT,
      gpu_seconds: 10,
      micro_won: done.cost.micro_won,
      problem_slug: null,
    });
    const money = { reserve: reserved_micro_won, release: -reserved_micro_won, settle: done.cost.micro_won };
    assert.deepEqual(await site.money(row), money);
  });

  test("without a clip is free, says why, and shows nothing that was half made", async () => {
    const { id, reserved_micro_won } = await site.running();
    const video = outcome(id, "succeeded");
    const broken = { ...video, ...outcome(id, "failed"), video: video.video, video_key: video.video_key };
    const row = changed(await state.ended(site.db, broken, { attempt: 1, seq: 2 }));
    assert.partialDeepStrictEqual(
      { ...row },
      {
        status: "failed",
        billed_micro_won: 0,
        video: null,
        video_key: null,
        poster: null,
        poster_key: null,
        problem_slug: "render-failed",
        problem_detail: "It failed in stage stage_2.",
      },
    );
    assert.equal((await site.stored(row)).attempts[0]?.["problem_slug"], "render-failed");
    const money = { reserve: reserved_micro_won, release: -reserved_micro_won, loss: broken.cost.micro_won };
    assert.deepEqual(await site.money(row), money);
  });

  const FAULTS = {
    "/problems/out-of-gpu-memory": "out-of-gpu-memory",
    "weights-unusable": "weights-unusable",
    "/problems/no-such": "render-failed",
  };
  for (const [type, slug] of Object.entries(FAULTS)) {
    test(`for the reason ${type} is known as ${slug}`, async () => {
      const { id } = await site.running();
      const broken = outcome(id, "failed", { fault: { type, detail: "words" } });
      assert.equal(changed(await state.ended(site.db, broken, { attempt: 1 })).problem_slug, slug);
    });
  }

  test("for no reason that was told has one nevertheless", async () => {
    const { id } = await site.running();
    const row = changed(await state.ended(site.db, outcome(id, "failed", { fault: null }), { attempt: 1 }));
    assert.deepEqual([row.problem_slug, row.problem_detail], ["render-failed", null]);
  });

  test("by a cancel bills what was used until then", async () => {
    const { id } = await site.running();
    await state.cancel(site.db, id, OWNER);
    const row = changed(await state.ended(site.db, outcome(id, "canceled"), { attempt: 1, seq: 2 }));
    assert.deepEqual([row.status, row.problem_slug, row.billed_micro_won], ["canceled", null, 20_000_000]);
    assert.equal((await site.money(row))["settle"], 20_000_000);
  });

  test("may be all that is heard of a job", async () => {
    const { id } = await site.queued();
    const row = changed(await state.ended(site.db, outcome(id, "succeeded"), { attempt: 1, seq: 9 }));
    assert.deepEqual([row.status, await site.outcomes(row)], ["succeeded", ["succeeded"]]);
  });

  test("that a marker tells has no number, and comes in any order", async () => {
    const { id } = await site.running();
    const row = changed(await state.ended(site.db, outcome(id, "succeeded"), { attempt: 1 }));
    assert.deepEqual([row.status, row.seq], ["succeeded", 1]);
  });

  test("costs no more than was held, and no less than nothing", async () => {
    for (const [spent, billed] of [
      [1, 1],
      [-5, 0],
      [0.4, 0],
      [0.5, 1],
      [1e15, null],
    ] as const) {
      const { id, reserved_micro_won } = await site.running();
      const done = outcome(id, "succeeded", { cost: used(spent) });
      const row = changed(await state.ended(site.db, done, { attempt: 1 }));
      assert.equal(row.billed_micro_won, billed ?? reserved_micro_won, `${spent}`);
      assert.equal((await site.money(row))["settle"], row.billed_micro_won);
    }
  });

  test("leaves to the site what an attempt cost beyond what was held", async () => {
    const { id, reserved_micro_won } = await site.running();
    const done = outcome(id, "succeeded", { cost: used(reserved_micro_won + 3) });
    const row = changed(await state.ended(site.db, done, { attempt: 1 }));
    assert.equal((await site.money(row))["loss"], 3);
    const [loss] = (await site.stored(row)).ledger;
    assert.deepEqual([loss?.["kind"], loss?.["owner"]], ["loss", "site"]);
  });

  test("by the clip of an attempt that was given up counts after all", async () => {
    const { id } = await site.secondAttempt({ isRunning: true });
    const row = changed(await state.ended(site.db, outcome(id, "succeeded"), { attempt: 2, seq: 2 }));
    assert.deepEqual([row.status, row.video_key], ["succeeded", `jobs/${id}/video-1.mp4`]);
    assert.deepEqual(await site.outcomes(row), ["succeeded", "canceled"]);
    assert.equal((await site.money(row))["settle"], 20_000_000, "one clip is charged once");
  });
});

describe("an end without a worker's word", () => {
  test("is a free failure; who was lost is told apart", async () => {
    for (const slug of ["gpu-unreachable", "deadline-exceeded", "worker-lost"] as const) {
      const before = await site.running();
      const row = changed(await state.failed(site.db, before, slug));
      assert.partialDeepStrictEqual(
        { ...row },
        {
          status: "failed",
          problem_slug: slug,
          billed_micro_won: 0,
          finished_at: NOW,
          stage: null,
          version: before.version + 1,
        },
      );
      const [attempt] = (await site.stored(row)).attempts;
      const ended = slug === "worker-lost" ? "lost" : "failed";
      assert.partialDeepStrictEqual(attempt, { outcome: ended, finished_at: NOW, problem_slug: slug, micro_won: 0 });
      assert.deepEqual(await site.money(row), { reserve: row.reserved_micro_won, release: -row.reserved_micro_won });
    }
  });

  test("is a free cancel where the worker is silent", async () => {
    const row = changed(await state.canceled(site.db, await site.running()));
    assert.deepEqual([row.status, row.billed_micro_won, row.problem_slug], ["canceled", 0, null]);
    assert.deepEqual(await site.outcomes(row), ["canceled"]);
    assert.equal((await site.money(row))["settle"], 0);
  });
});

describe("a wish to stop", () => {
  test("ends a job at once that nobody has begun", async () => {
    const { id, version } = await site.queued();
    const row = changed(await state.cancel(site.db, id, OWNER));
    assert.partialDeepStrictEqual(
      { ...row },
      {
        status: "canceled",
        cancel_requested: 1,
        billed_micro_won: 0,
        finished_at: NOW,
        version: version + 1,
      },
    );
    assert.deepEqual(await site.outcomes(row), ["canceled"]);
    assert.equal((await site.money(row))["settle"], 0);
  });

  test("ends it between two attempts as well, and keeps what became of the first", async () => {
    const { id } = await site.secondAttempt();
    changed(await state.cancel(site.db, id, OWNER));
    assert.deepEqual(await site.outcomes({ id }), ["lost", "canceled"]);
  });

  test("is kept for the worker of a job that runs, and shown once", async () => {
    const { id, version } = await site.running();
    const first = changed(await state.cancel(site.db, id, OWNER));
    const second = changed(await state.cancel(site.db, id, OWNER));
    for (const row of [first, second]) {
      assert.deepEqual([row.status, row.cancel_requested, row.version], ["running", 1, version + 1]);
    }
  });

  test("is its owner's alone", async () => {
    const queued = await site.queued();
    const running = await site.running();
    const before = [await site.stored(queued), await site.stored(running)];
    assert.equal(await state.cancel(site.db, queued.id, STRANGER), undefined);
    assert.equal(await state.cancel(site.db, running.id, STRANGER), undefined);
    assert.deepEqual([await site.stored(queued), await site.stored(running)], before);
  });
});
