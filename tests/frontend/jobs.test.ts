/** The jobs of the page: loaded, made, stopped, deleted and brought back; a lost answer makes nothing twice. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { PictureClipBody } from "../../functions/_generated/contract";
import { job, problem } from "./answers";
import { type Answer, Browser, type Page, settled } from "./browser";
import { Server } from "./server";

const BODY: PictureClipBody = { preset: "fast", prompt: "한 번만", seconds: 2, tier: "704p" };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
let browser: Browser;
let server: Server;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  server = new Server();
  browser.answer = server.answer;
  page = await browser.load();
});

const shown = (): string[] => page.jobs.jobs.value.list.map(({ id }) => id);
const keys = (): (string | null)[] =>
  browser.asked.filter(({ method }) => method === "POST").map(({ headers }) => headers.get("idempotency-key"));

/** The server gets the question; what comes back of it is `answer`. */
async function losing(answer: Answer, ask: () => Promise<unknown>): Promise<void> {
  browser.answer = (asked) => {
    server.answer(asked);
    return answer;
  };
  await assert.rejects(ask(), page.api.Failure);
  browser.answer = server.answer;
}

describe("the list", () => {
  test("comes newest first, a page of it", async () => {
    for (let number = 1; number <= 60; number++) server.tell(job(number, { status: "succeeded" }));
    await page.jobs.loadJobs();
    assert.equal(shown()[0], "job-0060");
    const first = shown().length;
    assert(first > 0 && first < 60);
    assert.deepEqual(shown(), [...server.jobs.keys()].reverse().slice(0, first));
  });

  test("keeps a job that was made while it was on its way", async () => {
    server.tell(job(1, { status: "succeeded" }));
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    await page.jobs.loadJobs();
    browser.answer = async (asked) => {
      const answer = server.answer(asked);
      if (asked.method === "GET") await arrived;
      return answer;
    };
    const loading = page.jobs.loadJobs();
    await settled();
    await page.jobs.submit(BODY);
    arrive();
    await loading;
    assert.deepEqual(shown(), ["job-0002", "job-0001"]);
  });

  test("loses a job that the server does not tell any more", async () => {
    for (const number of [1, 2]) server.tell(job(number, { status: "succeeded" }));
    await page.jobs.loadJobs();
    server.jobs.delete("job-0002");
    await page.jobs.loadJobs();
    assert.deepEqual(shown(), ["job-0001"]);
  });
});

describe("a press", () => {
  test("sends the body as it is, under a key of its own, and shows the job at once", async () => {
    server.tell(job(1, { status: "succeeded" }));
    await page.jobs.loadJobs();
    const made = await page.jobs.submit(BODY);
    const asked = browser.asked.at(-1);
    assert.deepEqual([asked?.method, asked?.path, asked?.body], ["POST", "/api/jobs", BODY]);
    assert.equal(asked?.headers.get("content-type"), "application/json");
    assert.match(keys()[0] ?? "", UUID);
    assert.deepEqual(shown(), [made.id, "job-0001"]);
  });

  test("is followed from then on", async () => {
    page.feed.startFeed();
    await page.jobs.loadJobs();
    await page.jobs.submit(BODY);
    server.tell(job(1, { status: "succeeded" }));
    browser.stream?.say(server.active(["job-0001"]));
    assert.deepEqual(
      page.jobs.jobs.value.list.map(({ status }) => status),
      ["succeeded"],
    );
  });

  test("after another is another clip, though it asks for the same", async () => {
    const first = await page.jobs.submit(BODY);
    const second = await page.jobs.submit(BODY);
    assert.notEqual(second.id, first.id);
    assert.equal(new Set(keys()).size, 2);
  });

  const NO_ANSWER: Record<string, Answer> = {
    "a lost answer": "lost",
    "an error of somebody between": { status: 502, body: "<h1>Bad gateway</h1>" },
    "a stranger's page": { status: 200, body: "<title>Log in</title>" },
    "half an answer": { status: 202, body: '{"id": "job-00' },
  };
  for (const [name, answer] of Object.entries(NO_ANSWER)) {
    test(`after ${name} asks for the same clip again`, async () => {
      await losing(answer, () => page.jobs.submit(BODY));
      await losing(answer, () => page.jobs.submit({ ...BODY }));
      const made = await page.jobs.submit(BODY);
      assert.equal(new Set(keys()).size, 1);
      assert.deepEqual([...server.jobs.keys()], [made.id]);
      assert.deepEqual(shown(), [made.id]);
      await page.jobs.submit(BODY);
      assert.equal(server.jobs.size, 2, "once it is answered, a press means another clip");
    });
  }

  test("that was lost keeps its key while others are made", async () => {
    await losing("lost", () => page.jobs.submit(BODY));
    await page.jobs.submit({ ...BODY, prompt: "다른 한 줄" });
    await page.jobs.submit(BODY);
    const [lost, other, again] = keys();
    assert.equal(again, lost);
    assert.notEqual(other, lost);
    assert.equal(server.jobs.size, 2);
  });

  test("twice before the answer is one clip", async () => {
    const [first, second] = await Promise.all([page.jobs.submit(BODY), page.jobs.submit(BODY)]);
    assert.equal(second.id, first.id);
    assert.deepEqual([server.jobs.size, shown().length], [1, 1]);
  });

  test("that is refused tells the server's problem and shows no job", async () => {
    browser.answer = () => ({ status: 402, body: problem(402, "cap-exceeded") });
    await assert.rejects(page.jobs.submit(BODY), (error) => {
      assert(error instanceof page.api.Failure);
      assert.deepEqual(
        [error.problem.type, error.problem.status, error.unreachable],
        ["/problems/cap-exceeded", 402, false],
      );
      return true;
    });
    assert.deepEqual(shown(), []);
  });
});

describe("running a clip again", () => {
  test("asks for the same seed or a new one, under a key of its own", async () => {
    server.tell(job(1, { status: "succeeded" }));
    const same = await page.jobs.rerun("job-0001", "same");
    const other = await page.jobs.rerun("job-0001", "new");
    assert.deepEqual([same.rerun_of, other.rerun_of], ["job-0001", "job-0001"]);
    assert.deepEqual(
      browser.asked.map(({ path, body }) => [path, body]),
      [
        ["/api/jobs/job-0001/rerun", { seed: "same" }],
        ["/api/jobs/job-0001/rerun", { seed: "new" }],
      ],
    );
    assert.equal(new Set(keys()).size, 2);
  });

  test("after a lost answer makes it once; of another clip it is another wish", async () => {
    for (const number of [1, 2]) server.tell(job(number, { status: "succeeded" }));
    await losing("lost", () => page.jobs.rerun("job-0001", "new"));
    await page.jobs.rerun("job-0002", "new");
    await page.jobs.rerun("job-0001", "new");
    assert.equal(server.jobs.size, 4);
    const [lost, other, again] = keys();
    assert(again === lost && other !== lost);
  });
});

describe("a job", () => {
  test("is stopped, and shown as the server tells it", async () => {
    server.tell(job(1));
    server.tell(job(2, { status: "running", stage: "stage_1" }));
    await page.jobs.loadJobs();
    await page.jobs.cancel("job-0001");
    await page.jobs.cancel("job-0002");
    const told = page.jobs.jobs.value.list.map(({ status, cancel_requested }) => [status, cancel_requested]);
    assert.deepEqual(told, [
      ["running", true],
      ["canceled", true],
    ]);
  });

  test("is gone at once when it is deleted, and back in its place when that is undone", async () => {
    for (const number of [1, 2, 3]) server.tell(job(number, { status: "succeeded" }));
    await page.jobs.loadJobs();
    const middle = job(2, { status: "succeeded" });
    const removing = page.jobs.remove(middle);
    assert.deepEqual(shown(), ["job-0003", "job-0001"], "before the server has answered");
    await removing;
    assert(!server.jobs.has("job-0002"));
    await page.jobs.restore(middle);
    assert.deepEqual(shown(), ["job-0003", "job-0002", "job-0001"]);
    assert(server.jobs.has("job-0002"));
  });

  test("is back when it could not be deleted", async () => {
    for (const number of [1, 2]) server.tell(job(number, { status: "succeeded" }));
    await page.jobs.loadJobs();
    browser.answer = () => "lost";
    await assert.rejects(page.jobs.remove(job(1, { status: "succeeded" })), page.api.Failure);
    assert.deepEqual(shown(), ["job-0002", "job-0001"]);
  });

  test("stays away when it could not be brought back", async () => {
    server.tell(job(1, { status: "succeeded" }));
    await page.jobs.loadJobs();
    await page.jobs.remove(job(1));
    browser.answer = () => ({ status: 404, body: problem(404, "job-not-found") });
    await assert.rejects(page.jobs.restore(job(1)), page.api.Failure);
    assert.deepEqual(shown(), []);
  });
});

describe("the first question of a page", () => {
  test("goes ahead of all others, for its answer says who is asking", async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    browser.answer = async (asked) => {
      await arrived;
      return server.answer(asked);
    };
    const all = [page.jobs.loadJobs(), page.jobs.submit(BODY), page.menu.checkVersion()];
    await settled();
    assert.equal(browser.asked.length, 1);
    arrive();
    await Promise.all(all);
    assert.equal(browser.asked.length, 3);
  });

  test("gives way to the next when it gets no answer", async () => {
    browser.answer = () => "lost";
    const first = page.jobs.loadJobs();
    browser.answer = server.answer;
    await Promise.all([first, page.jobs.submit(BODY)]);
    assert.equal(server.jobs.size, 1);
  });
});
