/** How the page hears of what is under way: by a stream that costs two questions a minute, by few questions where there is
 * none, and hardly in a tab that nobody sees. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { LOOK_MS, QUERIES, QUERIES_OF_AN_EVENT } from "../../functions/_lib/stream-pace";
import { job, problem } from "./answers";
import { Browser, type Page, pass, settled } from "./browser";
import { Server } from "./server";

const MINUTE = 60_000;
const STEP = 200;

let browser: Browser;
let server: Server;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  server = new Server();
  browser.answer = server.answer;
  page = await browser.load();
});

async function open(...numbers: number[]): Promise<void> {
  for (const number of numbers) server.tell(job(number));
  page.feed.startFeed();
  await page.jobs.loadJobs();
  await settled();
}

const through = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const standing = (): string[] => page.jobs.work.value.jobs.map(({ id, status }) => `${id} ${status}`);

/** The server's side of a stream: what changed is told, with the jobs that ended. */
class Line {
  requests = 0;
  #etag = "";
  #open: readonly string[] = [];
  #queries = 0;
  #stream = browser.stream;

  look(): void {
    const { stream } = browser;
    if (stream === undefined) return;
    if (stream !== this.#stream || stream.readyState !== 1) this.#begin();
    this.#queries += 1;
    const { etag } = server;
    if (etag !== this.#etag) {
      this.#queries += QUERIES_OF_AN_EVENT;
      const now = server.active();
      stream.say(server.active(this.#open.filter((id) => !now.open.includes(id))), etag);
      [this.#etag, this.#open] = [etag, now.open];
    } else stream.say();
    if (this.#queries + QUERIES_OF_AN_EVENT > QUERIES) stream.end();
  }

  #begin(): void {
    const { stream } = browser;
    if (stream === undefined) return;
    this.requests += 1;
    if (stream !== this.#stream) this.#etag = "";
    [this.#stream, this.#queries, this.#open] = [stream, 0, []];
    stream.readyState = 1;
  }
}

/** What happens in a minute: a step each second, an end each `secondsEach`; returns how many requests that took. */
async function minute(count: number, secondsEach: number): Promise<number> {
  await open(...through(count));
  browser.asked.length = 0;
  const line = new Line();
  line.requests = browser.streams.length;
  let running = 1;
  for (let now = 0; now < MINUTE; now += STEP) {
    if (now % (secondsEach * 1_000) === 0 && running <= count) {
      if (running > 1) server.tell(job(running - 1, { status: "succeeded" }));
      server.tell(job(running, { status: "running", stage: "stage_1" }));
      running += 1;
    } else if (now % 1_000 === 0 && running > 1) {
      const told = { step: now / 1_000, steps: 60, eta_seconds: 9, eta_basis: "measured" } as const;
      const progress = { ...told, step_began_at: new Date().toISOString(), step_seconds: 1 };
      server.tell(job(running - 1, { status: "running", stage: "stage_1", progress }));
    }
    if (now % LOOK_MS === 0) line.look();
    await pass(STEP);
  }
  return browser.asked.length + line.requests;
}

describe("a minute", () => {
  for (const [count, secondsEach] of [
    [30, 6],
    [180, 3],
  ] as const) {
    test(`with ${count} jobs under way takes at most twenty requests`, async () => {
      const requests = await minute(count, secondsEach);
      assert(requests <= 20, String(requests));
      const ended = page.jobs.jobs.value.list.filter(({ status }) => status === "succeeded");
      assert(ended.length >= MINUTE / 1_000 / secondsEach - 2, "each end is known");
    });

    test(`with ${count} jobs and no stream takes at most twenty as well`, async () => {
      browser.hasStreams = false;
      const requests = await minute(count, 30);
      assert(requests <= 20, String(requests));
    });
  }

  test("with nothing under way takes two", async () => {
    await open();
    browser.asked.length = 0;
    for (let now = 0; now < MINUTE; now += STEP) await pass(STEP);
    assert.deepEqual([browser.asked.length, browser.streams.length], [2, 0]);
  });

  test("in a tab that nobody sees takes four, and none where nothing is under way", async () => {
    await open(1);
    browser.show(false);
    browser.asked.length = 0;
    for (let now = 0; now < MINUTE; now += STEP) await pass(STEP);
    assert.deepEqual([browser.asked.length, browser.stream], [4, undefined]);
    server.tell(job(1, { status: "succeeded" }));
    await pass(15_000);
    browser.asked.length = 0;
    for (let now = 0; now < MINUTE; now += STEP) await pass(STEP);
    assert.equal(browser.asked.length, 0);
    browser.show(true);
    await settled();
    assert.equal(browser.asked.length, 1, "back again, it looks at once");
  });
});

describe("what a stream tells", () => {
  test("is taken as it comes: a change, an end, what today costs", async () => {
    await open(1, 2);
    const line = new Line();
    line.look();
    server.tell(job(1, { status: "running", stage: "stage_1" }));
    line.look();
    assert.deepEqual(standing(), ["job-0001 running", "job-0002 queued"]);
    server.tell(job(1, { status: "succeeded" }));
    line.look();
    await settled();
    assert.deepEqual(standing(), ["job-0002 queued"]);
    assert.equal(page.jobs.jobs.value.list.find(({ id }) => id === "job-0001")?.status, "succeeded");
    assert.equal(page.spending.today.value?.billed_micro_won, 7);
  });

  test("of a part of the jobs leaves the others as they were", async () => {
    await open(1, 2);
    server.tell(job(2, { status: "running" }));
    browser.stream?.say({ ...server.active(), jobs: [server.jobs.get("job-0002")] });
    assert.deepEqual(standing(), ["job-0002 running", "job-0001 queued"]);
  });

  test("sets the site's clock, whatever this machine's says", async () => {
    await open(1);
    const now = new Date(Date.now() + 90_000).toISOString();
    browser.stream?.say({ ...server.active(), now });
    await settled();
    assert.equal(page.clock.siteNow(), Date.parse(now));
  });

  test("reaches whoever follows, beside what was before, once", async () => {
    await open(1);
    const heard: (string | undefined)[] = [];
    page.jobs.onJobChange((told, before) => heard.push(before?.status, told.status));
    server.tell(job(1, { status: "running" }));
    for (let times = 0; times < 3; times++) browser.stream?.say(server.active());
    assert.deepEqual(heard, ["queued", "running"]);
  });

  test("brings jobs that another tab or a script has made", async () => {
    await open(1);
    server.tell(job(2));
    browser.stream?.say(server.active());
    assert.deepEqual(
      page.jobs.jobs.value.list.map(({ id }) => id),
      ["job-0002", "job-0001"],
    );
  });

  test("and does not tell is asked for: what ended between two streams, and what is gone", async () => {
    await open(1, 2, 3);
    browser.asked.length = 0;
    server.tell(job(1, { status: "failed" }));
    server.jobs.delete("job-0002");
    browser.stream?.say(server.active());
    await settled();
    assert.deepEqual(
      browser.asked.map(({ path }) => path),
      ["/api/jobs/active?ended=job-0001,job-0002"],
    );
    assert.deepEqual(
      page.jobs.jobs.value.list.map(({ id, status }) => `${id} ${status}`),
      ["job-0003 queued", "job-0001 failed"],
    );
  });
});

describe("a stream", () => {
  test("is opened by a press, and closed with the last end", async () => {
    await open();
    assert.equal(browser.streams.length, 0);
    await page.jobs.submit({ preset: "fast", prompt: "하나", seconds: 2, tier: "704p" });
    assert.equal(browser.streams.length, 1);
    const [made] = server.jobs.values();
    assert(made);
    server.tell({ ...made, status: "succeeded" });
    browser.stream?.say(server.active([made.id]));
    await settled();
    assert.equal(browser.stream, undefined);
  });

  test("that comes to its end is followed by the next without a question", async () => {
    await open(1);
    browser.asked.length = 0;
    browser.stream?.say(server.active());
    browser.stream?.end();
    await settled();
    assert.deepEqual([browser.asked.length, browser.streams.length], [0, 1]);
  });

  test("that brings nothing gives way to questions, and is tried again after a minute", async () => {
    browser.hasStreams = false;
    await open(1);
    server.tell(job(1, { status: "running" }));
    await pass(4_000);
    assert.deepEqual(standing(), ["job-0001 running"]);
    assert.equal(browser.streams.length, 1);
    browser.hasStreams = true;
    for (let now = 0; now < MINUTE; now += STEP) await pass(STEP);
    assert.notEqual(browser.stream, undefined);
  });
});

describe("trouble on the way", () => {
  test("keeps what is known, and how old that is", async () => {
    await open(1);
    const heard = page.feed.heardAt.value;
    assert.equal(heard, Date.now());
    browser.hasStreams = false;
    browser.answer = () => "lost";
    browser.stream?.end(true);
    await pass(20_000);
    assert.equal(page.feed.heardAt.value, heard);
    assert.deepEqual(standing(), ["job-0001 queued"]);
    browser.answer = server.answer;
    await pass(5_000);
    assert.equal(page.feed.heardAt.value, Date.now());
  });

  test("before the list was ever there asks for it each five seconds, and says so meanwhile", async () => {
    server.tell(job(1));
    browser.answer = () => "lost";
    await open();
    assert(page.jobs.jobs.value.failure?.unreachable);
    assert.equal(page.jobs.jobs.value.isLoaded, false);
    browser.answer = server.answer;
    await pass(5_000);
    assert.deepEqual([page.jobs.jobs.value.isLoaded, page.jobs.jobs.value.failure], [true, null]);
    assert.deepEqual(standing(), ["job-0001 queued"], "and what runs is followed");
  });

  test("with a later list keeps the one that is there", async () => {
    await open(1);
    browser.answer = () => ({ status: 503, body: problem(503, "gpu-unreachable") });
    await page.jobs.loadJobs();
    const { list, isLoaded, failure } = page.jobs.jobs.value;
    assert.deepEqual([list.length, isLoaded, failure?.problem.status], [1, true, 503]);
  });
});

describe("the end of all work", () => {
  test("is told once, with what came of it", async () => {
    page.workTally.watchWork({ toLibrary: () => undefined, showsClips: () => true });
    await open(1, 2, 3);
    server.tell(job(1, { status: "succeeded" }));
    browser.stream?.say(server.active(["job-0001"]));
    assert.deepEqual(page.notices.notes.value, []);
    server.tell(job(2, { status: "failed" }));
    server.tell(job(3, { status: "canceled" }));
    browser.stream?.say(server.active(["job-0002", "job-0003"]));
    await settled();
    assert.deepEqual(
      page.notices.notes.value.map(({ text }) => text),
      ["Finished: 1. Failed: 1"],
    );
    assert.equal(page.workTally.unseen.value, null, "somebody has seen it");
  });

  test("of one clip that appears by itself needs no note", async () => {
    page.workTally.watchWork({ toLibrary: () => undefined, showsClips: () => true });
    await open(1);
    server.tell(job(1, { status: "succeeded" }));
    browser.stream?.say(server.active(["job-0001"]));
    assert.deepEqual(page.notices.notes.value, []);
    assert.equal(page.notices.announcement.value, "All finished: 1");
  });

  test("is in the title until somebody has looked", async () => {
    page.workTally.watchWork({ toLibrary: () => undefined, showsClips: () => true });
    await open(1);
    browser.show(false);
    server.tell(job(1, { status: "succeeded" }));
    await pass(15_000);
    assert.equal(page.workTally.unseen.value, "All finished: 1");
    browser.show(true);
    assert.equal(page.workTally.unseen.value, null);
  });

  test("by canceling all of it needs no news", async () => {
    page.workTally.watchWork({ toLibrary: () => undefined, showsClips: () => true });
    await open(1, 2);
    await page.jobs.cancelAll();
    await settled();
    assert.deepEqual([page.jobs.work.value.open, page.notices.notes.value], [[], []]);
    assert.deepEqual(
      page.jobs.jobs.value.list.map(({ status }) => status),
      ["canceled", "canceled"],
    );
  });
});
