/** Cards: opened once, given each job once, asked in a fair order, and closed when nobody needs them. */

import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import type { CardOrder, JobRequest } from "../../functions/_generated/contract.d.ts";
import * as cards from "../../functions/_lib/cards.ts";
import { closeDeadCards, dispatch, withdraw } from "../../functions/_lib/dispatch.ts";
import { lineFor, nextFor } from "../../functions/_lib/line.ts";
import { notePresence } from "../../functions/_lib/presence.ts";
import type { JobRow } from "../../functions/_lib/row.ts";
import * as state from "../../functions/_lib/state.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, event, OWNER, outcome, STRANGER, submission } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import evenings from "./evenings.json" with { type: "json" };
import { Platform } from "./platform.ts";
import { changed, Site } from "./site.ts";

const site = await Site.open();
const network = globalThis.fetch;
const LATER = "2026-11-23T03:20:00.000Z";
let platform: Platform;
let pressed = 0;

beforeEach(() => {
  pressed = 0;
  platform = new Platform(site.env, NOW, evenings);
});
after(() => {
  globalThis.fetch = network;
});

/** That many jobs of an owner, the first made first. */
async function press(count: number, owner = OWNER, request: JobRequest = clip()): Promise<JobRow[]> {
  const jobs: JobRow[] = [];
  for (let made = 0; made < count; made++) {
    // Ids sort by the millisecond in which they are made.
    pressed += 1;
    setClock(platform.now + pressed);
    jobs.push((await submit(site.env, submission(request, { owner }))).row);
  }
  setClock(platform.now);
  return jobs;
}

async function row({ id }: { id: string }): Promise<JobRow> {
  return (await site.stored({ id })).job as unknown as JobRow;
}

/** The card that is open, of one. */
async function openCard(): Promise<cards.CardRow> {
  const [card, ...others] = await cards.liveCards(site.db);
  assert(card !== undefined && others.length === 0, "one card");
  return card;
}

/** Jobs of which the first is done and the second was given to the same card. */
async function given(count = 3): Promise<{ jobs: JobRow[]; card: cards.CardRow; job: JobRow }> {
  const jobs = await press(count);
  platform.isStarting = false;
  await dispatch(site.env);
  await finish(jobs[0] as JobRow);
  const card = await openCard();
  assert.equal(jobIn(await platform.ask(card.id)), jobs[1]?.id);
  return { jobs, card, job: await row(jobs[1] as JobRow) };
}

async function begin({ id, attempt }: JobRow): Promise<void> {
  changed(await state.reported(site.db, event(id, 1, { type: "started", attempt }), LATER));
}

async function finish(job: JobRow): Promise<void> {
  await begin(job);
  const finished_at = new Date(platform.now).toISOString();
  const end = outcome(job.id, "succeeded", { finished_at });
  changed(await state.ended(site.db, end, { attempt: 1, seq: 2 }));
}

function jobIn({ ticket }: CardOrder): string | undefined {
  return ticket?.job_id;
}

describe("cards that are opened", () => {
  test("are one, whoever dispatches at the same time, and its ticket names it", async () => {
    const jobs = await press(6);
    await Promise.all(jobs.map(() => dispatch(site.env)));
    const card = await openCard();
    assert.deepEqual(platform.calls.map(({ ticket }) => [ticket.job_id, ticket.card]), [[jobs[0]?.id, card.id]]);
    assert.equal(card.call_id, `${jobs[0]?.id}.1.fc-1`);
  });

  test("are one of each kind", async () => {
    const [first, other] = await press(3);
    await site.rows("UPDATE jobs SET gpu = 'another' WHERE id = ?1", String(other?.id));
    await dispatch(site.env);
    assert.deepEqual(new Set(platform.calls.map(({ ticket }) => ticket.gpu)), new Set([first?.gpu, "another"]));
    assert.equal(platform.calls.length, 2);
  });

  test("are no more while the GPU service refuses the first, and it is tried again under the same card", async () => {
    const [first] = await press(3);
    platform.refuses = 503;
    await dispatch(site.env);
    await dispatch(site.env);
    const card = await openCard();
    assert.deepEqual([(await row(first as JobRow)).dispatch_tries, card.call_id], [1, null]);
    assert.equal(platform.calls.length, 0);
  });

  test("do not wait for a job that rests after the GPU service gave it back", async () => {
    const [first, second] = await press(2);
    await dispatch(site.env);
    await state.givenBack(site.db, await row(first as JobRow), LATER);
    await cards.close(site.db, (await row(first as JobRow)).card ?? "");
    await closeAll();
    await dispatch(site.env);
    assert.equal(platform.calls.at(-1)?.ticket.job_id, second?.id);
    setClock(LATER);
    assert.deepEqual((await lineFor(site.db, String(second?.gpu))).map(({ id }) => id), [first?.id]);
  });
});

async function closeAll(): Promise<void> {
  await site.rows("UPDATE cards SET closed_at = ?1", new Date(platform.now).toISOString());
}

describe("a container that asks", () => {
  test("gets the next job under the card's own call, whoever asks at the same time", async () => {
    const jobs = await press(4);
    platform.isStarting = false;
    await dispatch(site.env);
    await finish(jobs[0] as JobRow);
    const card = await openCard();
    const orders = await Promise.all([1, 2, 3, 4].map(() => platform.ask(card.id)));
    assert.deepEqual(new Set(orders.map(jobIn)), new Set([jobs[1]?.id]));
    const second = await row(jobs[1] as JobRow);
    assert.deepEqual([second.call_id, second.card], [`${second.id}.1.fc-1`, card.id]);
    assert.equal((await row(jobs[2] as JobRow)).handed_at, null);
  });

  test("gets another job than another card that asks at the same time", async () => {
    const jobs = await press(12, OWNER, clip({ within_seconds: 60 }));
    platform.isStarting = false;
    await dispatch(site.env);
    const open = await cards.liveCards(site.db);
    assert(open.length > 1);
    for (const { job_id } of open) await finish(await row({ id: job_id }));
    const orders = await Promise.all(open.map(({ id }) => platform.ask(id)));
    assert.equal(new Set(orders.map(jobIn)).size, open.length);
    assert(jobs.length > open.length);
  });

  test("serves owners in turn, and each owner's oldest job first", async () => {
    const mine = await press(4);
    const theirs = await press(2, STRANGER);
    await dispatch(site.env);
    await platform.play();
    const order = [...platform.done.keys()];
    const expected = [mine[0], theirs[0], mine[1], theirs[1], mine[2], mine[3]];
    assert.deepEqual(order, expected.map((job) => job?.id));
  });

  test("gets first what its card has loaded, of the same owner and for some minutes", async () => {
    const [first] = await press(1);
    const [draft] = await press(1, OWNER, { ...clip(), preset: "draft", tier: "352p" } as JobRequest);
    const [fast] = await press(1);
    await site.rows("UPDATE jobs SET gpu = ?1", String(first?.gpu));
    platform.isStarting = false;
    await dispatch(site.env);
    await finish(first as JobRow);
    const line = await lineFor(site.db, String(first?.gpu));
    assert.equal(nextFor(line, ["fast"])?.id, fast?.id);
    assert.equal(nextFor(line, [])?.id, draft?.id);
    setClock(NOW + 301_000);
    assert.equal(nextFor(line, ["fast"])?.id, draft?.id);
  });

  test("gets the same ticket again where nobody has begun it", async () => {
    const { card, job } = await given();
    assert.equal(jobIn(await platform.ask(card.id)), job.id);
    assert.equal((await row(job)).attempt, 1);
  });

  test("gets the same attempt again where the claim was released, even of one that ran", async () => {
    const { card, job } = await given();
    await begin(job);
    await site.put(`jobs/${job.id}/claim-1.json`, '{"released": true}');
    const order = await platform.ask(card.id);
    assert.deepEqual([order.ticket?.job_id, order.ticket?.attempt], [job.id, 1]);
    assert.equal((await row(job)).status, "queued");
  });

  for (const how of ["claimed", "begun"] as const) {
    test(`has lost an attempt that is ${how} and not over, and gets the next one`, async () => {
      const { card, job } = await given();
      if (how === "begun") await begin(job);
      else await site.put(`jobs/${job.id}/claim-1.json`, "{}");
      const order = await platform.ask(card.id);
      assert.deepEqual([order.ticket?.job_id, order.ticket?.attempt], [job.id, 2]);
      assert.deepEqual(await site.outcomes(job), ["lost", "open"]);
    });
  }

  test("is believed by its marker, where its event was lost", async () => {
    const { jobs, card, job } = await given();
    await begin(job);
    await site.put(`jobs/${job.id}/done.json`, JSON.stringify(outcome(job.id, "succeeded")));
    assert.equal(jobIn(await platform.ask(card.id)), jobs[2]?.id);
    assert.equal((await row(job)).status, "succeeded");
  });

  test("goes on past a marker that cannot be read", async () => {
    const { jobs, card, job } = await given();
    await begin(job);
    await site.put(`jobs/${job.id}/done.json`, "{}");
    assert.equal(jobIn(await platform.ask(card.id)), jobs[2]?.id);
    assert.deepEqual([(await row(job)).status, (await row(job)).card], ["running", null]);
  });

  test("and leaves gives its ticket back, which opens another card at once", async () => {
    const { jobs, card, job } = await given();
    assert.deepEqual(await platform.ask(card.id, { is_leaving: true }), { ticket: null, ask_again_seconds: null });
    const back = await row(job);
    assert.deepEqual([back.attempt, back.status, back.card === card.id], [1, "queued", false]);
    assert.equal(platform.calls.length, 2);
    assert.equal(platform.calls[1]?.ticket.job_id, job.id);
    assert.equal((await row(jobs[2] as JobRow)).handed_at, null);
    assert.deepEqual(await platform.ask(card.id), { ticket: null, ask_again_seconds: null });
  });

  test("of another build goes, and the line goes on with a new card", async () => {
    const { jobs, card, job } = await given();
    await finish(job);
    Object.assign(site.env, { BUILD: "next" });
    assert.equal(jobIn(await platform.ask(card.id)), undefined);
    Object.assign(site.env, { BUILD: "test" });
    assert.equal(platform.calls[1]?.ticket.job_id, jobs[2]?.id);
  });

  test("without a name for its call waits a moment, then goes", async () => {
    const [first] = await press(2);
    platform.refuses = 503;
    await dispatch(site.env);
    const card = await openCard();
    await finish(first as JobRow);
    assert.equal((await platform.ask(card.id)).ask_again_seconds, 2);
    setClock(NOW + 16_000);
    platform.refuses = undefined;
    assert.equal((await platform.ask(card.id)).ask_again_seconds, null);
  });

  test("in another container while the first is at work waits for a lease, then goes", async () => {
    const { card, job } = await given();
    await begin(job);
    const other = { container_id: "ta-other" };
    assert.equal((await platform.ask(card.id, other)).ask_again_seconds, 2);
    assert.equal((await platform.ask(card.id, { ...other, waited_seconds: 61 })).ask_again_seconds, null);
    assert.deepEqual([(await row(job)).status, (await row(job)).attempt], ["running", 1]);
    await site.put(`jobs/${job.id}/claim-1.json`, '{"released": true}');
    assert.equal(jobIn(await platform.ask(card.id, other)), job.id, "the first was interrupted and let go of it");
  });

  test("of nobody's card goes", async () => {
    assert.deepEqual(await platform.ask("0123456789"), { ticket: null, ask_again_seconds: null });
  });
});

describe("a card without work", () => {
  async function idle(): Promise<cards.CardRow> {
    const { card, job } = await given(2);
    await finish(job);
    return card;
  }

  test("goes, and is closed", async () => {
    const card = await idle();
    assert.deepEqual(await platform.ask(card.id), { ticket: null, ask_again_seconds: null });
    assert.deepEqual(await cards.liveCards(site.db), []);
  });

  test("stays while somebody works on the page, for as long as a start takes", async () => {
    const card = await idle();
    await notePresence(site.db, STRANGER);
    assert.equal((await platform.ask(card.id, { waited_seconds: 3 })).ask_again_seconds, 2);
    const [job] = await press(1, STRANGER);
    await dispatch(site.env);
    assert.equal(platform.calls.length, 1);
    assert.equal(jobIn(await platform.ask(card.id, { waited_seconds: 5 })), job?.id);
    await finish(job as JobRow);
    const waited_seconds = evenings.start_ms / 1_000 + 1;
    assert.equal((await platform.ask(card.id, { waited_seconds })).ask_again_seconds, null);
  });

  test("goes where new jobs are stopped, and where nobody was there for a while", async () => {
    const card = await idle();
    await notePresence(site.db, OWNER);
    await site.rows("UPDATE switches SET is_on = 0");
    assert.equal((await platform.ask(card.id)).ask_again_seconds, null);
    await site.rows("UPDATE switches SET is_on = 1");
    await site.rows("UPDATE cards SET closed_at = NULL");
    setClock(NOW + 31_000);
    assert.equal((await platform.ask(card.id)).ask_again_seconds, null);
  });

  test("that was not heard of for a while is closed, and the line gets another", async () => {
    const card = await idle();
    const [job] = await press(1);
    await dispatch(site.env);
    assert.equal(platform.calls.length, 1, "it was heard of a moment ago");
    setClock(NOW + 21_000);
    await dispatch(site.env);
    assert.equal(platform.calls[1]?.ticket.job_id, job?.id);
    assert.notEqual((await openCard()).id, card.id);
  });
});

describe("a wish to stop", () => {
  async function stop(job: JobRow): Promise<void> {
    const { status } = changed(await state.cancel(site.db, job.id, job.owner));
    assert.equal(status, "canceled");
    await withdraw(site.env, await row(job));
    await dispatch(site.env);
  }

  test("a waiting job makes no call and costs nothing", async () => {
    const jobs = await press(3);
    await dispatch(site.env);
    await stop(jobs[1] as JobRow);
    assert.deepEqual([platform.canceled, platform.calls.length], [[], 1]);
    assert.equal((await site.money(jobs[1] as JobRow))["loss"], undefined);
  });

  test("a card's first ticket leaves its container to those who wait, and nothing is lost", async () => {
    const jobs = await press(3);
    await dispatch(site.env);
    setClock(NOW + 10_000);
    await stop(jobs[0] as JobRow);
    assert.deepEqual([platform.canceled, platform.calls.length], [[], 1]);
    assert.equal((await site.money(jobs[0] as JobRow))["loss"], undefined);
    await platform.play();
    assert.deepEqual([...platform.done.keys()], [jobs[1]?.id, jobs[2]?.id]);
    assert.equal(platform.calls.length, 1);
  });

  test("the only ticket of a card cancels its call, and closes the card", async () => {
    const [job] = await press(1);
    await dispatch(site.env);
    setClock(NOW + 10_000);
    await stop(job as JobRow);
    assert.deepEqual(platform.canceled, [`${job?.id}.1.fc-1`]);
    assert.deepEqual(await cards.liveCards(site.db), []);
    assert(Number((await site.money(job as JobRow))["loss"]) > 0);
  });

  test("a ticket that was given leaves the card alone where its first one is over", async () => {
    const { jobs, card, job } = await given();
    await stop(job);
    assert.equal(jobIn(await platform.ask(card.id)), jobs[2]?.id);
    assert.equal(platform.calls.length, 1);
  });

  test("the last of those that a call was kept for cancels the call, and time does", async () => {
    for (const isStopped of [true, false]) {
      const jobs = await press(2);
      platform.isStarting = false;
      await dispatch(site.env);
      const call = platform.calls.at(-1)?.call_id;
      await stop(jobs[0] as JobRow);
      assert.equal(platform.canceled.includes(String(call)), false);
      if (isStopped) await stop(jobs[1] as JobRow);
      else setClock(NOW + 301_000);
      await closeDeadCards(site.env);
      assert.equal(platform.canceled.at(-1), call);
    }
  });
});
