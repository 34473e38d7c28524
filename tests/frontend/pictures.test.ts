/** The pictures of the form: looked at, sent at once, replaced, taken out; what cannot be used says why. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Upload } from "../../functions/_generated/contract";
import type { Picture, Slot } from "../../frontend/src/state/pictures";
import { CLIP, job, MENU, problem, upload } from "./answers";
import { Browser, file, type Page, settled } from "./browser";

let browser: Browser;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  page = await browser.load();
  browser.answer = () => ({ body: MENU });
  await page.menu.loadMenu(); // the first answer lets all other calls go
});

const at = (slot: Slot): Picture | undefined => page.pictures.pictures.value[slot];
const slots = (): Slot[] => page.pictures.givenTogether(page.pictures.pictures.value);
const names = (): (string | undefined)[] => slots().map((slot) => at(slot)?.name);

/** Chooses a picture, as far as that goes without an answer of the server. */
async function choose(slot: Slot, chosen: File): Promise<void> {
  void page.pictures.choosePicture(slot, chosen);
  await settled();
}

/** The server takes the picture of that place in the order in which they were sent. */
async function arrive(place: number): Promise<void> {
  browser.sent[place]?.answer(201, upload(`up-${place}`));
  await settled();
}

/** Lets the test say when a file of that name has been looked at. */
function slowly(name: string): () => Promise<void> {
  const decode = browser.decode;
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  browser.decode = async (one) => {
    if (one.name === name) await opened;
    return decode(one);
  };
  return async () => {
    open();
    await settled();
  };
}

test("what was refused for want of a sign-in is sent again, and nothing else is", async () => {
  await choose("first", file("one.png"));
  await choose("last", file("two.png"));
  browser.sent[0]?.answer(401, problem(401, "sign-in-needed"));
  browser.sent[1]?.answer(422, problem(422, "picture-refused"));
  await settled();
  assert.deepEqual([at("first")?.state, at("last")?.state], ["failed", "failed"]);
  void page.pictures.retryUnidentified();
  await settled();
  assert.equal(browser.sent.length, 3);
  await arrive(2);
  assert.deepEqual([at("first")?.state, at("last")?.state], ["ready", "failed"]);
});

describe("a picture that is chosen", () => {
  test("is in its place at once, looked at, sent as it is, and ready when it has arrived", async () => {
    const chosen = file("초상.png", { width: 1_440, height: 720 });
    void page.pictures.choosePicture("picture", chosen);
    assert.partialDeepStrictEqual(at("picture"), {
      name: "초상.png",
      state: "uploading",
      preview: null,
      uploadId: null,
    });
    await settled();
    assert.partialDeepStrictEqual(at("picture"), { state: "uploading", width: 1_440, height: 720, share: 0 });
    assert(browser.addresses.has(at("picture")?.preview ?? ""), "there is something to see before it has arrived");
    const [sent] = browser.sent;
    assert.deepEqual([sent?.request, sent?.file], ["PUT /api/uploads", chosen]);
    const named = { "x-file-name": encodeURIComponent(chosen.name) };
    assert.deepEqual(sent?.headers, { "accept-language": "en", "content-type": "image/png", ...named });
    sent?.progress(1, 4);
    assert.equal(at("picture")?.share, 0.25);
    sent?.progress(4);
    assert.equal(at("picture")?.share, 0.25, "nobody knows of how much");
    await arrive(0);
    assert.partialDeepStrictEqual(at("picture"), { state: "ready", share: 1, uploadId: "up-0", failure: null });
  });

  test("is kept small for later, under its upload's name and upright", async () => {
    await choose("picture", file("a.png", { width: 1_440, height: 720 }));
    browser.sent[0]?.answer(201, upload("up-0", { width: 720, height: 1_440 }));
    await settled();
    const kept = browser.keptPictures.get("up-0") as { upload: object; thumbnail: Blob; name: string };
    assert.deepEqual(kept.upload, upload("up-0", { width: 1_440, height: 720 }));
    assert.deepEqual([kept.name, kept.thumbnail.type, kept.thumbnail.size], ["a.png", "image/webp", "720x360".length]);
  });

  test("is kept as long as the clip that was made from it, and no shorter", async () => {
    const soon = "2026-11-23T09:00:00.000Z";
    await choose("first", file("a.png"));
    browser.sent[0]?.answer(201, upload("up-used", { expires_at: soon }));
    await settled();
    await choose("last", file("b.png"));
    browser.sent[1]?.answer(201, upload("up-unused", { expires_at: soon }));
    await settled();
    const made = job(1, { input: { ...CLIP, upload_id: "up-used" } });
    const until = () =>
      [...browser.keptPictures.values()].map((kept) => (kept as { upload: Upload }).upload.expires_at);
    for (const expires_at of [made.expires_at, soon]) {
      browser.answer = () => ({ status: 202, body: { ...made, expires_at } });
      await page.jobs.submit({ preset: "fast", prompt: "한 번만", upload_id: "up-used" });
      await settled();
      assert.deepEqual(until(), [made.expires_at, soon]);
    }
  });

  test("clears those away that the server has no more", async () => {
    await choose("first", file("a.png"));
    browser.sent[0]?.answer(201, upload("up-old", { expires_at: "2026-11-23T03:00:00.000Z" }));
    await settled();
    await choose("last", file("b.png"));
    browser.sent[1]?.answer(201, upload("up-new"));
    await settled();
    assert.deepEqual([...browser.keptPictures.keys()], ["up-new"]);
  });
});

describe("the part of a picture", () => {
  const FRAMING = { crop: { left: 0, top: 0.2, width: 1, height: 0.5 }, ratio: "1:1", borders: "cut" } as const;

  test("is kept while it is sent, and goes with the picture that another replaces", async () => {
    await choose("picture", file("a.png"));
    page.pictures.framePicture("picture", FRAMING);
    browser.sent[0]?.progress(1, 2);
    await arrive(0);
    assert.partialDeepStrictEqual(at("picture"), { state: "ready", framing: FRAMING });
    await choose("picture", file("b.png"));
    assert.equal(at("picture")?.framing, null);
  });

  test("is nobody's where there is no picture", () => {
    page.pictures.framePicture("first", FRAMING);
    assert.deepEqual(page.pictures.pictures.value, {});
  });

  test("can be chosen of a picture never seen here, once its size is known", async () => {
    await page.pictures.recallPicture("first", "up-unseen", FRAMING, true);
    assert.partialDeepStrictEqual(at("first"), { width: 0, framing: FRAMING });
    page.pictures.measurePicture("first", { width: 64, height: 96 });
    page.pictures.measurePicture("first", { width: 1, height: 1 });
    assert.partialDeepStrictEqual(at("first"), { width: 64, height: 96, framing: FRAMING });
  });
});

describe("a picture on its way", () => {
  const LOST: Record<string, [() => void, number]> = {
    "gets no answer": [() => browser.sent[0]?.lose(), 0],
    "is refused": [() => browser.sent[0]?.answer(422, problem(422, "picture-refused")), 422],
    "meets somebody between": [() => browser.sent[0]?.answer(502, "<h1>Bad gateway</h1>"), 502],
    "meets a stranger's page": [() => browser.sent[0]?.answer(200, "<title>Log in</title>"), 0],
  };
  for (const [name, [lose, status]] of Object.entries(LOST)) {
    test(`that ${name} says so, and can be sent once more`, async () => {
      await choose("picture", file("a.png"));
      browser.sent[0]?.progress(3, 4);
      lose();
      await settled();
      assert.equal(at("picture")?.state, "failed");
      assert.equal(at("picture")?.failure?.problem.status, status);
      assert(at("picture")?.preview, "it can still be seen");
      void page.pictures.retryPicture("picture");
      await settled();
      assert.partialDeepStrictEqual(at("picture"), { state: "uploading", share: 0, failure: null });
      await arrive(1);
      assert.partialDeepStrictEqual(at("picture"), { state: "ready", uploadId: "up-1" });
      assert(browser.keptPictures.has("up-1"));
    });
  }

  test("is not sent any further when it is taken out, and says nothing later", async () => {
    await choose("picture", file("a.png"));
    page.pictures.removePicture("picture");
    assert(browser.sent[0]?.isAborted);
    await arrive(0);
    assert.deepEqual(page.pictures.pictures.value, {});
    assert.equal(browser.addresses.size, 0);
  });

  test("gives way to the next in its place, whichever ends first", async () => {
    await choose("picture", file("old.png"));
    await choose("picture", file("new.png"));
    assert(browser.sent[0]?.isAborted);
    browser.sent[0]?.progress(1, 2);
    browser.sent[0]?.answer(500, "");
    await settled();
    assert.partialDeepStrictEqual(at("picture"), { name: "new.png", state: "uploading", share: 0 });
    await arrive(1);
    await arrive(0);
    assert.partialDeepStrictEqual(at("picture"), { name: "new.png", uploadId: "up-1" });
    assert.deepEqual([...browser.addresses], [at("picture")?.preview]);
  });

  for (const [name, size] of [
    ["cannot be opened", 0],
    ["can be opened", 64],
  ] as const) {
    test(`says nothing where it turns out that it ${name} when another has taken its place`, async () => {
      const open = slowly("slow.png");
      await choose("picture", file("slow.png", { width: size }));
      await choose("picture", file("new.png"));
      await open();
      assert.partialDeepStrictEqual(at("picture"), { name: "new.png", state: "uploading" });
      assert.deepEqual(
        browser.sent.map(({ file: one }) => one?.name),
        ["new.png"],
      );
    });
  }

  test("is waited for until none is left, whether it arrives, fails or is taken out", async () => {
    for (const slot of ["first", "middle", "last"] as const) await choose(slot, file(`${slot}.png`));
    let isSettled = false;
    void page.pictures.uploadsSettled().then(() => {
      isSettled = true;
    });
    await arrive(0);
    browser.sent[1]?.lose();
    await settled();
    assert(!isSettled);
    page.pictures.removePicture("last");
    await settled();
    assert(isSettled);
    await page.pictures.uploadsSettled();
  });
});

describe("pictures that are given together", () => {
  const files = (count: number): File[] => Array.from({ length: count }, (_, number) => file(`${number}.png`));

  test("have a place each in the order in which they were given", async () => {
    page.pictures.choosePictures(files(4));
    assert.deepEqual(slots(), ["picture", "further-1", "further-2", "further-3"]);
    assert.deepEqual(names(), ["0.png", "1.png", "2.png", "3.png"]);
    page.pictures.choosePictures([file("later.png")]);
    assert.deepEqual(names().at(-1), "later.png");
  });

  test("are sent two at a time, and all arrive", async () => {
    page.pictures.choosePictures(files(5));
    await settled();
    assert.equal(browser.sent.length, 2);
    await arrive(1);
    assert.deepEqual(
      browser.sent.map(({ file: one }) => one?.name),
      ["0.png", "1.png", "2.png"],
    );
    for (const place of [0, 2, 3, 4]) await arrive(place);
    assert.deepEqual(
      slots().map((slot) => at(slot)?.state),
      new Array(5).fill("ready"),
    );
    assert.equal(new Set(slots().map((slot) => at(slot)?.uploadId)).size, 5);
  });

  test("are not sent when they are taken out before their turn", async () => {
    page.pictures.choosePictures(files(4));
    await settled();
    page.pictures.removePicture("further-2");
    for (const place of [0, 1, 2]) await arrive(place);
    assert.deepEqual(
      browser.sent.map(({ file: one }) => one?.name),
      ["0.png", "1.png", "3.png"],
    );
    assert.deepEqual(names(), ["0.png", "1.png", "3.png"]);
  });

  test("do not come back when they are taken out before it turns out that they cannot be used", async () => {
    page.pictures.choosePictures([...files(2), file("b.png", { width: 0 }), file("c.gif", { format: "GIF" })]);
    await settled();
    for (const slot of ["further-2", "further-3"] as const) page.pictures.removePicture(slot);
    for (const place of [0, 1]) await arrive(place);
    assert.deepEqual(slots(), ["picture", "further-1"]);
  });

  test("take nobody's place when one was taken out of their middle", () => {
    page.pictures.choosePictures(files(3));
    page.pictures.removePicture("further-1");
    page.pictures.choosePictures([file("later.png")]);
    assert.deepEqual(names(), ["0.png", "2.png", "later.png"]);
  });

  test("hold up no other when one of them cannot be used", async () => {
    page.pictures.choosePictures([file("a.png", { width: 0 }), file("b.gif", { format: "GIF" }), file("c.png")]);
    await settled();
    await arrive(0);
    assert.deepEqual(
      slots().map((slot) => at(slot)?.state),
      ["failed", "failed", "ready"],
    );
  });

  test("are thirty at most, and the rest is told", async () => {
    page.pictures.choosePictures(files(28));
    page.pictures.choosePictures(files(5));
    assert.equal(slots().length, 30);
    const [note] = page.notices.notes.value;
    assert.match(note?.text ?? "", /30.*3|3.*30/);
    page.pictures.choosePictures(files(1));
    assert.equal(slots().length, 30);
  });

  test("come after those that are there, the first of them in the first place where that is free", async () => {
    page.pictures.choosePictures(files(3));
    page.pictures.removePicture("picture");
    assert.deepEqual(slots(), ["further-1", "further-2"]);
    page.pictures.choosePictures([file("a.png"), file("b.png")]);
    assert.deepEqual(names(), ["a.png", "1.png", "2.png", "b.png"]);
  });

  test("replace the first alone when that was asked for, and nothing when none is given", async () => {
    page.pictures.choosePictures(files(2));
    page.pictures.choosePictures([file("new.png"), file("more.png")], true);
    assert.deepEqual(names(), ["new.png", "1.png", "more.png"]);
    page.pictures.choosePictures([], true);
    assert.equal(names()[0], "new.png");
  });

  test("leave room for one more when the first of thirty is replaced", () => {
    page.pictures.choosePictures(files(30));
    page.pictures.choosePictures([file("new.png")], true);
    assert.deepEqual([slots().length, at("picture")?.name, page.notices.notes.value], [30, "new.png", []]);
  });

  test("go, all but the first, with nothing left on the way", async () => {
    page.pictures.choosePictures(files(3));
    await settled();
    page.pictures.removeFurther();
    assert.deepEqual(slots(), ["picture"]);
    assert.deepEqual(
      browser.sent.map(({ isAborted }) => isAborted),
      [false, true],
    );
    await settled();
    assert.equal(browser.sent.length, 2);
    assert.equal(browser.addresses.size, 1);
  });

  test("leave the places of keyframes alone", async () => {
    await choose("first", file("first.png"));
    page.pictures.choosePictures(files(2));
    page.pictures.removeFurther();
    assert.deepEqual(Object.keys(page.pictures.pictures.value).sort(), ["first", "picture"]);
    assert.deepEqual(slots(), ["picture"]);
  });
});
