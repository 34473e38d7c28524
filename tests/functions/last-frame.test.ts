/** Going on from a clip: its last frame becomes a picture of its owner's, and the next job knows where it began. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { find, remove } from "../../functions/_lib/jobs.ts";
import { uploadLastFrame } from "../../functions/_lib/last-frame.ts";
import { clearExpired } from "../../functions/_lib/retention.ts";
import { type JobRow, jobOf } from "../../functions/_lib/row.ts";
import * as state from "../../functions/_lib/state.ts";
import { clip, keyframes, lastFrame, OWNER, outcome } from "./bodies.ts";
import { setClock } from "./database.ts";
import { changed, problem, Site } from "./site.ts";

const site = await Site.open();

/** A finished clip with its last frame in the bucket. */
async function made(more: Partial<ReturnType<typeof outcome>> = {}): Promise<JobRow> {
  const { id } = await site.queued();
  await site.put(`jobs/${id}/video-1.mp4`);
  await site.put(`jobs/${id}/last-1.png`, "pixels");
  return changed(await state.ended(site.db, outcome(id, "succeeded", more), { attempt: 1 }));
}

const linkOf = (row: JobRow) => jobOf(row, [], "ko").links.last_frame;

describe("a clip's last frame", () => {
  test("becomes a picture that a next clip begins with, which names the clip it goes on from", async () => {
    const row = await made();
    assert.equal(linkOf(row), `/api/jobs/${row.id}/last-frame`);
    const upload = await uploadLastFrame(site.env, row);
    assert.deepEqual([upload.width, upload.height, upload.owner], [192, 320, OWNER]);
    assert.deepEqual(JSON.parse(upload.faces ?? ""), lastFrame(row.id).faces);
    assert.equal(await (await site.bucket.get(`inputs/${"ab".repeat(32)}.png`))?.text(), "pixels");
    const next = await site.queued(clip({ upload_id: upload.id }));
    assert.deepEqual(JSON.parse(next.inputs), [{ key: upload.picture_key, frame: "first" }]);
    const continues = async (id: string) => (await find(site.db, id, OWNER)).row.continues;
    assert.equal(await continues(next.id), row.id);
    const other = await site.upload("upload-0001");
    assert.equal(await continues((await site.queued(clip({ upload_id: other }))).id), null);
    assert.equal(await continues((await site.queued(keyframes(upload.id, other))).id), row.id);
    const endsThere = (await site.queued(keyframes(other, upload.id))).id;
    assert.equal(await continues(endsThere), null, "it only ends with that frame");
    assert.equal(await site.count("incoming_uploads"), 0);
  });

  test("is missing where the worker kept none, where it lies elsewhere, or where it cannot be named", async () => {
    const frame = lastFrame("other");
    for (const last_frame of [null, frame, { ...frame, digest: "../etc" }]) {
      const row = await made({ last_frame });
      assert.equal(linkOf(row), null);
      await assert.rejects(uploadLastFrame(site.env, row), problem("job-not-found"));
    }
    assert.equal(await site.count("uploads"), 0);
    assert.equal(linkOf(await site.ended("failed")), null);
  });

  test("counts among the uploads that a day has room for, and leaves no place behind that it did not take", async () => {
    const row = await made();
    await site.rows("UPDATE count_limits SET most = 1 WHERE name = 'owner_uploads'");
    await uploadLastFrame(site.env, row);
    await assert.rejects(uploadLastFrame(site.env, row), problem("too-many-uploads"));
    await site.bucket.delete(`jobs/${row.id}/last-1.png`);
    await site.rows("UPDATE count_limits SET most = 9 WHERE name = 'owner_uploads'");
    await assert.rejects(uploadLastFrame(site.env, row), problem("job-not-found"));
    assert.equal(await site.count("incoming_uploads"), 0);
  });

  test("goes with its clip, and the next clip keeps the picture", async () => {
    const row = await made();
    const upload = await uploadLastFrame(site.env, row);
    const next = await site.queued(clip({ upload_id: upload.id }));
    await remove(site.db, row.id, OWNER);
    setClock("2026-11-24T03:00:00.001Z");
    await clearExpired(site.env);
    const [gone] = await site.rows("SELECT last_frame FROM jobs WHERE id = ?1", row.id);
    assert.deepEqual([gone?.["last_frame"], await site.keys(`jobs/${row.id}/`)], [null, []]);
    assert.equal((await site.keys(`inputs/${"ab".repeat(32)}`)).length, 1);
    assert.equal((await find(site.db, next.id, OWNER)).row.continues, row.id);
  });
});
