/** The stages of a clip: all of them in order, without those that its kind leaves out. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Stage } from "../../functions/_generated/contract";
import { STAGES } from "../../functions/_generated/constants";
import { CLIP } from "./answers";
import { Browser, type Page } from "./browser";

let page: Page;

beforeEach(async () => {
  page = await new Browser().load();
});

const without = (...left: Stage[]): Stage[] => STAGES.filter((stage) => !left.includes(stage));

describe("the stages of a clip", () => {
  test("from a picture are all", () => {
    assert.deepEqual(page.stages.stagesOf({ ...CLIP, upload_id: "up-1" }), STAGES);
  });

  test("from words look at no picture", () => {
    assert.deepEqual(page.stages.stagesOf(CLIP), without("encode_image"));
  });

  test("made in one pass have no second", () => {
    const draft = { ...CLIP, preset: "draft", tier: "352p" } as const;
    assert.deepEqual(page.stages.stagesOf(draft), without("encode_image", "upsample", "stage_2"));
  });
});
