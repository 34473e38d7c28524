/** A press for several clips: each is made once, whatever becomes of the page, the tab or the answer. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { MENU, problem, upload } from "./answers";
import { type Answer, type Asked, Browser, file, type Page, settled } from "./browser";
import { Server } from "./server";

let browser: Browser;
let server: Server;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  server = new Server();
  browser.answer = answer;
  page = await begin(await browser.load());
});

const isPost = ({ method }: Asked): boolean => method === "POST";
const answer = (asked: Asked): Answer => (asked.path === "/api/presets" ? { body: MENU } : server.answer(asked));
const made = (): unknown[] => [...server.jobs.values()].map(({ input }) => ("upload_id" in input ? input.upload_id : null));
const given = (one: Page = page): string[] => Object.values(one.pictures.pictures.value).map((picture) => picture?.uploadId ?? "");

async function begin(opened: Page): Promise<Page> {
  await opened.menu.loadMenu();
  await opened.draft.keepDraft();
  void opened.sending.goOn();
  await settled();
  return opened;
}

/** Fills the form of a page with so many pictures that have arrived. */
async function give(count: number, one: Page = page): Promise<void> {
  one.draft.change({ prompt: "모두 같은 한 줄" });
  const before = browser.sent.length;
  one.pictures.choosePictures(Array.from({ length: count }, (_, index) => file(`${index + 1}.png`)));
  for (let sent = 0; sent < count; sent++) {
    await settled();
    browser.sent[before + sent]?.answer(201, upload(`up-${sent + 1}`));
  }
  await settled();
  assert.equal(given(one).length, count);
}

async function press(one: Page = page): Promise<number> {
  return one.sending.press(one.request.clipRequests(one.draft.draft.value, one.pictures.pictures.value));
}

/** From now on the server gets each question; the page gets no answer to its `nth` press and to those after it. */
function silentFrom(nth: number): void {
  let posts = 0;
  browser.answer = (asked) => {
    if (isPost(asked)) posts += 1;
    const told = answer(asked);
    return isPost(asked) && posts >= nth ? new Promise<Answer>(() => undefined) : told;
  };
}

describe("a press for thirty clips", () => {
  test("makes thirty, each from its picture, and empties the form", async () => {
    await give(30);
    assert.equal(await press(), 30);
    assert.deepEqual([server.jobs.size, new Set(made()).size, given().length], [30, 30, 0]);
    assert.equal(page.sending.sentNow(), null);
  });

  for (const [name, again] of [
    ["a reload", () => browser.load()],
    ["a kill of the browser", () => browser.restart()],
  ] as const) {
    test(`makes thirty over ${name}, though an answer was lost with the page`, async () => {
      await give(30);
      silentFrom(12);
      void press();
      await settled();
      await settled();
      assert.equal(server.jobs.size, 12);
      browser.answer = answer;
      page = await begin(await again());
      for (let turn = 0; turn < 30; turn++) await settled();
      assert.deepEqual([server.jobs.size, new Set(made()).size, given().length], [30, 30, 0]);
    });

    test(`that was sent to its end makes nothing after ${name} that came before the form was kept`, async () => {
      await give(3);
      const kept = new Map(browser.stored);
      await press();
      for (const [key, value] of kept) browser.stored.set(key, value); // a browser writes these down some seconds later
      page = await begin(await again());
      assert.deepEqual([server.jobs.size, given()], [3, []]);
    });
  }

  test("leaves the form for good, though the browser is killed soon after a reload and forgets that", async () => {
    await give(3);
    const kept = new Map(browser.stored);
    silentFrom(2);
    void press();
    await settled();
    browser.answer = answer;
    page = await begin(await browser.load());
    for (let turn = 0; turn < 4; turn++) await settled();
    for (const [key, value] of kept) browser.stored.set(key, value);
    page = await begin(await browser.restart());
    assert.deepEqual([server.jobs.size, given()], [3, []]);
  });

  test("makes those, too, whose pictures the browser had not kept when the page went", async () => {
    await give(3);
    silentFrom(2);
    void press();
    await settled();
    browser.answer = answer;
    browser.keptPictures.clear();
    page = await begin(await browser.load());
    for (let turn = 0; turn < 4; turn++) await settled();
    assert.deepEqual([server.jobs.size, new Set(made()).size], [3, 3]);
  });

  test("goes on in another tab when its own is gone", async () => {
    await give(5);
    silentFrom(2);
    void press();
    await settled();
    const other = await begin(await browser.openTab());
    assert.partialDeepStrictEqual(other.sending.sentNow(), { place: 2, of: 5, isMine: false });
    assert.equal(server.jobs.size, 2);
    browser.answer = answer;
    browser.locks.close(0);
    for (let turn = 0; turn < 6; turn++) await settled();
    assert.deepEqual([server.jobs.size, new Set(made()).size], [5, 5]);
    assert.equal(other.jobs.jobs.value.list.length >= 3, true, "and that tab shows what it sent");
  });

  test("waits for a press when the page comes back much later, with the same keys", async () => {
    await give(3);
    silentFrom(2);
    void press();
    await settled();
    browser.answer = answer;
    browser.now = "2026-11-23T04:00:00.000Z";
    page = await begin(await browser.load());
    assert.deepEqual([server.jobs.size, given()], [2, ["up-2", "up-3"]]);
    assert.equal(await press(), 2);
    assert.deepEqual([server.jobs.size, new Set(made()).size, given()], [3, 3, []]);
  });

  test("ends at a refusal; what was not begun stays in the form and is sent by the next press", async () => {
    await give(3);
    let posts = 0;
    browser.answer = (asked) =>
      isPost(asked) && ++posts > 1 ? { status: 402, body: problem(402, "cap-exceeded") } : answer(asked);
    assert.equal(await press(), 1);
    assert.equal(page.sending.sendProblem.value?.type, "/problems/cap-exceeded");
    assert.deepEqual([posts, given()], [2, ["up-2", "up-3"]]);
    browser.answer = answer;
    assert.equal(await press(), 2);
    assert.deepEqual([server.jobs.size, page.sending.sendProblem.value, given()], [3, null, []]);
  });

  test("leaves out a picture that is taken out before its turn", async () => {
    await give(3);
    let release = (): void => undefined;
    browser.answer = async (asked) => {
      if (isPost(asked) && server.jobs.size === 0) await new Promise<void>((resolve) => (release = resolve));
      return answer(asked);
    };
    const pressing = press();
    await settled();
    page.pictures.removePicture("further-2");
    await settled();
    release();
    assert.equal(await pressing, 2);
    assert.deepEqual(made(), ["up-1", "up-2"]);
  });

  test("is taken back from where it stands; the rest stays in the form", async () => {
    await give(3);
    let release = (): void => undefined;
    browser.answer = async (asked) => {
      if (isPost(asked) && server.jobs.size === 0) await new Promise<void>((resolve) => (release = resolve));
      return answer(asked);
    };
    const pressing = press();
    await settled();
    await page.sending.stopSending();
    release();
    assert.equal(await pressing, 1);
    assert.deepEqual([made(), given()], [["up-1"], ["up-2", "up-3"]]);
  });
});

describe("a press for one clip", () => {
  test("whose page goes before the answer makes one clip and no second", async () => {
    await give(1);
    silentFrom(1);
    void press();
    await settled();
    browser.answer = answer;
    page = await begin(await browser.load());
    await settled();
    assert.deepEqual([server.jobs.size, given(), page.jobs.jobs.value.list.length], [1, ["up-1"], 1]);
    assert.equal(await press(), 1);
    assert.equal(server.jobs.size, 2, "the next press means another clip");
  });

  test("whose answer was lost is asked for again with its key after a reload, too", async () => {
    await give(1);
    browser.answer = (asked) => {
      if (!isPost(asked)) return answer(asked);
      server.answer(asked);
      return "lost";
    };
    assert.equal(await press(), 0);
    browser.answer = answer;
    page = await begin(await browser.load());
    assert.equal(await press(), 1);
    assert.equal(server.jobs.size, 1);
  });

  test("works where the browser keeps nothing", async () => {
    browser.isStorageForbidden = true;
    browser.databases.isForbidden = true;
    page = await begin(await browser.load());
    await give(2);
    assert.equal(await press(), 2);
    assert.deepEqual([server.jobs.size, given()], [2, []]);
  });
});

describe("two tabs", () => {
  test("have a draft each, with the same settings; neither writes over the other's", async () => {
    await give(2);
    page.draft.change({ seconds: 4 });
    const other = await begin(await browser.openTab());
    assert.deepEqual([other.draft.draft.value.prompt, other.draft.draft.value.seconds, given(other)], ["", 4, []]);
    other.draft.change({ prompt: "다른 탭의 한 줄" });
    page.draft.change({ prompt: "첫 탭의 한 줄" });
    page = await begin(await browser.restart());
    assert.deepEqual([page.draft.draft.value.prompt, given().length], ["첫 탭의 한 줄", 2]);
    const again = await begin(await browser.openTab());
    assert.equal(again.draft.draft.value.prompt, "다른 탭의 한 줄");
  });

  test("send no clip twice when both are pressed at once", async () => {
    await give(3);
    const other = await begin(await browser.openTab());
    other.draft.change({ prompt: "다른 탭의 한 줄" });
    assert.deepEqual(await Promise.all([press(), press(other)]), [3, 1]);
    assert.equal(server.jobs.size, 4);
  });
});
