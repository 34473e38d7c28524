/** What an operator sees of the whole site: money with the site's own apart, the queue, failures, containers, owners. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerReport, OperatorView } from "../../functions/_generated/contract.d.ts";
import { changeCaps } from "../../functions/_lib/caps.ts";
import { keepReport } from "../../functions/_lib/containers.ts";
import { operatorView } from "../../functions/_lib/operator.ts";
import { CARD_PRICES } from "../../functions/_lib/prices.ts";
import * as state from "../../functions/_lib/state.ts";
import { noteVersion } from "../../functions/_lib/versions.ts";
import { clip, OWNER, outcome, outOfMemory, STRANGER, used } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { Site } from "./site.ts";

const site = await Site.open();

function view(): Promise<OperatorView> {
  return operatorView(site.env, OWNER, "ko");
}

function report(container_id: string, fields: Partial<ContainerReport> = {}): ContainerReport {
  return {
    container_id,
    ...{ gpu: "H200", checkpoint: "ltx", deploy: "abc", closed_at: null, ready_at: null },
    ...{ opened_at: "2026-11-23T02:58:00.000Z", at: "2026-11-23T02:59:00.000Z" },
    ...{ boot_seconds: 50, busy_seconds: 10, idle_seconds: 0, total_micro_won: 120e6, jobs_micro_won: 20e6 },
    ...fields,
  };
}

describe("the operator's view", () => {
  test("tells apart what owners pay, what is held, what was lost, and what no attempt named", async () => {
    await site.ended("succeeded");
    const lost = await site.queued();
    await state.ended(site.db, outOfMemory(lost.id, { cost: used(7e6) }), { attempt: 1 });
    const open = await site.queued(clip(), { owner: STRANGER });
    await keepReport(site.db, report("container-1"));
    await keepReport(site.db, report("container-1", { total_micro_won: 121e6, at: "2026-11-23T02:59:30.000Z" }));
    const { today, this_month } = await view();
    for (const period of [today, this_month]) {
      assert.deepEqual([period.usage.jobs, period.usage.delivered, period.usage.failed], [3, 1, 1]);
      assert.equal(period.usage.billed_micro_won, 20e6);
      assert.equal(period.held_micro_won, open.reserved_micro_won);
      assert.deepEqual([period.loss_micro_won, period.unassigned_micro_won], [7e6, 101e6]);
    }
  });

  test("counts what waits, where it waits, and since when", async () => {
    await site.running();
    setClock(NOW + 1_000);
    const waits = await site.queued();
    setClock(NOW + 5_000);
    const handed = await site.queued();
    await site.rows("UPDATE jobs SET handed_at = created_at WHERE id = ?1", handed.id);
    const { queue } = await view();
    assert.deepEqual(queue, { held: 1, handed: 1, running: 1, oldest_at: waits.created_at });
  });

  test("names failures of a day by problem, the most frequent first", async () => {
    setClock(NOW - 25 * 3_600_000);
    await state.failed(site.db, await site.running(), "worker-lost");
    setClock(NOW);
    await state.failed(site.db, await site.running(), "worker-lost");
    for (let count = 0; count < 2; count++) await state.failed(site.db, await site.queued(), "gpu-unreachable");
    const { failures } = await view();
    const found = failures.map(({ problem_type, jobs }) => [problem_type, jobs]);
    assert.deepEqual(found, [["/problems/gpu-unreachable", 2], ["/problems/worker-lost", 1]]);
    assert.match(failures[0]?.title ?? "", /[가-힣]/);
  });

  test("prices a minute of the containers at work", async () => {
    await keepReport(site.db, report("container-1"));
    await keepReport(site.db, report("container-2", { gpu: "H100" }));
    await keepReport(site.db, report("container-3", { gpu: "local-cpu", total_micro_won: 0, jobs_micro_won: 0 }));
    await keepReport(site.db, report("container-4", { closed_at: "2026-11-23T02:59:00.000Z" }));
    const { containers, minute_micro_won } = await view();
    const second = (gpu: string) => CARD_PRICES.find(({ card }) => card === gpu)?.micro_won_per_second ?? 0;
    assert.deepEqual(containers.map(({ ready_at }) => ready_at), [null, null, null]);
    assert.equal(minute_micro_won, 60 * (second("H200") + second("H100")));
  });

  test("shows owners by a part of their id, with the caller's own marked", async () => {
    const owners = ["owner-with-a-long-secret-id", OWNER];
    for (const owner of owners) {
      const { id } = await site.queued(clip(), { owner });
      await state.ended(site.db, outcome(id, "succeeded", { cost: used(owner === OWNER ? 5e6 : 20e6) }), { attempt: 1 });
    }
    const { owners: found } = await view();
    const shown = found.map(({ owner, is_you, today_micro_won, month_micro_won }) =>
      [owner, is_you, today_micro_won, month_micro_won]);
    assert.deepEqual(shown, [[OWNER, true, 5e6, 5e6], ["owner-wi", false, 20e6, 20e6]]);
  });

  test("says whether new jobs are let in, which parts run what, and when prices are from", async () => {
    await changeCaps(site.db, { accepts_jobs: false, caps: [] });
    await noteVersion({ ...site.env, BUILD: "abc123" }, "sweeper");
    await site.rows("INSERT INTO releases VALUES ('r-1', '2026-11-23', ?1)", '{"id":"r-1","outcome":"live"}');
    const { caps, versions, releases, prices } = await view();
    assert.equal(caps.accepts_jobs, false);
    assert.equal(versions.find(({ part }) => part === "sweeper")?.build, "abc123");
    assert.equal(versions.find(({ part }) => part === "gpu")?.build, null);
    assert.deepEqual([releases[0]?.outcome, releases[0]?.left], ["live", []]);
    assert.match(prices.prices_as_of, /^20\d\d-\d\d-\d\d$/);
  });

  test("reads a month of two hundred owners in a bounded number of rows", async () => {
    await site.rows(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 6000)
       INSERT INTO day_totals (owner, day, jobs, billed_micro_won)
       SELECT 'owner' || (i / 30), printf('2026-11-%02d', 1 + i % 30), 1, i FROM n`,
    );
    const statements = await site.sentBy(view);
    const read = statements.reduce((sum, { rows_read }) => sum + rows_read, 0);
    assert(read < 3 * 6_000, `${read} rows`);
  });
});
