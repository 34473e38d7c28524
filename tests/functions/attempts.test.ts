/** Attempts: dispatch, replacement, and which of several simultaneous changes wins. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as lease from "../../functions/_lib/lease.ts";
import type { JobRow } from "../../functions/_lib/row.ts";
import * as state from "../../functions/_lib/state.ts";
import { event, OWNER, outcome, outOfMemory, started, used } from "./bodies.ts";
import { changed, LEASE_UNTIL, Site } from "./site.ts";

const site = await Site.open();
const LATER = "2026-11-23T03:05:00.000Z";
const DEADLINE = "2026-11-23T05:00:00.000Z";

type Change = (row: JobRow) => Promise<JobRow | undefined>;

/** Every change of state, requested by a caller that last read the job in its first attempt. */
const CHANGES: Record<string, Change> = {
  reported: ({ id }) => state.reported(site.db, event(id, 50), LATER),
  "ended with a clip": ({ id }) =>
    state.ended(site.db, outcome(id, "succeeded", { finished_at: LATER }), { attempt: 1, seq: 50 }),
  "ended without": ({ id }) =>
    state.ended(site.db, outcome(id, "failed", { finished_at: LATER }), { attempt: 1, seq: 50 }),
  "ended by a marker": ({ id }) => state.ended(site.db, outcome(id, "failed", { finished_at: LATER }), { attempt: 1 }),
  failed: (row) => state.failed(site.db, row, "worker-lost"),
  canceled: (row) => state.canceled(site.db, row),
  lost: (row) => state.attemptLost(site.db, row),
  "moved to a larger GPU": ({ id }) =>
    state.movedToLargerGpu(site.db, outOfMemory(id), { attempt: 1, seq: 50 }, "B200"),
  dispatched: (row) => lease.accepted(site.db, row, "call-late", LATER),
  "not dispatched": (row) => lease.notAccepted(site.db, row, LATER),
};

describe("an attempt that is handed over", () => {
  test("is known by its call", async () => {
    const row = changed(await lease.accepted(site.db, await site.queued(), "call-1", LEASE_UNTIL));
    assert.deepEqual([row.status, row.call_id], ["queued", "call-1"]);
    assert.equal(row.lease_until, LEASE_UNTIL);
  });

  test("takes no time away from a worker that was heard of first", async () => {
    const row = await site.queued();
    changed(await state.reported(site.db, started(row.id), LATER));
    const handed = changed(await lease.accepted(site.db, row, "call-1", LEASE_UNTIL));
    assert.deepEqual([handed.status, handed.lease_until], ["running", LATER]);
  });

  test("is not counted as a failed try by a late answer", async () => {
    const row = await site.queued();
    changed(await lease.accepted(site.db, row, "call-1", LEASE_UNTIL));
    assert.equal(await lease.notAccepted(site.db, row, LATER), undefined);
    assert.equal((await site.stored(row)).job?.["dispatch_tries"], 0);
  });

  test("shows a reader nothing new", async () => {
    const row = await site.queued();
    const tried = changed(await lease.notAccepted(site.db, row, LATER));
    const handed = changed(await lease.accepted(site.db, row, "call-1", LATER));
    assert.deepEqual([tried.version, handed.version], [row.version, row.version]);
  });
});

describe("an attempt that is given up", () => {
  test("is followed by one that starts from nothing, with the same seed and price", async () => {
    const before = changed(await lease.accepted(site.db, await site.running(), "call-1", LATER));
    const row = changed(await state.attemptLost(site.db, before));
    assert.deepEqual(
      { ...row },
      {
        ...before,
        status: "queued",
        attempt: 2,
        seq: 0,
        stage: null,
        progress: null,
        call_id: null,
        handed_at: null,
        card: null,
        deadline_at: null,
        dispatch_tries: 0,
        lease_until: "2026-11-23T03:00:00.000Z",
        version: before.version + 1,
      },
    );
    const { attempts, ledger } = await site.stored(row);
    assert.partialDeepStrictEqual(attempts, [
      { attempt: 1, outcome: "lost", problem_slug: "worker-lost", gpu_seconds: null, micro_won: 0 },
      { attempt: 2, outcome: "open", gpu: before.gpu, started_at: null, finished_at: null },
    ]);
    assert.deepEqual(
      ledger.map(({ kind }) => kind),
      ["reserve"],
    );
  });

  test("counts events from one again", async () => {
    const { id } = await site.secondAttempt();
    const row = changed(await state.reported(site.db, event(id, 1, { attempt: 2 }), LEASE_UNTIL));
    assert.deepEqual([row.status, row.seq], ["running", 1]);
  });

  test("is not followed by one that nobody wants any more", async () => {
    const running = await site.running();
    changed(await state.cancel(site.db, running.id, OWNER));
    const before = await site.stored(running);
    assert.equal(await state.attemptLost(site.db, running), undefined);
    const report = { attempt: 1, seq: 5 };
    assert.equal(await state.movedToLargerGpu(site.db, outOfMemory(running.id), report, "B200"), undefined);
    assert.deepEqual(await site.stored(running), before);
  });

  test("for want of memory keeps its cost and its reason, and the next has the larger card", async () => {
    const before = await site.running();
    const row = changed(await state.movedToLargerGpu(site.db, outOfMemory(before.id), { attempt: 1, seq: 2 }, "B200"));
    assert.deepEqual([row.status, row.attempt, row.gpu, row.billed_micro_won], ["queued", 2, "B200", null]);
    const { attempts, ledger } = await site.stored(row);
    assert.partialDeepStrictEqual(attempts, [
      { outcome: "failed", problem_slug: "out-of-gpu-memory", gpu: "H200", gpu_seconds: 10, micro_won: 20_000_000 },
      { outcome: "open", gpu: "B200" },
    ]);
    assert.deepEqual(
      ledger.map(({ kind }) => kind),
      ["reserve"],
    );
  });
});

describe("a clip that turns up after the end", () => {
  test("counts where no worker had reported the end, is charged once, and only once", async () => {
    const failed = changed(await state.failed(site.db, await site.running(), "worker-lost"));
    const [row, again] = [
      await state.overtaken(site.db, outcome(failed.id, "succeeded")),
      await state.overtaken(site.db, outcome(failed.id, "succeeded")),
    ];
    assert.deepEqual([row?.status, row?.problem_slug, row?.look_again_at, again], ["succeeded", null, null, undefined]);
    const held = failed.reserved_micro_won;
    assert.deepEqual(await site.money(failed), { reserve: held, release: -held, settle: 20_000_000 });
    assert.deepEqual(await site.outcomes(failed), ["succeeded"]);
  });

  test("costs no more than was held, and the rest is the site's", async () => {
    const failed = changed(await state.failed(site.db, await site.running(), "gpu-unreachable"));
    const held = failed.reserved_micro_won;
    await state.overtaken(site.db, outcome(failed.id, "succeeded", { cost: used(held + 7) }));
    assert.deepEqual(await site.money(failed), { reserve: held, release: -held, settle: held, loss: 7 });
  });

  test("changes nothing of an end that a worker reported, that its owner wished, or that was deleted", async () => {
    const stopped = changed(await state.canceled(site.db, await site.running()));
    const deleted = changed(await state.failed(site.db, await site.running(), "worker-lost"));
    await site.rows("UPDATE jobs SET deleted_at = 'now' WHERE id = ?1", deleted.id);
    for (const row of [await site.ended("failed"), stopped, deleted]) {
      const before = await site.stored(row);
      assert.equal(await state.overtaken(site.db, outcome(row.id, "succeeded")), undefined);
      assert.deepEqual(await site.stored(row), before);
    }
  });
});

describe("what comes too late", () => {
  for (const status of ["succeeded", "failed", "canceled"] as const) {
    test(`changes nothing of a job that has ${status}`, async () => {
      const row = await site.ended(status);
      const before = await site.stored(row);
      const changes: Record<string, Change> = {
        ...CHANGES,
        claim: (ended) => lease.claim(site.db, ended, LATER),
        cancel: ({ id }) => state.cancel(site.db, id, OWNER),
      };
      for (const [name, change] of Object.entries(changes)) {
        assert.equal(await change(row), undefined, name);
        assert.deepEqual(await site.stored(row), before, name);
      }
    });
  }

  for (const isRunning of [false, true]) {
    test(`from a first attempt changes nothing of a second that ${isRunning ? "runs" : "waits"}`, async () => {
      const row = await site.secondAttempt({ isRunning });
      const before = await site.stored(row);
      for (const [name, change] of Object.entries(CHANGES)) {
        assert.equal(await change({ ...row, attempt: 1 }), undefined, name);
        assert.deepEqual(await site.stored(row), before, name);
      }
    });
  }

  test("changes nothing where something newer was heard", async () => {
    const { id } = await site.running();
    const row = changed(await state.reported(site.db, event(id, 7), LEASE_UNTIL));
    const before = await site.stored(row);
    for (const seq of [1, 6, 7]) {
      const late = [
        state.reported(site.db, event(id, seq, { stage: "starting" }), LATER),
        state.ended(site.db, outcome(id, "succeeded"), { attempt: 1, seq }),
        state.movedToLargerGpu(site.db, outOfMemory(id), { attempt: 1, seq }, "B200"),
      ];
      assert.deepEqual(await Promise.all(late), [undefined, undefined, undefined]);
      assert.deepEqual(await site.stored(row), before);
    }
  });

  test("changes nothing of nobody's job", async () => {
    const row = { ...(await site.queued()), id: "no-such-job" };
    const counts = async () => [await site.count("jobs"), await site.count("attempts"), await site.count("ledger")];
    const before = await counts();
    for (const [name, change] of Object.entries(CHANGES)) assert.equal(await change(row), undefined, name);
    assert.deepEqual(await counts(), before);
  });
});

describe("what comes at once", () => {
  async function together(row: JobRow, change: Change): Promise<number> {
    const changes = await Promise.all(Array.from({ length: 6 }, () => change(row)));
    return changes.filter((one) => one !== undefined).length;
  }

  for (const [name, change] of Object.entries(CHANGES)) {
    if (name.endsWith("dispatched")) continue;
    test(`has its way once: ${name}`, async () => {
      const row = await site.running();
      assert.equal(await together(row, change), 1);
      const { job, attempts, ledger } = await site.stored(row);
      assert.equal(attempts.length, job?.["attempt"]);
      assert.equal(new Set(ledger.map(({ kind }) => kind)).size, ledger.length);
    });
  }

  test("gives a job's lease to one, who may be asked to give it back by what it read alone", async () => {
    const row = await site.running();
    assert.equal(await together(row, (read) => lease.claim(site.db, read, LATER)), 1);
    assert.equal(await lease.claim(site.db, row, DEADLINE), undefined);
    const mine = { ...row, lease_until: LATER };
    assert.equal(changed(await lease.claim(site.db, mine, DEADLINE)).lease_until, DEADLINE);
  });

  test("as a start and a cancel leaves the job stopped or told to stop", async () => {
    for (const order of [0, 1]) {
      const { id } = await site.queued();
      const both = [() => state.reported(site.db, started(id), LATER), () => state.cancel(site.db, id, OWNER)];
      if (order === 1) both.reverse();
      await Promise.all(both.map((change) => change()));
      const { job } = await site.stored({ id });
      assert.equal(job?.["cancel_requested"], 1);
      assert(job?.["status"] === "running" || job?.["status"] === "canceled");
    }
  });

  test("as several kinds of end is one end, charged once", async () => {
    const row = await site.running();
    const ends = [
      CHANGES["ended with a clip"],
      CHANGES["ended without"],
      CHANGES["ended by a marker"],
      CHANGES["failed"],
      CHANGES["canceled"],
      CHANGES["lost"],
    ];
    const changes = await Promise.all(ends.map((end) => end?.(row)));
    assert.equal(changes.filter((one) => one !== undefined).length, 1);
    const { ledger } = await site.stored(row);
    assert.equal(ledger.filter(({ kind }) => kind === "release").length <= 1, true);
  });
});
