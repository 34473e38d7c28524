/** What is given up, in which order, and that one failure keeps nothing else from going. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { erase } from "../../functions/_lib/erase.ts";
import { accept, remove } from "../../functions/_lib/jobs.ts";
import { clearExpired, clearObjects } from "../../functions/_lib/retention.ts";
import { remove as removeUpload } from "../../functions/_lib/upload.ts";
import * as state from "../../functions/_lib/state.ts";
import { clip, OWNER, outcome, STRANGER, submission } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { problem, Site } from "./site.ts";

const site = await Site.open();
const A_DAY_MS = 24 * 3_600_000;
const AFTER_THE_UNDO = "2026-11-24T03:00:00.001Z";

/** A finished clip made from that picture. */
async function madeFrom(upload_id: string): Promise<string> {
  const { id } = await site.queued(clip({ upload_id }));
  await site.put(`jobs/${id}/video-1.mp4`);
  await state.ended(site.db, outcome(id, "succeeded"), { attempt: 1 });
  return id;
}

/** A bucket that refuses to delete what begins so. */
function refusing(...prefixes: string[]): typeof site.env {
  const broken = {
    ...site.env.MEDIA,
    delete: async (keys: string | string[]) => {
      const isRefused = (key: string) => prefixes.some((prefix) => key.startsWith(prefix));
      if ([keys].flat().some(isRefused)) throw new Error("the bucket refuses");
      await site.bucket.delete(keys);
    },
  };
  return { ...site.env, MEDIA: broken as unknown as R2Bucket };
}

describe("a deleted clip", () => {
  test("goes after a day, and its picture with the last job that was made from it", async () => {
    const picture = await site.upload("upload-0001");
    const [one, other] = [await madeFrom(picture), await madeFrom(picture)];
    await remove(site.db, one, OWNER);
    setClock(AFTER_THE_UNDO);
    await clearExpired(site.env);
    assert.deepEqual(await site.keys(`jobs/${one}/`), []);
    assert.deepEqual(await site.keys("inputs/upload-0001"), ["inputs/upload-0001"], "the other job still has it");
    await remove(site.db, other, OWNER);
    setClock("2026-11-25T03:00:00.002Z");
    await clearExpired(site.env);
    await clearExpired(site.env);
    assert.deepEqual(await site.keys(`jobs/${other}/`), []);
    assert.deepEqual(await site.keys("inputs/upload-0001"), []);
    assert.equal(await site.count("uploads"), 0);
    assert.equal(await site.count("clearing"), 0);
  });

  test("is given up before its objects go, so that it cannot come back without them", async () => {
    const id = await madeFrom(await site.upload("upload-0001"));
    await remove(site.db, id, OWNER);
    setClock(AFTER_THE_UNDO);
    await clearExpired(refusing("jobs/"));
    const [row] = await site.rows("SELECT purged_at, video_key FROM jobs WHERE id = ?1", id);
    assert.deepEqual([row?.["purged_at"], row?.["video_key"]], [AFTER_THE_UNDO, null]);
    assert.equal((await site.keys(`jobs/${id}/`)).length, 1);
    setClock("2026-11-24T03:11:00.000Z");
    await clearExpired(site.env);
    assert.deepEqual(await site.keys(`jobs/${id}/`), []);
  });

  test("that cannot be cleared keeps no other waiting", async () => {
    const ids = [];
    for (let count = 0; count < 60; count++) {
      setClock(NOW + count);
      const { id } = await site.ended("succeeded");
      await remove(site.db, id, OWNER);
      ids.push(id);
    }
    const stuck = ids.slice(0, 55);
    const env = refusing(...stuck.map((id) => `jobs/${id}/`));
    for (const second of [1, 2, 3]) {
      setClock(NOW + A_DAY_MS + second * 1_000);
      await clearExpired(env);
    }
    for (const id of ids.slice(55)) assert.deepEqual(await site.keys(`jobs/${id}/`), [], id);
    for (const id of stuck) assert.equal((await site.keys(`jobs/${id}/`)).length, 1, id);
  });

  test("still answers the key that made it", async () => {
    const keyed = submission(clip(), { idempotency_key: "key-00000001" });
    const later: Promise<unknown>[] = [];
    const env = { ...site.env, GPU_URL: "http://127.0.0.1:9" };
    const first = await accept(env, (work) => later.push(work), keyed, "en");
    const { id } = (await first.json()) as { id: string };
    await Promise.allSettled(later.splice(0));
    await state.cancel(site.db, id, OWNER);
    await remove(site.db, id, OWNER);
    const again = await accept(env, (work) => later.push(work), keyed, "en");
    await Promise.allSettled(later);
    assert.deepEqual([again.status, ((await again.json()) as { id: string }).id], [202, id]);
  });
});

describe("a picture", () => {
  test("may be deleted by its owner, unless an open job needs it", async () => {
    const id = await site.upload("upload-0001");
    await assert.rejects(removeUpload(site.db, id, STRANGER), problem("upload-not-found"));
    const job = await site.queued(clip({ upload_id: id }));
    await assert.rejects(removeUpload(site.db, id, OWNER), problem("upload-in-use"));
    await state.cancel(site.db, job.id, OWNER);
    await removeUpload(site.db, id, OWNER);
    await clearObjects(site.env);
    assert.deepEqual(await site.keys("inputs/upload-0001"), []);
    await assert.rejects(removeUpload(site.db, id, OWNER), problem("upload-not-found"));
  });

  test("that two uploads share stays until the second goes", async () => {
    await site.upload("upload-0001", { picture_key: "inputs/abc.png" });
    await site.upload("upload-0002", { picture_key: "inputs/abc.png", owner: STRANGER });
    await removeUpload(site.db, "upload-0001", OWNER);
    await clearObjects(site.env);
    assert.deepEqual(await site.keys("inputs/abc.png"), ["inputs/abc.png"]);
    await removeUpload(site.db, "upload-0002", STRANGER);
    await clearObjects(site.env);
    assert.deepEqual(await site.keys("inputs/abc.png"), []);
  });

  test("whose object is gone makes no job, nor does a rerun with it", async () => {
    const id = await site.upload("upload-0001");
    await site.bucket.delete("inputs/upload-0001");
    await assert.rejects(site.queued(clip({ upload_id: id })), problem("upload-not-found", "/upload_id"));
    assert.equal(await site.count("jobs"), 0);
  });

  test("lives no longer for a job that was refused", async () => {
    const id = await site.upload("upload-0001");
    await site.rows("UPDATE limits SET micro_won = 0 WHERE name = 'job'");
    const [before] = await site.rows("SELECT expires_at FROM uploads");
    await assert.rejects(site.queued(clip({ upload_id: id })), problem("cap-exceeded", ""));
    assert.deepEqual(await site.rows("SELECT expires_at FROM uploads"), [before]);
  });

  test("whose request died on the way gives its place back, and its file goes", async () => {
    await site.put("inputs/raw/upload-0009");
    await site.rows(
      `INSERT INTO incoming_uploads (id, owner, bytes, created_at)
       VALUES ('upload-0009', ?1, 9, '2026-11-23T02:00:00.000Z')`,
      OWNER,
    );
    assert.deepEqual(await site.rows("SELECT uploads, upload_bytes FROM totals WHERE owner = ?1", OWNER), [
      { uploads: 1, upload_bytes: 9 },
    ]);
    await clearExpired(site.env);
    assert.deepEqual(await site.keys("inputs/raw/"), []);
    assert.deepEqual(await site.rows("SELECT uploads, upload_bytes FROM totals WHERE owner = ?1", OWNER), [
      { uploads: 0, upload_bytes: 0 },
    ]);
  });
});

describe("everything of one's own", () => {
  test("goes at once, and nothing of another's; the money stays", async () => {
    const mine = await madeFrom(await site.upload("upload-0001"));
    await site.upload("upload-0002");
    await site.upload("upload-0003", { owner: STRANGER });
    const theirs = await site.ended("succeeded", STRANGER);
    const money = await site.rows("SELECT * FROM ledger ORDER BY job_id, kind");
    assert.deepEqual(await erase(site.db, OWNER), { jobs: 1, pictures: 2 });
    await clearObjects(site.env);
    assert.deepEqual(await site.keys(`jobs/${mine}/`), []);
    assert.deepEqual(
      (await site.rows("SELECT id FROM uploads")).map(({ id }) => id),
      ["upload-0003"],
    );
    assert.equal((await site.keys(`jobs/${theirs.id}/`)).length, 1);
    const [row] = await site.rows("SELECT input FROM jobs WHERE id = ?1", mine);
    assert(!String(row?.["input"]).includes("고개"));
    assert.deepEqual(await site.rows("SELECT * FROM ledger ORDER BY job_id, kind"), money);
  });

  test("stays while a job is open", async () => {
    await site.ended("succeeded");
    await site.queued();
    await assert.rejects(erase(site.db, OWNER), problem("job-not-finished"));
    assert.equal((await site.rows("SELECT 1 FROM jobs WHERE purged_at IS NOT NULL")).length, 0);
  });
});
