/** What is said of pictures before they are sent: how much of each is cut, and whether that goes through a face. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Picture } from "../../frontend/src/state/pictures";
import { Browser, type Page } from "./browser";

const FACE = { left: 0.4, top: 0.2, width: 0.1, height: 0.2 };
let page: Page;

beforeEach(async () => {
  page = await new Browser().load();
});

function picture(fields: Partial<Picture> = {}): Picture {
  const nothing = { preview: null, framing: null, failure: null, file: null, read: null, faces: [] };
  return { name: "", ...nothing, width: 1600, height: 900, state: "ready", share: 1, uploadId: "up-1", ...fields };
}

const losses = (...pictures: Picture[]): string => page.cropWords.lossesOf(pictures, "9:16", "cut");

test("a picture that keeps its faces is cut and no more", () => {
  assert.match(page.cropWords.cropWords(picture({ faces: [FACE] }), "9:16", "cut"), /68%/);
  assert(!page.cropWords.isFaceCut(picture({ faces: [FACE] }), "9:16", "cut"));
  assert(!page.cropWords.isFaceCut(picture({ faces: [] }), "9:16", "cut"));
});

test("two faces too far from each other are not both shown, unless all of the picture is", () => {
  const faces = [FACE, { ...FACE, left: 0.85 }];
  assert(page.cropWords.isFaceCut(picture({ faces }), "9:16", "cut"));
  assert(!page.cropWords.isFaceCut(picture({ faces }), "9:16", "blurred"));
  assert(!page.cropWords.isFaceCut(picture({ faces }), "16:9", "cut"));
  assert.match(page.cropWords.cropWords(picture({ faces }), "9:16", "cut"), /face/);
});

test("a part that was chosen beside a face cuts it", () => {
  const framing = { crop: { left: 0, top: 0, width: 0.316, height: 1 }, ratio: "9:16", borders: "cut" } as const;
  assert(page.cropWords.isFaceCut(picture({ faces: [FACE], framing }), "9:16", "cut"));
});

test("of many pictures it is counted how many lose much, and how many a face; those on their way do not count", () => {
  const upright = picture({ width: 900, height: 1600 });
  const two = picture({ faces: [FACE, { ...FACE, left: 0.85 }] });
  assert.equal(losses(upright, upright), "");
  assert.match(losses(picture(), picture(), upright), /: 2\.$/);
  assert.match(losses(two, upright, picture({ state: "uploading" })), /: 1\. .*face.*: 1\./);
});
