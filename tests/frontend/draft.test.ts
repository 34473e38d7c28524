/** The form's settings: switched, taken over from a clip, and there again after a reload. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Job, JobRequest } from "../../functions/_generated/contract";
import type { Framing } from "../../frontend/src/crop";
import type { Draft } from "../../frontend/src/state/draft";
import { CLIP, job, MENU, upload } from "./answers";
import { Browser, file, type Page, settled } from "./browser";

let browser: Browser;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  await load();
});

/** Loads the page, as far as the form goes. */
async function load(): Promise<void> {
  page = await browser.load();
  browser.answer = () => ({ body: MENU });
  await page.menu.loadMenu();
  await page.draft.keepDraft();
}

const form = (): Draft => page.draft.draft.value;

/** What is in the places for pictures: the ids of uploads. */
const inPlaces = (): Record<string, unknown> =>
  Object.fromEntries(Object.entries(page.pictures.pictures.value).map(([slot, one]) => [slot, one?.uploadId]));

async function give(slot: "picture" | "first" | "middle" | "last", id: string, told = {}, size = {}): Promise<void> {
  const choosing = page.pictures.choosePicture(slot, file(`${id}.png`, size));
  await settled();
  browser.sent.at(-1)?.answer(201, upload(id, told));
  await choosing;
}

const CROP = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
const FRAMING: Framing = { crop: CROP, ratio: "9:16", borders: "cut" };

const finished = (input: JobRequest, seed = 7): Job => job(1, { status: "succeeded", input, seed });

describe("a reload", () => {
  const TUNED: Partial<Draft> = {
    mode: "video",
    preset: "restyle",
    tier: "1088p",
    ratio: "1:1",
    seconds: 4,
    prompt: "쓰던 한 줄 😀\n둘째 줄",
    negativePrompt: "흐림",
    seed: 0,
    imageStrength: 0,
    sound: "off",
    sourceJobId: "job-0001",
    borders: "blurred",
  };

  test("loses no setting", async () => {
    page.draft.change(TUNED);
    const before = form();
    await load();
    assert.deepEqual(form(), before);
    assert.partialDeepStrictEqual(form(), TUNED);
  });

  test("loses no picture that has arrived, nor its name and upright size", async () => {
    await give("picture", "up-1", {}, { width: 360, height: 640 });
    await load();
    assert.deepEqual(inPlaces(), { picture: "up-1" });
    const { picture } = page.pictures.pictures.value;
    assert.partialDeepStrictEqual(picture, { name: "up-1.png", width: 360, height: 640, state: "ready", share: 1 });
    assert(browser.addresses.has(picture?.preview ?? ""));
  });

  test("loses no part that was chosen of a picture", async () => {
    await give("first", "up-1");
    await give("last", "up-2");
    page.pictures.framePicture("last", FRAMING);
    await load();
    page.draft.change({ prompt: "한 줄" });
    await load();
    const { first, last } = page.pictures.pictures.value;
    assert.deepEqual([first?.framing, last?.framing], [null, FRAMING]);
  });

  test("after another still loses nothing", async () => {
    page.draft.change({ prompt: "한 줄" });
    for (const slot of ["first", "middle", "last"] as const) await give(slot, `up-${slot}`);
    await load();
    await load();
    page.draft.change({ prompt: "다른 한 줄" });
    await load();
    assert.equal(form().prompt, "다른 한 줄");
    assert.deepEqual(inPlaces(), { first: "up-first", middle: "up-middle", last: "up-last" });
  });

  test("brings back no picture that was taken out", async () => {
    await give("picture", "up-1");
    await give("first", "up-2");
    page.pictures.removePicture("picture");
    await load();
    assert.deepEqual(inPlaces(), { first: "up-2" });
  });

  test("brings back no picture that has not arrived", async () => {
    void page.pictures.choosePicture("picture", file("on its way.png"));
    await settled();
    page.draft.change({ prompt: "그대로" });
    await load();
    assert.deepEqual([form().prompt, inPlaces()], ["그대로", {}]);
  });

  test("says of a picture that the server has cleared away meanwhile that it must be chosen again", async () => {
    await give("first", "up-1", { expires_at: "2026-11-24T03:00:00.000Z" });
    await give("last", "up-2", { expires_at: "2026-11-24T03:00:00.001Z" });
    browser.now = "2026-11-24T03:00:00.000Z";
    await load();
    assert.deepEqual(inPlaces(), { first: null, last: "up-2" });
    const { first } = page.pictures.pictures.value;
    assert.equal(first?.state, "failed");
    assert.equal(first?.failure?.problem.title, page.language.t("picture_gone"));
  });

  test("finds a page that was left before it had every setting of today", async () => {
    browser.stored.set("clipwright.draft.1", JSON.stringify({ prompt: "예전 한 줄" }));
    await load();
    assert.partialDeepStrictEqual(form(), {
      prompt: "예전 한 줄",
      mode: "picture",
      seed: null,
      seconds: 8,
      uploads: {},
    });
  });

  for (const [name, left] of [
    ["nothing", undefined],
    ["half a draft", '{"prompt": "반'],
    ["no JSON", "undefined"],
    ["no draft", "null"],
  ] as const) {
    test(`that finds ${name} starts afresh, and keeps what is written then`, async () => {
      browser.stored.clear();
      if (left !== undefined) browser.stored.set("clipwright.draft.1", left);
      await load();
      assert.deepEqual([form().prompt, form().preset], ["", "aggressive_quality"]);
      page.draft.change({ prompt: "새 한 줄" });
      await load();
      assert.equal(form().prompt, "새 한 줄");
    });
  }

  test("works where the browser keeps nothing, and so does the form", async () => {
    browser.isStorageForbidden = true;
    browser.databases.isForbidden = true;
    await load();
    page.draft.change({ prompt: "한 줄" });
    await give("picture", "up-1");
    assert.deepEqual([form().prompt, inPlaces()], ["한 줄", { picture: "up-1" }]);
    await load();
    assert.deepEqual([form().prompt, inPlaces()], ["", {}]);
  });
});

describe("a change of mode", () => {
  test("takes the usual preset of its kind, the size that was chosen where it has it, and the words along", () => {
    page.draft.change({ prompt: "한 줄", tier: "1088p", seconds: 4, ratio: "1:1", seed: 5, imageStrength: 0.3 });
    page.draft.changeMode("keyframes");
    const kept = { prompt: "한 줄", tier: "1088p", seconds: 4, ratio: "1:1", seed: 5 };
    assert.partialDeepStrictEqual(form(), { ...kept, mode: "keyframes", preset: "keyframes", imageStrength: null });
    page.draft.changeMode("video");
    assert.partialDeepStrictEqual(form(), { ...kept, mode: "video", preset: "restyle" });
    page.draft.changeMode("picture");
    assert.partialDeepStrictEqual(form(), { ...kept, mode: "picture", preset: MENU.default_preset });
  });

  test("takes another size where the preset has not that one", () => {
    page.draft.change({ preset: "draft", tier: "352p" });
    page.draft.changeMode("keyframes");
    assert.equal(form().tier, "704p");
  });

  test("is for what the site's models make: one without a way to restyle does not show it", () => {
    assert(page.draft.isOffered("video"));
    page.menu.menu.set({ ...MENU, presets: MENU.presets.filter(({ inputs }) => inputs !== "video") });
    assert(!page.draft.isOffered("video"));
    assert(page.draft.isOffered("picture") && page.draft.isOffered("keyframes"));
    const before = form();
    page.draft.changeMode("video");
    assert.deepEqual(form(), before);
  });

  test("waits for what is offered", () => {
    page.menu.menu.set(null);
    const before = form();
    page.draft.changeMode("keyframes");
    assert.deepEqual(form(), before);
  });
});

describe("the drawer of settings", () => {
  test("differs from its defaults by what is given in it, be it nought", () => {
    assert(!page.draft.isTuned(form()));
    for (const tuned of [{ seed: 0 }, { imageStrength: 0 }, { negativePrompt: "흐림" }, { sound: "off" }] as const) {
      assert(page.draft.isTuned({ ...form(), ...tuned }));
    }
    assert(!page.draft.isTuned({ ...form(), negativePrompt: " \n", prompt: "한 줄", seconds: 2 }));
  });

  test("is emptied without touching the rest", () => {
    page.draft.change({ prompt: "한 줄", seconds: 2, seed: 0, imageStrength: 0, negativePrompt: "흐림", sound: "off" });
    page.draft.resetTuning();
    assert(!page.draft.isTuned(form()));
    assert.partialDeepStrictEqual(form(), { prompt: "한 줄", seconds: 2 });
  });
});

describe("the settings of a clip", () => {
  test("are taken over whole, its seed included, in place of those that were there", async () => {
    page.draft.change({ negativePrompt: "남은 말", imageStrength: 0.1, sourceJobId: "job-0009", mode: "video", sound: "off" });
    await page.draft.loadSettings(finished({ ...CLIP, seconds: 6, ratio: "16:9", image_strength: 0 }, 0));
    assert.deepEqual(form(), {
      mode: "picture",
      preset: "fast",
      tier: "704p",
      ratio: "16:9",
      seconds: 6,
      prompt: CLIP.prompt,
      motions: {},
      negativePrompt: "",
      seed: 0,
      imageStrength: 0,
      pictureCrf: null,
      guidance: null,
      sound: "model",
      loudness: "as_made",
      ownSound: null,
      sourceJobId: null,
      helped: null,
      sentWords: null,
      borders: "cut",
      uploads: {},
      framings: {},
    });
  });

  test("make the same clip again", async () => {
    const { preset: _, upload_id, tier, crop, ...settings } = CLIP;
    const crops = { first_crop: null, middle_crop: null, last_crop: null };
    const KINDS: JobRequest[] = [
      { ...CLIP, upload_id: "up-1", image_strength: 0.7 },
      { ...CLIP, upload_id: "up-1", sound: "off" },
      { ...CLIP, preset: "expressive", upload_id: "up-1", guidance: 4.5, picture_crf: 0 },
      { ...CLIP, upload_id: "up-1", crop: CROP },
      { ...CLIP, upload_id: "up-1", crop: CROP, borders: "blurred" },
      { ...settings, preset: "draft", tier: "352p", negative_prompt: "흐림", upload_id, crop, image_strength: null },
      {
        ...settings,
        ...crops,
        preset: "keyframes",
        tier: "1088p",
        first_upload_id: "up-first",
        middle_upload_id: null,
        last_upload_id: "up-last",
        image_strength: 0.5,
      },
      {
        ...settings,
        first_crop: CROP,
        middle_crop: { ...CROP, left: 0.5 },
        last_crop: null,
        borders: "blurred",
        preset: "keyframes",
        tier: "704p",
        first_upload_id: "up-first",
        middle_upload_id: "up-middle",
        last_upload_id: "up-last",
        image_strength: null,
      },
    ];
    for (const input of KINDS) {
      await page.draft.loadSettings(finished(input, 42));
      const [request, ...others] = page.request.clipRequests(form(), page.pictures.pictures.value);
      assert.deepEqual(request?.body, { ...input, seed: 42 });
      assert.deepEqual(others, []);
    }
  });

  test("of a restyle name the clip it was drawn from", async () => {
    const { preset: _, tier, upload_id, image_strength, picture_crf, crop, borders, ...settings } = CLIP;
    const input: JobRequest = { ...settings, preset: "restyle", tier: "704p", source_job_id: "job-0005" };
    await page.draft.loadSettings(finished(input, 42));
    assert.partialDeepStrictEqual(form(), { mode: "video", sourceJobId: "job-0005" });
    const [request] = page.request.clipRequests(form(), page.pictures.pictures.value);
    assert.deepEqual(request?.body, { ...input, seed: 42 });
  });

  test("bring their picture, though this browser has never seen it, and take out all others", async () => {
    await give("picture", "up-1");
    await give("first", "up-2");
    page.pictures.choosePictures([file("further.png")]);
    await page.draft.loadSettings(finished({ ...CLIP, upload_id: "up-unseen" }));
    assert.deepEqual(inPlaces(), { picture: "up-unseen" });
    assert.equal(page.pictures.pictures.value.picture?.preview, null);
    await page.draft.loadSettings(finished({ ...CLIP, upload_id: "up-1" }));
    assert.equal(page.pictures.pictures.value.picture?.name, "up-1.png");
    await page.draft.loadSettings(finished(CLIP));
    assert.deepEqual(inPlaces(), {});
  });
});
