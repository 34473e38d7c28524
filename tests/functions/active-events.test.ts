/** What is under way as a stream: all of it at once, then each change, with the jobs that have ended meanwhile. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ActiveJobs } from "../../functions/_generated/contract.d.ts";
import { activeEvents } from "../../functions/_lib/active-events.ts";
import { cancelAll } from "../../functions/_lib/cancel-all.ts";
import * as state from "../../functions/_lib/state.ts";
import { OWNER, outcome, STRANGER, started } from "./bodies.ts";
import { setClock } from "./database.ts";
import { changed, LEASE_UNTIL, Site } from "./site.ts";

const site = await Site.open();
const ASKER = { owner: OWNER, language: "en" } as const;

interface Told {
  id: string;
  told: ActiveJobs;
}

/** The events that carry jobs, one at a time. */
async function* events(known: string | null = null): AsyncGenerator<Told, void> {
  const { body } = activeEvents(site.db, ASKER, known, () => undefined, async () => undefined);
  assert(body !== null);
  let text = "";
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (id !== undefined && data !== undefined) yield { id, told: JSON.parse(data) as ActiveJobs };
    }
  }
}

async function next(stream: AsyncGenerator<Told, void>): Promise<Told> {
  const { value } = await stream.next();
  assert(value, "the stream has ended");
  return value;
}

describe("a stream", () => {
  test("tells all at once, then each change, and each end with what came of it", async () => {
    const { id } = await site.queued();
    const stream = events();
    assert.deepEqual((await next(stream)).told.jobs.map((job) => job.status), ["queued"]);
    changed(await state.reported(site.db, started(id), LEASE_UNTIL));
    assert.deepEqual((await next(stream)).told.jobs.map((job) => job.status), ["running"]);
    changed(await state.ended(site.db, outcome(id, "failed"), { attempt: 1, seq: 9 }));
    const { told } = await next(stream);
    assert.deepEqual([told.open, told.ended.map((job) => [job.id, job.status])], [[], [[id, "failed"]]]);
    assert.equal((await stream.next()).done, true, "nothing is open any more");
  });

  test("that goes on where another ended repeats nothing", async () => {
    const { id } = await site.queued();
    const first = events();
    const { id: known } = await next(first);
    await first.return();
    const second = events(known);
    const waiting = next(second);
    changed(await state.reported(site.db, started(id), LEASE_UNTIL));
    assert.deepEqual((await waiting).told.jobs.map((job) => job.status), ["running"]);
    await second.return();
  });

  test("tells nobody else's jobs, and what today costs", async () => {
    await site.queued(undefined, { owner: STRANGER });
    const stream = events();
    const { told } = await next(stream);
    assert.deepEqual([told.open, told.jobs, told.today?.day, told.today?.held_micro_won], [[], [], "2026-11-23", 0]);
    assert.equal((await stream.next()).done, true);
    const { reserved_micro_won } = await site.queued();
    const again = events();
    assert.equal((await next(again)).told.today?.held_micro_won, reserved_micro_won);
    await again.return();
  });

  test("tells what this month has cost, up to its end", async () => {
    const { billed_micro_won: billed } = await site.ended("succeeded");
    for (const [day, month] of [["2026-11-23", billed], ["2026-11-30", billed], ["2026-12-01", 0]] as const) {
      setClock(`${day}T03:00:00.000Z`);
      const { told } = await next(events());
      assert.deepEqual([told.today?.day, told.today?.month_billed_micro_won], [day, month]);
    }
  });
});

test("all of an owner's jobs are canceled by one request, and nobody else's", async () => {
  const waiting = [await site.queued(), await site.queued()];
  const running = await site.running();
  const other = await site.queued(undefined, { owner: STRANGER });
  const later: Promise<unknown>[] = [];
  await cancelAll(site.env, OWNER, (work) => void later.push(work));
  await Promise.all(later);
  const statuses = await site.rows("SELECT id, status, cancel_requested FROM jobs ORDER BY id");
  const wanted = new Map(statuses.map((row) => [row["id"], [row["status"], row["cancel_requested"]]]));
  for (const { id } of waiting) assert.deepEqual(wanted.get(id), ["canceled", 1]);
  assert.deepEqual(wanted.get(running.id), ["running", 1]);
  assert.deepEqual(wanted.get(other.id), ["queued", 0]);
});
