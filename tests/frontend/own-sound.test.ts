/** What a clip to a sound of one's own adds to its body, and that it is missed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MENU } from "./answers";
import { Browser } from "./browser";

const page = await new Browser().load();
page.menu.menu.set(MENU);
const form = { ...page.draft.draft.value, prompt: "말하면서 웃는다" };
const SOUND = { id: "up-sound", name: "말.wav", seconds: 1.5 };

test("a clip to a sound of one's own names it, and the loudness that was chosen there", () => {
  const lipSync = { ...form, preset: "lip_sync", loudness: "even" } as const;
  assert.deepEqual(page.request.missing(lipSync, {}), { key: "need_sound", field: "sound" });
  const [clip] = page.request.clipRequests({ ...lipSync, ownSound: SOUND }, {});
  assert.partialDeepStrictEqual(clip?.body, { preset: "lip_sync", sound_upload_id: "up-sound", loudness: "even" });
});

test("another clip takes neither", () => {
  const [clip] = page.request.clipRequests({ ...form, ownSound: SOUND, loudness: "even" }, {});
  assert.partialDeepStrictEqual(clip?.body, { loudness: "as_made" });
  assert(!Object.keys(clip?.body as object).includes("sound_upload_id"));
});

test("its upload is in the mode of pictures", () => {
  assert.equal(page.draft.modeOf("sound"), "picture");
  assert.equal(page.draft.modeOf("video"), "video");
});
