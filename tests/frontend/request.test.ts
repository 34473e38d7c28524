/** From what lies in the form to the exact body on the wire, or to the first thing that is missing. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Draft } from "../../frontend/src/state/draft";
import type { Picture, Pictures } from "../../frontend/src/state/pictures";
import { MENU } from "./answers";
import { Browser, type Page } from "./browser";

let page: Page;
beforeEach(async () => {
  page = await new Browser().load();
  page.menu.menu.set(MENU);
});

function draft(fields: Partial<Draft> = {}): Draft {
  return { ...page.draft.draft.value, prompt: "고개를 끄덕인다", ...fields };
}

function picture(uploadId: string | null, state: Picture["state"] = "ready"): Picture {
  const known = { name: "a.png", preview: null, width: 64, height: 96, share: 1, framing: null, faces: [], failure: null };
  return { ...known, file: null, read: null, uploadId, state };
}

const CROP = { left: 0.1, top: 0.2, width: 0.3, height: 0.4 };
const framed = (uploadId: string, borders: "cut" | "blurred" = "cut"): Picture => ({
  ...picture(uploadId),
  framing: { crop: CROP, ratio: "9:16", borders },
});

/** The bodies of one press. */
const bodies = (form: Draft, pictures: Pictures = {}): unknown[] =>
  page.request.clipRequests(form, pictures).map(({ body }) => body);

const FRAMES = { first: picture("up-first"), last: picture("up-last") };

describe("the body of a clip", () => {
  test("from words alone names no picture and no strength", () => {
    assert.deepEqual(bodies(draft({ imageStrength: 0.5 })), [
      {
        preset: "aggressive_quality",
        prompt: "고개를 끄덕인다",
        motions: [],
        ratio: "9:16",
        seconds: 8,
        tier: "704p",
        seed: null,
        negative_prompt: null,
        within_seconds: null,
        guidance: null,
        sound: "model", loudness: "as_made",
        upload_id: null,
        crop: null,
        borders: "cut",
        image_strength: null,
        picture_crf: null,
      },
    ]);
  });

  test("from a picture holds every setting of the form", () => {
    const tuned = draft({
      preset: "draft",
      tier: "352p",
      ratio: "1:1",
      seconds: 2,
      seed: 0,
      imageStrength: 0,
      sound: "off",
      borders: "blurred",
      negativePrompt: " 흐림 ",
      prompt: "  두 줄\n그대로 ",
    });
    assert.deepEqual(bodies(tuned, { picture: picture("up-1") }), [
      {
        preset: "draft",
        prompt: "  두 줄\n그대로 ",
        motions: [],
        ratio: "1:1",
        seconds: 2,
        tier: "352p",
        seed: 0,
        negative_prompt: " 흐림 ",
        within_seconds: null,
        guidance: null,
        sound: "off", loudness: "as_made",
        upload_id: "up-1",
        crop: null,
        borders: "blurred",
        image_strength: 0,
        picture_crf: null,
      },
    ]);
  });

  test("between pictures names first and last, and a middle one or none", () => {
    const form = draft({ mode: "keyframes", preset: "keyframes", imageStrength: 0.9, negativePrompt: "흐림" });
    const clip = {
      preset: "keyframes",
      prompt: "고개를 끄덕인다",
      motions: [],
      ratio: "9:16",
      seconds: 8,
      tier: "704p",
      seed: null,
      negative_prompt: "흐림",
      within_seconds: null,
      guidance: null,
      sound: "model", loudness: "as_made",
      first_upload_id: "up-first",
      first_crop: null,
      middle_upload_id: null,
      middle_crop: null,
      last_upload_id: "up-last",
      last_crop: null,
      borders: "cut",
      image_strength: 0.9,
      picture_crf: null,
    };
    assert.deepEqual(bodies(form, FRAMES), [clip]);
    const three = { ...FRAMES, middle: picture("up-middle") };
    assert.deepEqual(bodies(form, three), [{ ...clip, middle_upload_id: "up-middle" }]);
  });

  test("holds the part that was chosen of each picture", () => {
    assert.partialDeepStrictEqual(bodies(draft(), { picture: framed("up-1"), "further-1": picture("up-2") }), [
      { crop: CROP },
      { crop: null },
    ]);
    const form = draft({ mode: "keyframes", preset: "keyframes" });
    const frames = { first: picture("up-first"), middle: framed("up-middle"), last: framed("up-last") };
    assert.partialDeepStrictEqual(bodies(form, frames), [{ first_crop: null, middle_crop: CROP, last_crop: CROP }]);
  });

  test("shows all of a picture with blurred borders, whatever part was chosen to be cut out", () => {
    const form = draft({ borders: "blurred" });
    assert.partialDeepStrictEqual(bodies(form, { picture: framed("up-1") }), [{ crop: null, borders: "blurred" }]);
    const chosen = { picture: framed("up-1", "blurred") };
    assert.partialDeepStrictEqual(bodies(form, chosen), [{ crop: CROP, borders: "blurred" }]);
  });

  test("without a picture says nothing of borders", () => {
    assert.partialDeepStrictEqual(bodies(draft({ borders: "blurred" })), [{ crop: null, borders: "cut" }]);
  });

  test("from a clip names that clip and neither picture nor strength", () => {
    const form = draft({ mode: "video", preset: "restyle", sourceJobId: "job-0001", imageStrength: 0.9 });
    assert.deepEqual(bodies(form, { picture: picture("up-1") }), [
      {
        preset: "restyle",
        prompt: "고개를 끄덕인다",
        motions: [],
        ratio: "9:16",
        seconds: 8,
        tier: "704p",
        seed: null,
        negative_prompt: null,
        within_seconds: null,
        guidance: null,
        sound: "model", loudness: "as_made",
        source_job_id: "job-0001",
      },
    ]);
  });

  test("says what to avoid to those presets alone that listen", () => {
    for (const { name, inputs, negative_prompt } of MENU.presets) {
      const kind = { mode: page.draft.modeOf(inputs) ?? "picture", preset: name };
      const [body] = bodies(draft({ ...kind, sourceJobId: "job-0001", negativePrompt: "흐림" }), FRAMES) as { negative_prompt: string | null }[];
      assert.equal(body?.negative_prompt, negative_prompt === null ? null : "흐림", name);
    }
    for (const negativePrompt of [" \n ", "\u200b\u3164"]) {
      assert.partialDeepStrictEqual(bodies(draft({ negativePrompt })), [{ negative_prompt: null }]);
    }
  });

  test("takes no picture from the places of another mode", () => {
    const all = { ...FRAMES, picture: picture("up-1"), "further-1": picture("up-2") };
    const form = draft({ mode: "keyframes", preset: "keyframes" });
    assert.partialDeepStrictEqual(bodies(form, all), [{ first_upload_id: "up-first", middle_upload_id: null }]);
    assert.partialDeepStrictEqual(bodies(draft(), FRAMES), [{ upload_id: null }]);
  });
});

describe("several pictures", () => {
  const given = {
    picture: picture("up-1"),
    "further-2": picture("up-3"),
    "further-10": picture("up-4"),
    "further-1": picture("up-2"),
  };

  test("become a clip each, with the same words and settings, in the order in which they were given", () => {
    const form = draft({ seed: 5 });
    const requests = page.request.clipRequests(form, given);
    assert.deepEqual(
      requests.map(({ slot }) => slot),
      ["picture", "further-1", "further-2", "further-10"],
    );
    assert.deepEqual(
      requests.map(({ picture: one }) => one?.uploadId),
      ["up-1", "up-2", "up-3", "up-4"],
    );
    const [alone] = bodies(form, { picture: picture("up-1") }) as object[];
    assert.deepEqual(
      requests.map(({ body }) => body),
      ["up-1", "up-2", "up-3", "up-4"].map((upload_id) => ({ ...alone, upload_id })),
    );
    assert.equal(page.request.clipCount(form, given), 4);
  });

  test("are still several when the first is taken out", () => {
    const { picture: _, ...rest } = given;
    assert.deepEqual(
      bodies(draft(), rest).map((body) => (body as { upload_id: string }).upload_id),
      ["up-2", "up-3", "up-4"],
    );
    assert.equal(page.request.clipCount(draft(), rest), 3);
  });

  test("are one clip where the mode takes no pictures of the kind", () => {
    for (const form of [
      draft({ mode: "keyframes", preset: "keyframes" }),
      draft({ mode: "video", preset: "restyle" }),
    ]) {
      assert.equal(bodies(form, given).length, 1);
      assert.equal(page.request.clipCount(form, given), 1);
    }
  });

  test("none of them is one clip as well", () => {
    assert.equal(page.request.clipCount(draft(), {}), 1);
    assert.deepEqual(
      page.request.clipRequests(draft(), {}).map(({ slot, picture: one }) => [slot, one]),
      [["picture", undefined]],
    );
  });
});

describe("what is missing", () => {
  const missing = (form: Draft, pictures: Pictures = {}) => {
    const found = page.request.missing(form, pictures);
    return found && [found.key, found.field];
  };

  test("is nothing where there are words, with a picture or without", () => {
    assert.equal(missing(draft()), null);
    assert.equal(missing(draft(), { picture: picture("up-1") }), null);
    assert.equal(missing(draft({ mode: "keyframes" }), FRAMES), null);
    assert.equal(missing(draft({ mode: "video", sourceJobId: "job-0001" })), null);
  });

  test("is the words where none can be seen", () => {
    const NOTHING = ["", "  ", "\n\t", "\u3000\u00a0", "\u200b", "\u2060", "\u00ad", "\ufe0f", "\u200e\u200f"];
    const LETTERS = ["\u115f\u1160", "\u3164", "\uffa0", "\u2800", "\u{1d159}", "\u{16fe4}", "\u{e0041}", "\ufeff\u0085"];
    for (const prompt of [...NOTHING, ...LETTERS]) {
      assert.deepEqual(missing(draft({ prompt })), ["need_prompt", "prompt"], JSON.stringify(prompt));
      assert.equal(missing(draft({ prompt: `${prompt}가` })), null, JSON.stringify(prompt));
    }
  });

  test("is fewer words, counted as the server counts them", () => {
    assert.equal(missing(draft({ prompt: "😀".repeat(2_000) })), null);
    assert.deepEqual(missing(draft({ prompt: "😀".repeat(2_001) })), ["need_shorter_prompt", "prompt"]);
    assert.equal(page.request.characters("가😀\n"), 3);
    assert.equal(page.request.characters("각각".normalize("NFD")), 2, "macOS writes Hangul in parts");
    assert.equal(missing(draft({ prompt: "각".normalize("NFD").repeat(2_000) })), null);
    page.menu.menu.set(null);
    assert.equal(missing(draft({ prompt: "가".repeat(9_000) })), null, "the limit is the server's");
  });

  test("is the pictures of both ends between pictures, and no middle one", () => {
    const form = draft({ mode: "keyframes", prompt: "" });
    assert.deepEqual(missing(form, {}), ["need_first", "first"]);
    assert.deepEqual(missing(form, { last: FRAMES.last }), ["need_first", "first"]);
    assert.deepEqual(missing(form, { first: FRAMES.first }), ["need_last", "last"]);
    assert.deepEqual(missing(form, FRAMES), ["need_prompt", "prompt"]);
  });

  test("is the clip to draw anew", () => {
    assert.deepEqual(missing(draft({ mode: "video", prompt: "" })), ["need_source", "source"]);
  });

  test("is a picture that can be used, before the words", () => {
    const failed = picture(null, "failed");
    const form = draft({ prompt: "" });
    assert.deepEqual(missing(form, { picture: failed }), ["need_picture_fixed", "picture"]);
    assert.deepEqual(missing(form, { picture: picture("up-1"), "further-3": failed }), [
      "need_picture_fixed",
      "further-3",
    ]);
    const frames = draft({ mode: "keyframes", prompt: "" });
    assert.deepEqual(missing(frames, { ...FRAMES, middle: failed }), ["need_picture_fixed", "first"]);
    assert.deepEqual(missing(frames, { ...FRAMES, last: failed }), ["need_picture_fixed", "last"]);
  });

  test("is no picture of another mode, and none that is still on its way", () => {
    const failed = picture(null, "failed");
    assert.equal(missing(draft(), { first: failed, last: failed }), null);
    assert.equal(missing(draft({ mode: "keyframes" }), { ...FRAMES, picture: failed, "further-1": failed }), null);
    assert.equal(missing(draft({ mode: "video", sourceJobId: "job-0001" }), { picture: failed }), null);
    assert.equal(missing(draft(), { picture: picture(null, "uploading") }), null);
  });
});

describe("what a press leads to", () => {
  const press = (form: Draft, pictures: Pictures) => ({ draft: form, pictures, within: null });
  const next = (form: Draft, pressed: Pictures, now = pressed) => page.request.nextStep(press(form, pressed), now);
  const uploading = (name: string): Picture => ({ ...picture(null, "uploading"), file: new File([name], name) });
  const arrived = (one: Picture, uploadId: string): Picture => ({ ...one, state: "ready", uploadId });

  test("is wanted within the time that was chosen, whichever kind of clip it is", () => {
    const frames = { ...FRAMES, picture: picture("up-1") };
    for (const form of [draft(), draft({ mode: "keyframes" }), draft({ mode: "video", sourceJobId: "job-0001" })]) {
      const step = page.request.nextStep({ draft: form, pictures: frames, within: 120 }, frames);
      assert(step.kind === "send");
      assert.deepEqual(
        step.requests.map(({ body }) => body.within_seconds),
        [120],
      );
    }
  });

  test("is asked for a picture or other words where the last pictures were sent with these", () => {
    const form = draft({ prompt: "한 줄", sentWords: "한 줄" });
    assert.partialDeepStrictEqual(next(form, {}), { kind: "ask", missing: { key: "need_next_picture", field: "picture" } });
    for (const [again, pictures] of [
      [draft({ prompt: "다른 한 줄", sentWords: "한 줄" }), {}],
      [form, { picture: picture("up-1") }],
      [draft({ prompt: "한 줄" }), {}],
    ] as const) {
      assert.equal(next(again, pictures).kind, "send");
    }
  });

  test("is its clips, where nothing is missing and nothing on its way", () => {
    for (const pictures of [{}, { picture: picture("up-1") }, { picture: picture("up-1"), "further-1": picture("up-2") }]) {
      const requests = page.request.clipRequests(draft(), pictures);
      assert.deepEqual(next(draft(), pictures), { kind: "send", requests });
    }
  });

  test("is to ask for what is missing, before anything is waited for", () => {
    const step = next(draft({ prompt: " " }), { picture: uploading("a") });
    assert.deepEqual(step, { kind: "ask", missing: { key: "need_prompt", field: "prompt" } });
  });

  test("is to wait for every upload, then to send what has arrived", () => {
    const [one, other] = [uploading("a"), uploading("b")];
    const pressed = { picture: one, "further-1": other };
    assert.deepEqual(next(draft(), pressed), { kind: "wait" });
    const half = { ...pressed, picture: arrived(one, "up-1") };
    assert.deepEqual(next(draft(), pressed, half), { kind: "wait" });
    const whole = { ...half, "further-1": arrived(other, "up-2") };
    const requests = page.request.clipRequests(draft(), whole);
    assert.deepEqual(next(draft(), pressed, whole), { kind: "send", requests });
    assert.equal(requests.length, 2);
  });

  test("is to ask for another picture, where one has failed on its way", () => {
    const one = uploading("a");
    const step = next(draft(), { picture: one }, { picture: { ...one, state: "failed" } });
    assert.deepEqual(step, { kind: "ask", missing: { key: "need_picture_fixed", field: "picture" } });
  });

  test("is nothing more, once a picture was taken out, added or changed", () => {
    const one = uploading("a");
    const pressed = { picture: one };
    for (const now of [{}, { picture: uploading("a") }, { picture: arrived(one, "up-1"), "further-1": uploading("b") }]) {
      assert.deepEqual(next(draft(), pressed, now), { kind: "drop" });
    }
    assert.deepEqual(next(draft(), {}, { picture: picture("up-1") }), { kind: "drop" });
  });

  test("shows the part that was chosen when it was pressed", () => {
    const one = { ...uploading("a"), framing: framed("").framing };
    const step = next(draft(), { picture: one }, { picture: { ...arrived(one, "up-1"), framing: null } });
    assert(step.kind === "send");
    assert.partialDeepStrictEqual(step.requests[0]?.body, { upload_id: "up-1", crop: CROP });
  });

  test("is what was pressed, whatever the form says since", () => {
    const one = uploading("a");
    const pressed = draft({ seconds: 2, prompt: "눌렀을 때" });
    page.draft.change({ seconds: 10, prompt: "" });
    const step = next(pressed, { picture: one }, { picture: arrived(one, "up-1") });
    assert(step.kind === "send");
    assert.partialDeepStrictEqual(step.requests[0]?.body, { seconds: 2, prompt: "눌렀을 때", upload_id: "up-1" });
  });
});
