/** What a library shows of its owner's jobs, and what is done to them: on the product's own statements in real D1. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_FAVORITES } from "../../functions/_generated/constants.ts";
import type { PictureClip } from "../../functions/_generated/contract.d.ts";
import { find } from "../../functions/_lib/jobs.ts";
import { changeSeveral, favor, rename } from "../../functions/_lib/keeping.ts";
import { daysOf, filterOf, list, pageOf, type Sort } from "../../functions/_lib/library.ts";
import { clearExpired } from "../../functions/_lib/retention.ts";
import { type JobRow, requestOf } from "../../functions/_lib/row.ts";
import { share, sharedClip, unshare } from "../../functions/_lib/share.ts";
import * as state from "../../functions/_lib/state.ts";
import { nameOf } from "../../functions/_lib/upload.ts";
import { clip, OWNER, outcome, STRANGER, used } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { problem, Site } from "./site.ts";

const site = await Site.open();
const DAY_MS = 86_400_000;

interface Made {
  daysAgo?: number;
  /** Milliseconds: ids of one instant are in no order. */
  later?: number;
  won?: number;
  owner?: string;
  picture?: string;
  request?: Partial<PictureClip>;
}

/** A finished clip of that day. */
async function made({ daysAgo = 0, later = 0, won = 20, owner = OWNER, picture, request = {} }: Made = {}): Promise<JobRow> {
  setClock(NOW - daysAgo * DAY_MS + later);
  let upload_id: string | null = null;
  if (picture !== undefined) {
    upload_id = await site.upload(`upload-${crypto.randomUUID().slice(0, 8)}`, { owner, expires_at: "2026-12-30T00:00:00.000Z" });
    await site.rows("UPDATE uploads SET name = ?2 WHERE id = ?1", upload_id, picture);
  }
  const { id } = await site.queued(clip({ upload_id, ...request }), { owner });
  await site.put(`jobs/${id}/video-1.mp4`);
  await state.ended(site.db, outcome(id, "succeeded", { cost: used(won * 1e6) }), { attempt: 1 });
  setClock(NOW);
  return (await find(site.db, id, owner)).row;
}

async function shown(query: string): Promise<string[]> {
  const asked = new URLSearchParams(query);
  const found = await list(site.db, OWNER, pageOf(asked), "ko", filterOf(asked));
  return found.jobs.map(({ input }) => input.prompt);
}

const days = (query = "") => daysOf(site.db, OWNER, filterOf(new URLSearchParams(query)));

describe("a search", () => {
  test("finds words of Hangul in the prompt, the title and the picture's name, whatever form they were typed in", async () => {
    await made({ request: { prompt: "아이가 문을 연다" }, picture: "장면_17.png".normalize("NFD") });
    const named = await made({ request: { prompt: "비가 내린다" } });
    await rename(site.db, named, "라면 가게".normalize("NFD"));
    await made({ request: { prompt: "A Dog Runs" } });
    assert.deepEqual(await shown("q=문을"), ["아이가 문을 연다"]);
    assert.deepEqual(await shown("q=17"), ["아이가 문을 연다"]);
    assert.deepEqual(await shown(`q=${"장면".normalize("NFD")} 연다`), ["아이가 문을 연다"]);
    assert.deepEqual(await shown("q=라면"), ["비가 내린다"]);
    assert.deepEqual(await shown("q=dog"), ["A Dog Runs"]);
    assert.deepEqual(await shown("q=문을 라면"), [], "every word is wanted");
    assert.deepEqual(await shown("q=%25"), [], "no letter stands for others");
  });

  test("names what is wrong with a query", () => {
    const wrong = new URLSearchParams(`q=${"가".repeat(101)}&status=done&from=yesterday&favorite=yes&rerun_of=!`);
    assert.throws(() => filterOf(wrong), problem("invalid-job", "/q", "/status", "/from", "/favorite", "/rerun_of"));
    const page = new URLSearchParams("limit=101&cursor=!&sort=best");
    assert.throws(() => pageOf(page), problem("invalid-job", "/cursor", "/sort", "/limit"));
  });
});

describe("a list", () => {
  test("holds what the filter leaves, and its days have their sums", async () => {
    await made({ daysAgo: 2, won: 10, request: { prompt: "one", ratio: "16:9" } });
    await made({ daysAgo: 2, later: 1, won: 30, request: { prompt: "two", preset: "aggressive_quality" } });
    await made({ won: 20, request: { prompt: "three" } });
    await made({ won: 500, request: { prompt: "not mine" }, owner: STRANGER });
    await site.ended("failed");
    assert.deepEqual(await shown("ratio=16:9"), ["one"]);
    assert.deepEqual(await shown("preset=aggressive_quality"), ["two"]);
    assert.deepEqual(await shown("status=failed"), ["고개를 끄덕이고 웃는다"]);
    assert.deepEqual(await shown("from=2026-11-21&to=2026-11-21"), ["two", "one"]);
    assert.deepEqual(await shown("from=2026-11-22&status=succeeded"), ["three"]);
    assert.deepEqual((await days()).days, [
      { day: "2026-11-23", jobs: 2, clips: 1, billed_micro_won: 20_000_000 },
      { day: "2026-11-21", jobs: 2, clips: 2, billed_micro_won: 40_000_000 },
    ]);
    assert.deepEqual((await days("ratio=16:9")).days, [
      { day: "2026-11-21", jobs: 1, clips: 1, billed_micro_won: 10_000_000 },
    ]);
  });

  test("comes in each order page by page, each job once, also where prices are equal", async () => {
    const wanted: Record<Sort, string[]> = { newest: [], oldest: [], dearest: [] };
    for (const [index, won] of [20, 40, 20, 10, 40].entries()) {
      await made({ daysAgo: 4 - index, won, request: { prompt: String(index) } });
    }
    wanted.newest = ["4", "3", "2", "1", "0"];
    wanted.oldest = ["0", "1", "2", "3", "4"];
    wanted.dearest = ["4", "1", "2", "0", "3"];
    for (const [sort, prompts] of Object.entries(wanted)) {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof list>> = await list(site.db, OWNER, { cursor, limit: 2, sort: sort as Sort }, "ko");
        found.push(...page.jobs.map(({ input }) => input.prompt));
        cursor = page.next_cursor;
      } while (cursor !== null);
      assert.deepEqual(found, prompts, sort);
    }
  });
});

describe("a favourite", () => {
  test("outlives its month with its picture, is counted with its price, and goes when it is none any more", async () => {
    const kept = await made({ daysAgo: 29, picture: "01.png" });
    const other = await made({ daysAgo: 29 });
    await favor(site.db, kept, true);
    await favor(site.db, kept, true);
    assert.equal((await find(site.db, kept.id, OWNER)).row.expires_at, "2027-10-25T03:00:00.000Z");
    assert.deepEqual((await days()).favorites, { clips: 1, most: MAX_FAVORITES, bytes: 1_000, micro_won_a_month: 22, days: 365 });
    setClock(NOW + 40 * DAY_MS);
    await clearExpired(site.env);
    assert.equal((await find(site.db, kept.id, OWNER)).row.is_favorite, 1);
    await assert.rejects(find(site.db, other.id, OWNER), problem("job-not-found"));
    const again = await site.queued(clip({ upload_id: JSON.parse(kept.input).upload_id }));
    assert.equal(again.picture_name, "01.png", "its picture is still there");
    await favor(site.db, kept, false);
    assert.equal((await find(site.db, kept.id, OWNER)).row.expires_at, "2027-01-03T03:00:00.000Z", "a day to think of it");
    setClock(NOW + 42 * DAY_MS);
    await clearExpired(site.env);
    await assert.rejects(find(site.db, kept.id, OWNER), problem("job-not-found"));
    const [row] = await site.rows("SELECT search, picture_name, is_favorite FROM jobs WHERE id = ?1", kept.id);
    assert.deepEqual(row, { search: null, picture_name: null, is_favorite: 0 }, "and its names go with it");
  });

  test("is one of so many, also when several are asked for at once", async () => {
    const [one, two, three] = [await made(), await made({ later: 1 }), await made({ later: 2 })];
    await site.rows(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
         reserved_micro_won, price_rev, lease_until, is_favorite)
       SELECT 'kept' || printf('%06d', i), ?2, 'succeeded', 't', '2099', '2026-11-01', '{}', '[]', 7, 'H200', 1, 1, 'r', 't', 1 FROM n`,
      MAX_FAVORITES - 2,
      OWNER,
    );
    const ids: [string, string, string] = [one.id, two.id, three.id];
    assert.deepEqual(await changeSeveral(site.db, OWNER, { action: "favorite", ids }), {
      done: [one.id, two.id],
      left: [three.id],
    });
    await assert.rejects(favor(site.db, three, true), problem("too-many"));
    await assert.rejects(favor(site.db, await site.queued(), true), problem("job-not-finished"));
  });
});

describe("several at once", () => {
  test("are deleted and restored, as often as it is sent, and only one's own that have ended", async () => {
    const [mine, theirs, open] = [await made(), await made({ owner: STRANGER }), await site.queued()];
    const ids: [string, string, string] = [mine.id, theirs.id, open.id];
    const deleted = { done: [mine.id], left: [theirs.id, open.id] };
    assert.deepEqual(await changeSeveral(site.db, OWNER, { action: "delete", ids }), deleted);
    assert.deepEqual(await changeSeveral(site.db, OWNER, { action: "delete", ids }), deleted);
    assert.equal((await find(site.db, theirs.id, STRANGER)).row.deleted_at, null);
    assert.equal((await days()).deleted, 1);
    assert.equal((await shown("deleted=1")).length, 1);
    const restored = { done: [mine.id, open.id], left: [theirs.id] };
    assert.deepEqual(await changeSeveral(site.db, OWNER, { action: "restore", ids }), restored);
    assert.deepEqual(await shown("deleted=1"), []);
    await changeSeveral(site.db, OWNER, { action: "delete", ids });
    setClock(NOW + DAY_MS + 1);
    assert.deepEqual((await changeSeveral(site.db, OWNER, { action: "restore", ids })).left, [mine.id, theirs.id]);
    assert.deepEqual(await shown("deleted=1"), []);
  });
});

describe("a link", () => {
  test("opens its clip until its time, its owner or another link ends it; its token is not stored", async () => {
    const one = await made();
    const { path, ends_at } = await share(site.db, one, 7);
    const token = path.split("/").at(-1);
    assert.equal(ends_at, "2026-11-30T03:00:00.000Z");
    assert.equal((await sharedClip(site.db, token)).id, one.id);
    assert(!JSON.stringify((await site.stored(one)).job).includes(String(token)));
    const second = (await share(site.db, one, 1)).path.split("/").at(-1);
    await assert.rejects(sharedClip(site.db, token), problem("job-not-found"));
    setClock(NOW + DAY_MS);
    await assert.rejects(sharedClip(site.db, second), problem("job-not-found"));
    setClock(NOW);
    await unshare(site.db, one);
    await assert.rejects(sharedClip(site.db, second), problem("job-not-found"));
  });

  test("goes with its clip, and never outlives it", async () => {
    const old = await made({ daysAgo: 28 });
    const { path, ends_at } = await share(site.db, old, 30);
    assert.equal(ends_at, old.expires_at);
    await changeSeveral(site.db, OWNER, { action: "delete", ids: [old.id] });
    await assert.rejects(sharedClip(site.db, path.split("/").at(-1)), problem("job-not-found"));
    await assert.rejects(share(site.db, await site.queued(), 7), problem("job-not-finished"));
    for (const token of [undefined, "", "x", "' OR 1=1 --", "a".repeat(32)]) {
      await assert.rejects(sharedClip(site.db, token), problem("job-not-found"));
    }
  });
});

describe("names", () => {
  test("of a job and its picture go on to the job that runs it again, and to one made from its clip", async () => {
    const first = await made({ picture: "07_문.png" });
    await rename(site.db, first, "  일곱째 장면 ");
    const { row } = await find(site.db, first.id, OWNER);
    const again = await site.queued(requestOf(row), { rerun_of: row.id, title: row.title });
    assert.deepEqual([again.title, again.picture_name], ["일곱째 장면", "07_문.png"]);
    assert.equal((await shown("q=일곱째 07")).length, 2);
    assert.equal((await shown(`rerun_of=${first.id}`)).length, 1);
    await rename(site.db, row, "");
    assert.equal((await shown("q=일곱째")).length, 1);
  });

  test("of a file come as their sender encoded them, without its folders, or not at all", () => {
    assert.equal(nameOf(encodeURIComponent("장면_17.png".normalize("NFD"))), "장면_17.png");
    assert.equal(nameOf(encodeURIComponent("C:\\그림\\a/b\u0000c.png")), "bc.png");
    assert.equal([...(nameOf(encodeURIComponent("😀".repeat(300))) ?? "")].length, 200);
    for (const none of [null, "", "%", "%20", "a%2f"]) assert.equal(nameOf(none), null);
  });

  test("are found in jobs that a release of before wrote", async () => {
    const { id } = await site.queued(clip({ prompt: "옛 문장" }));
    await site.rows("DELETE FROM job_uploads");
    await site.rows(
      `INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
         reserved_micro_won, price_rev, lease_until)
       SELECT 'before0001', owner, status, created_at, expires_at, day, input, inputs, seed, gpu, 1, 1, 'r', 't'
       FROM jobs WHERE id = ?1`,
      id,
    );
    assert.deepEqual(await shown("q=옛"), ["옛 문장", "옛 문장"]);
  });
});

