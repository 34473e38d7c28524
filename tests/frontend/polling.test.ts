/** How running jobs are followed: soon at first, less often while nothing happens, hardly in a tab nobody sees. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Job } from "../../functions/_generated/contract";
import { job, problem } from "./answers";
import { type Asked, Browser, type Page, pass, settled } from "./browser";
import { Server } from "./server";

const STEP = 10;
let browser: Browser;
let server: Server;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  server = new Server();
  browser.answer = server.answer;
  page = await browser.load();
});

/** Questions since the last call. */
function questions(): Asked[] {
  return browser.asked.splice(0);
}

const paths = (): string[] => questions().map(({ method, path }) => `${method} ${path}`);

/** The page, following those jobs. */
async function following(...told: Job[]): Promise<void> {
  for (const one of told) server.tell(one);
  await page.jobs.loadJobs();
  questions();
}

/** How long it takes until something is asked; undefined when nothing is, in so long a time. */
async function untilAsked(within = 60_000): Promise<number | undefined> {
  for (let waited = STEP; waited <= within; waited += STEP) {
    await pass(STEP);
    if (browser.asked.length > 0) return waited;
  }
  return undefined;
}

/** The waits before each of the next questions, which are answered meanwhile. */
async function waits(count: number): Promise<number[]> {
  const found = [];
  for (let one = 0; one < count; one++) {
    found.push((await untilAsked()) ?? Infinity);
    questions();
  }
  return found;
}

describe("a running job", () => {
  test("is asked for within a second", async () => {
    await following(job(1));
    assert(((await untilAsked()) ?? Infinity) < 1_000);
    assert.deepEqual(paths(), ["GET /api/jobs/active"]);
  });

  test("costs one question together with all others", async () => {
    await following(...Array.from({ length: 40 }, (_, number) => job(number + 1)));
    await waits(1);
    await untilAsked();
    assert.deepEqual(paths(), ["GET /api/jobs/active"]);
  });

  test("is asked for ever less often while nothing changes, and never less than each five seconds", async () => {
    await following(job(1));
    const [first = 0, ...rest] = await waits(10);
    let before = first;
    for (const wait of rest) {
      assert(before === 5_000 ? wait === 5_000 : wait > before, `${wait} after ${before}`);
      before = wait;
    }
    assert.equal(before, 5_000);
  });

  test("is asked for as often as at first once something changes", async () => {
    await following(job(1));
    const [first] = await waits(6);
    server.tell(job(1, { status: "running", stage: "stage_1" }));
    await waits(1);
    assert.deepEqual(await waits(1), [first]);
  });

  test("is asked for soon again after a press, a return to the tab or of the network", async () => {
    await following(job(1));
    const [first] = await waits(6);
    page.jobs.follow();
    assert.deepEqual(await waits(1), [first]);
  });

  test("is asked for once, however often that is wished", async () => {
    await following(job(1));
    for (let times = 0; times < 5; times++) page.jobs.follow();
    await untilAsked();
    assert.equal(questions().length, 1);
  });

  test("is hardly asked for in a tab that nobody sees", async () => {
    await following(job(1));
    browser.isHidden = true;
    const [, ...hidden] = await waits(3);
    assert.deepEqual(hidden, [15_000, 15_000]);
    browser.isHidden = false;
    page.jobs.follow();
    assert(((await untilAsked()) ?? Infinity) < 1_000);
  });

  test("is not asked for any more once it has ended", async () => {
    await following(job(1), job(2));
    server.tell(job(1, { status: "succeeded" }));
    await untilAsked();
    assert.deepEqual(paths(), ["GET /api/jobs/active", "GET /api/jobs/job-0001"]);
    await untilAsked();
    assert.deepEqual(paths(), ["GET /api/jobs/active"]);
    for (const status of ["failed", "canceled"] as const) server.tell(job(2, { status }));
    await waits(1);
    assert.equal(await untilAsked(), undefined);
  });

  test("is waited for by nobody where there is none", async () => {
    await following(job(1, { status: "succeeded" }));
    assert.equal(await untilAsked(), undefined);
    page.jobs.follow();
    assert.equal(await untilAsked(), undefined);
  });
});

describe("an answer", () => {
  test("is asked for by the tag of the one before, and taken from there where nothing changed", async () => {
    await following(job(1));
    const heard: Job[] = [];
    page.jobs.onJobChange((told) => heard.push(told));
    const tags = [];
    for (let round = 0; round < 3; round++) {
      await untilAsked();
      tags.push(questions().map(({ headers }) => headers.get("if-none-match")));
    }
    assert.deepEqual(tags, [[null], [server.etag], [server.etag]]);
    assert.equal(heard.length, 0, "what the list told is no news");
    const [kept] = page.jobs.jobs.value.list;
    assert.deepEqual(kept, job(1));
    const old = server.etag;
    server.tell(job(1, { status: "running" }));
    await untilAsked();
    assert.equal(questions()[0]?.headers.get("if-none-match"), old);
    assert.equal(page.jobs.jobs.value.list[0]?.status, "running");
    await untilAsked();
    assert.equal(questions()[0]?.headers.get("if-none-match"), server.etag);
  });

  test("tells only of the job that changed", async () => {
    await following(job(1), job(2));
    await waits(1);
    const heard: string[] = [];
    page.jobs.onJobChange(({ id }) => heard.push(id));
    server.tell(job(2, { status: "running" }));
    await waits(1);
    assert.deepEqual(heard, ["job-0002"]);
  });

  test("comes whole after the list was loaded anew, which may be in another language", async () => {
    await following(job(1));
    await waits(2);
    await page.jobs.loadJobs();
    questions();
    await untilAsked();
    assert.equal(questions()[0]?.headers.get("if-none-match"), null);
  });

  test("is told to whoever follows, beside what was before", async () => {
    await following(job(1));
    const heard: (string | undefined)[] = [];
    page.jobs.onJobChange((told, before) => heard.push(before?.status, told.status));
    server.tell(job(1, { status: "running" }));
    await waits(1);
    assert.deepEqual(heard, ["queued", "running"]);
  });

  test("keeps each job in its place", async () => {
    await following(job(1), job(2), job(3));
    server.tell(job(2, { status: "running" }));
    await waits(1);
    assert.deepEqual(
      page.jobs.jobs.value.list.map(({ id }) => id),
      ["job-0003", "job-0002", "job-0001"],
    );
  });
});

describe("trouble on the way", () => {
  test("lets a job go that is not there any more, and follows the others", async () => {
    await following(job(1), job(2));
    server.jobs.delete("job-0002");
    await waits(1);
    assert.deepEqual(
      page.jobs.jobs.value.list.map(({ id }) => id),
      ["job-0001"],
    );
    await untilAsked();
    assert.deepEqual(paths(), ["GET /api/jobs/active"]);
  });

  test("with one job keeps it, and keeps no other waiting", async () => {
    await following(job(1), job(2));
    browser.answer = (asked) =>
      asked.path.endsWith("2") ? { status: 500, body: problem(500, "internal") } : server.answer(asked);
    const statuses = () => page.jobs.jobs.value.list.map(({ status }) => status);
    for (const number of [1, 2]) server.tell(job(number, { status: "succeeded" }));
    await waits(1);
    assert.deepEqual(statuses(), ["queued", "succeeded"]);
    await waits(2); // the answer about all is a 304 by now
    browser.answer = server.answer;
    await waits(1);
    assert.deepEqual(statuses(), ["succeeded", "succeeded"]);
  });

  for (const [name, answer] of [
    ["no answer", "lost"],
    ["a stranger's page", { body: "<title>Log in</title>" }],
  ] as const) {
    test(`with the network (${name}) asks once at a time, less and less, until it is back`, async () => {
      await following(job(1), job(2));
      for (const number of [1, 2]) server.tell(job(number, { status: "succeeded" }));
      browser.answer = (asked) => (asked.path.endsWith("active") ? server.answer(asked) : answer);
      const first = (await untilAsked()) ?? Infinity;
      assert.equal(questions().length, 2, "the second job would fare no better");
      const second = (await untilAsked()) ?? Infinity;
      assert(second > first);
      assert.equal(page.jobs.jobs.value.list.length, 2);
      questions();
      browser.answer = server.answer;
      await untilAsked();
      assert.equal(questions().length, 3);
    });
  }

  test("before the list was ever there asks for it each five seconds, and says so meanwhile", async () => {
    server.tell(job(1));
    browser.answer = () => "lost";
    await page.jobs.loadJobs();
    assert(page.jobs.jobs.value.failure?.unreachable);
    assert.equal(page.jobs.jobs.value.isLoaded, false);
    questions();
    assert.equal(await untilAsked(), 5_000);
    questions();
    browser.answer = server.answer;
    assert.equal(await untilAsked(), 5_000);
    await settled();
    assert.deepEqual([page.jobs.jobs.value.isLoaded, page.jobs.jobs.value.failure], [true, null]);
    questions();
    assert(((await untilAsked()) ?? Infinity) < 1_000, "and what runs is followed");
  });

  test("with a later list keeps the one that is there", async () => {
    await following(job(1));
    browser.answer = () => ({ status: 503, body: problem(503, "gpu-unreachable") });
    await page.jobs.loadJobs();
    const { list, isLoaded, failure } = page.jobs.jobs.value;
    assert.deepEqual([list.length, isLoaded, failure?.problem.status], [1, true, 503]);
    browser.answer = server.answer;
    questions();
    await untilAsked();
    assert.deepEqual(paths(), ["GET /api/jobs/active"]);
  });
});
