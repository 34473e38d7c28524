/** A clip's last frame, to go on from it: where none was kept, the page says so and asks for nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { job, upload } from "./answers";
import { Browser } from "./browser";

test("a clip without a last frame says why, and one with it gives a picture", async () => {
  const browser = new Browser();
  const page = await browser.load();
  browser.answer = () => ({ status: 201, body: upload("upload-of-last-frame") });
  const clip = job(1, { status: "succeeded" });

  const without = { ...clip, links: { ...clip.links, last_frame: null } };
  assert.equal(await page.goOn.lastFrameOf(without), null);
  assert.match(page.notices.notes.value.at(-1)?.text ?? "", /last frames were kept/);
  assert.deepEqual(browser.asked, []);

  const address = `/api/jobs/${clip.id}/last-frame`;
  const made = await page.goOn.lastFrameOf({ ...clip, links: { ...clip.links, last_frame: address } });
  assert.equal(made?.id, "upload-of-last-frame");
  assert.deepEqual(browser.asked.map(({ method, path }) => [method, path]), [["POST", address]]);
});
