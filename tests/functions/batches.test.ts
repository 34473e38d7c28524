/** Many scenes at one press: one key, one reservation, what is paid once, and what a cap leaves. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, order, quoteOf, retry } from "../../functions/_lib/batches.ts";
import { cancelBatch } from "../../functions/_lib/batch-control.ts";
import { look, tell } from "../../functions/_lib/active.ts";
import { changeSeveral } from "../../functions/_lib/keeping.ts";
import { clearExpired } from "../../functions/_lib/retention.ts";
import { changeTable } from "../../functions/_lib/scene-change.ts";
import { estimateFor } from "../../functions/_lib/prices.ts";
import { projectOf, readTable } from "../../functions/_lib/scene-table.ts";
import * as state from "../../functions/_lib/state.ts";
import { type JobRow, requestOf } from "../../functions/_lib/row.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { OWNER, outcome, STRANGER, started, submission } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { FAST, press, sceneId, table, write } from "./scene-tables.ts";
import { LEASE_UNTIL, problem, Site } from "./site.ts";

const site = await Site.open();
const WHO = { owner: OWNER };
const FAST_PRICE = estimateFor({ ...FAST, ratio: "9:16", seconds: 2 });
const PLAIN = FAST_PRICE.high_micro_won - FAST_PRICE.cold_start_micro_won;

const batch = (id: string) => batchOf(site.db, OWNER, id, "en");
const project = async (id: string) => projectOf(await readTable(site.db, OWNER, id));
const quote = (id: string, choice: Parameters<typeof quoteOf>[3]) => quoteOf(site.env, WHO, id, choice, "en");
const jobs = (id: string) => site.rows("SELECT * FROM jobs WHERE batch_id = ?1 ORDER BY id", id);
const held = async () =>
  Number((await site.rows("SELECT held_micro_won AS won FROM day_totals WHERE owner = ?1", OWNER))[0]?.["won"] ?? 0);

async function deliver(id: string): Promise<void> {
  await state.reported(site.db, started(id), LEASE_UNTIL);
  await state.ended(site.db, outcome(id, "succeeded"), { attempt: 1, seq: 9 });
}

async function fail(id: string): Promise<void> {
  await state.reported(site.db, started(id), LEASE_UNTIL);
  await state.ended(site.db, outcome(id, "failed"), { attempt: 1, seq: 9 });
}

test("thirty scenes are thirty jobs in their order, with one reservation of what can really be billed", async () => {
  const id = await table(site, 30);
  const { clips, most_micro_won, fits, stopped, offers } = await quote(id, { range: "1~30" });
  assert.deepEqual([clips, fits, stopped], [30, 30, null]);
  assert.equal(most_micro_won, 30 * PLAIN + 4 * FAST_PRICE.cold_start_micro_won);
  assert((offers?.offers.length ?? 0) >= 1);

  const made = await press(site, id, { range: "1~30" });
  const rows = await jobs(made);
  assert.deepEqual(rows.map(({ scene_number }) => scene_number), Array.from({ length: 30 }, (_, index) => index + 1));
  assert.equal(rows[6]?.["title"], "007 장면 7");
  assert.match(String(rows[6]?.["search"]), /007 장면 7/);
  assert.equal(new Set(rows.map(({ seed }) => seed)).size, 30);
  assert.equal(await held(), most_micro_won);
  assert.equal(await site.count("attempts"), 30);
  assert.equal(await site.count("job_uploads"), 30);
  const { waiting, left, clips: asked } = await batch(made);
  assert.deepEqual([waiting, left, asked], [30, 0, 30]);
});

test("the same key is the same batch, however often and in parallel", async () => {
  const id = await table(site, 5);
  const body = { project_id: id, which: "all" } as const;
  const ids = await Promise.all([1, 2, 3, 4].map(() => order(site.env, WHO, body, "one-key-of-this")));
  assert.equal(new Set(ids).size, 1);
  assert.equal(await site.count("jobs"), 5);
  assert.equal(await site.count("batches"), 1);
  await assert.rejects(order(site.env, WHO, { project_id: id, range: "1" }, "one-key-of-this"), problem("idempotency-conflict"));
});

test("two devices that press at once pay each scene once", async () => {
  const id = await table(site, 6);
  const presses = await Promise.allSettled([press(site, id), press(site, id, { range: "3~6" }), press(site, id)]);
  const scenes = (await site.rows("SELECT scene_id FROM jobs")).map(({ scene_id }) => scene_id);
  assert.deepEqual(scenes.sort(), [1, 2, 3, 4, 5, 6].map(sceneId));
  assert(presses.some(({ status }) => status === "rejected"));
});

test("what is made and unchanged is not made again, unless it is asked for", async () => {
  const id = await table(site, 3);
  for (const { id: job } of await jobs(await press(site, id))) await deliver(String(job));
  assert.deepEqual((await project(id)).scenes.map(({ state }) => state), ["delivered", "delivered", "delivered"]);
  await assert.rejects(press(site, id), problem("nothing-to-make"));
  assert.deepEqual((await quote(id, { which: "all" })).left_out.map(({ reason }) => reason), Array(3).fill("unchanged"));

  await write(site, id, 2, { line: "고친 장면" });
  assert.equal((await project(id)).scenes[1]?.state, "changed");
  assert.deepEqual((await quote(id, { which: "unmade" })).scenes.map(({ number }) => number), [2]);
  const second = await press(site, id);
  assert.deepEqual((await jobs(second)).map(({ scene_number }) => scene_number), [2]);
  assert.deepEqual((await batch(second)).left_out.map(({ number }) => number), [1, 3]);
  assert.deepEqual((await quote(id, { range: "2" })).left_out.map(({ reason }) => reason), ["in_work"]);
  assert.equal((await jobs(await press(site, id, { range: "1", variants: 3 }))).length, 3);
  assert.equal((await jobs(await press(site, id, { range: "3", again: true }))).length, 1);
});

test("a scene without sound is another clip, and one that says what the table says is the same", async () => {
  const id = await table(site, 1);
  for (const { id: job } of await jobs(await press(site, id))) await deliver(String(job));
  await write(site, id, 1, { sound: true, seconds: 2, borders: "cut" });
  assert.equal((await project(id)).scenes[0]?.state, "delivered");
  await write(site, id, 1, { sound: false });
  const [silent] = await jobs(await press(site, id, { which: "unmade" }));
  assert.equal((JSON.parse(String(silent?.["input"])) as { sound?: string }).sound, "off");
});

test("drafts become final ones with their seeds", async () => {
  const id = await table(site, 2);
  const draft = { quality: { preset: "draft", tier: "352p" } } as const;
  const drafts = await jobs(await press(site, id, { which: "all", in_place: draft, variants: 2 }));
  assert.equal(drafts.length, 4);
  for (const { id: job } of drafts) await deliver(String(job));
  assert.deepEqual((await project(id)).scenes.map(({ state }) => state), ["drafted", "drafted"]);
  // Of the first scene the older one of two is chosen; of the second the newest counts.
  await write(site, id, 1, { chosen_job: String(drafts[0]?.["id"]) });
  const finals = await jobs(await press(site, id, { which: "drafted", seeds: "chosen" }));
  assert.deepEqual(finals.map(({ seed }) => seed), [drafts[0]?.["seed"], drafts[3]?.["seed"]]);
  for (const { id: job } of finals) await deliver(String(job));
  const made = (await project(id)).scenes;
  assert.deepEqual(made.map(({ state }) => state), ["delivered", "delivered"]);
  // A chosen draft stands for what was made of it, so that no draft is handed over beside final clips.
  assert.deepEqual(made.map(({ clip }) => clip), finals.map(({ id: job }) => job));
  await assert.rejects(press(site, id), problem("nothing-to-make"));
});

test("scenes that cannot be made are left out with their reason, and nothing is spent for them", async () => {
  const id = await table(site, 6);
  await write(site, id, 1, { line: " " });
  await write(site, id, 2, { first_upload_id: null });
  await write(site, id, 3, { last_upload_id: await site.upload("lastpicture1"), quality: { preset: "draft", tier: "352p" } });
  await write(site, id, 4, { first_upload_id: "picture0gone" });
  await write(site, id, 5, { quality: { preset: "fast", tier: "352p" } });
  const { left_out, scenes } = await quote(id, { range: "1~6" });
  assert.deepEqual(
    left_out.map(({ number, reason }) => [number, reason]),
    [[1, "no_line"], [2, "no_picture"], [3, "no_draft_of_two_pictures"], [4, "picture_gone"], [5, "wrong_quality"]],
  );
  assert.deepEqual(scenes.map(({ number }) => number), [6]);
  assert.equal((await jobs(await press(site, id, { range: "2, 6", without_pictures: true }))).length, 2);
  await assert.rejects(quote(id, { range: "1~7" }), problem("invalid-job", "/range"));
  await assert.rejects(quote(id, { range: "1", which: "all" }), problem("invalid-job", "/range"));
});

test("a cap in the middle lets in what fits, in order, and says what is left and what would be cheaper", async () => {
  const id = await table(site, 10);
  const room = 4 * FAST_PRICE.high_micro_won + 2 * PLAIN;
  await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'owner_day'", room);
  const forecast = await quote(id, { which: "all" });
  assert.deepEqual([forecast.fits, forecast.stopped?.type], [6, "/problems/cap-exceeded"]);
  const made = await press(site, id);
  assert.deepEqual((await jobs(made)).map(({ scene_number }) => scene_number), [1, 2, 3, 4, 5, 6]);
  const { left, stopped, clips } = await batch(made);
  assert.deepEqual([clips, left, stopped?.type], [10, 4, "/problems/cap-exceeded"]);
  assert.equal(await held(), room);
  await assert.rejects(press(site, id, { which: "unmade" }), problem("cap-exceeded", ""));
  assert.equal(await site.count("batches"), 1);
  // What was left is ordered once there is room.
  await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'owner_day'", 2 * room);
  assert.deepEqual((await jobs(await press(site, id, { which: "unmade" }))).map(({ scene_number }) => scene_number), [7, 8, 9, 10]);
});

test("every cap holds: a clip's, the site's, the number of open jobs, a token's, one's own limit", async () => {
  const id = await table(site, 8);
  const most = (jobs_: number) => Math.min(jobs_, 4) * FAST_PRICE.high_micro_won + Math.max(0, jobs_ - 4) * PLAIN;
  await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'job'", FAST_PRICE.high_micro_won - 1);
  assert.deepEqual((await quote(id, { range: "1" })).left_out.map(({ reason }) => reason), ["above_clip_cap"]);
  await site.rows("UPDATE limits SET micro_won = 1000000000 WHERE name = 'job'");
  await site.rows(
    `INSERT INTO tokens (id, owner, name, hash, scopes, cap_micro_won, created_at, expires_at)
     VALUES ('token1', ?1, 'cli', 'x', 'read create', ?2, '2026-01-01', '2027-01-01')`,
    OWNER,
    most(1),
  );
  const byToken = await order(site.env, { owner: OWNER, token_id: "token1" }, { project_id: id, which: "all" }, "key-of-token");
  assert.equal((await jobs(byToken)).length, 1);
  const own = await press(site, id, { which: "unmade", most_micro_won: most(3) - most(1) });
  assert.equal((await jobs(own)).length, 2);
  const stopped = (await batch(own)).stopped;
  assert.equal(stopped?.errors[0]?.pointer, "/most_micro_won");
  assert.match(String(stopped?.detail), new RegExp(`^Of the ${Math.ceil((most(3) - most(1)) / 1e6)} won set`));
  await site.rows("UPDATE count_limits SET most = 5 WHERE name = 'owner_open_jobs'");
  assert.equal((await jobs(await press(site, id, { which: "unmade" }))).length, 2);
  await site.rows("UPDATE switches SET is_on = 0");
  await assert.rejects(press(site, id, { which: "unmade" }), problem("paused-by-operator"));
});

test("200 jobs cost fewer requests than the smallest plan allows, and 201 are refused", async () => {
  const id = await table(site, 200);
  await site.rows("UPDATE limits SET micro_won = 1000000000000");
  let made = "";
  let heads = 0;
  const head = (key: string) => {
    heads += 1;
    return site.bucket.head(key);
  };
  const MEDIA = { head } as unknown as R2Bucket;
  const sent = await site.sentBy(async () => {
    made = await order({ ...site.env, MEDIA }, WHO, { project_id: id, which: "all" }, "one-press-of-200");
    await batch(made);
  });
  assert(sent.length + heads <= 35, `${sent.length} statements, ${heads} requests to the bucket`);
  // What a statement may have: 100 parameters of two megabytes, and 100 kilobytes of its own.
  assert(Math.max(...sent.map(({ values }) => values.length)) <= 20);
  assert(Math.max(...sent.map(({ sql }) => sql.length)) <= 10_000);
  assert(Math.max(...sent.flatMap(({ values }) => values.map((value) => Buffer.byteLength(String(value))))) <= 1_500_000);
  assert.equal((await jobs(made)).length, 200);
  const told = await site.sentBy(() => cancelBatch(site.env, OWNER, made, () => undefined));
  assert(told.length <= 10, `${told.length} statements`);
  assert.equal((await batch(made)).canceled, 200);
  assert.equal(await held(), 0);
  await assert.rejects(quote(id, { range: "1~101", variants: 2 }), problem("invalid-job", "/variants"));
});

test("lines so long that one statement cannot hold them all are bounded by the same caps", async () => {
  const id = await table(site, 1);
  const rows = Array.from({ length: 140 }, (_, index) => ({
    id: `long${String(index).padStart(4, "0")}`,
    cells: { line: "가".repeat(2_000) },
  }));
  await changeTable(site.db, OWNER, id, { base_revision: 2, rows, removed: [sceneId(1)] });
  const room = 4 * FAST_PRICE.high_micro_won + 126 * PLAIN;
  await site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'owner_day'", room);
  const made = await press(site, id, { which: "all", without_pictures: true });
  assert.deepEqual([(await jobs(made)).length, await held()], [130, room]);
  assert.equal(await site.count("ledger"), 130);
});

test("only what has failed is made again, each once, for nothing more than itself", async () => {
  const id = await table(site, 4);
  const made = await press(site, id);
  const [one, two, three] = (await jobs(made)).map(({ id: job }) => String(job)) as [string, string, string];
  await deliver(one);
  await fail(two);
  await fail(three);
  assert.deepEqual((await quote(id, { which: "failed" })).scenes.map(({ number }) => number), [2, 3]);
  assert.deepEqual(await Promise.all([retry(site.env, WHO, made), retry(site.env, WHO, made)]).then((all) => all.sort()), [false, true]);
  const rows = await jobs(made);
  const again = rows.filter(({ rerun_of }) => rerun_of !== null);
  const like = [two, three].map((failed) => rows.find(({ id: job }) => job === failed));
  assert.deepEqual(
    again.map(({ rerun_of, seed, scene_number }) => [rerun_of, seed, scene_number]),
    like.map((failed) => [failed?.["id"], failed?.["seed"], failed?.["scene_number"]]),
  );
  const { waiting, delivered, failed, clips, left } = await batch(made);
  assert.deepEqual([waiting, delivered, failed, clips, left], [3, 1, 0, 4, 0]);
  assert.equal(await retry(site.env, WHO, made), false);
  await assert.rejects(retry(site.env, { owner: STRANGER }, made), problem("batch-not-found"));
});

test("a scene that another press or a re-run has made since is not made again by a retry", async () => {
  const id = await table(site, 3);
  const made = await press(site, id);
  const failed = (await jobs(made)).map(({ id: job }) => String(job));
  for (const job of failed) await fail(job);
  setClock(NOW + 60_000);
  for (const { id: job } of await jobs(await press(site, id, { range: "1" }))) await deliver(String(job));
  const [again] = await site.rows("SELECT * FROM jobs WHERE id = ?1", failed[1] as string);
  const row = again as unknown as JobRow;
  const rerun = { ...requestOf(row), seed: row.seed };
  const { row: by_hand } = await submit(site.env, submission(rerun, { rerun_of: row.id, title: row.title }));
  assert.deepEqual([by_hand.scene_id, by_hand.project_id], [sceneId(2), id]);
  assert.equal(await retry(site.env, WHO, made), true);
  assert.deepEqual((await jobs(made)).slice(3).map(({ rerun_of }) => rerun_of), [failed[2]]);
});

test("a picture stays with the scene that shows it, though the clip that was made from it goes", async () => {
  const id = await table(site, 2);
  const made = (await jobs(await press(site, id))).map(({ id: job }) => String(job)) as [string, string];
  for (const job of made) await deliver(job);
  const shown = await site.rows("SELECT id FROM uploads ORDER BY created_at, id");
  await changeTable(site.db, OWNER, id, { base_revision: 1_000, removed: [sceneId(2)] });
  await changeSeveral(site.db, OWNER, { action: "delete", ids: made });
  setClock(NOW + 25 * 3_600_000);
  await clearExpired(site.env);
  await clearExpired(site.env);
  const left = (await site.rows("SELECT id FROM uploads")).map(({ id: upload }) => upload);
  const scene = (await readTable(site.db, OWNER, id)).scenes.find(({ is_removed }) => !is_removed);
  assert.deepEqual([shown.length, left], [2, [scene?.cells.first_upload_id]]);
  assert.deepEqual((await quote(id, { which: "unmade" })).scenes.map(({ number }) => number), [1]);
});

test("the one stream tells how far each batch is", async () => {
  const id = await table(site, 3);
  const made = await press(site, id);
  const asker = { owner: OWNER, language: "ko" } as const;
  const first = await tell(site.db, asker, await look(site.db, asker));
  assert.deepEqual(first.batches.map(({ id: batch_id, waiting, project_title }) => [batch_id, waiting, project_title]), [[made, 3, "표"]]);
  const ids = first.open;
  for (const job of ids) await deliver(job);
  const last = await tell(site.db, asker, await look(site.db, asker), ids);
  assert.deepEqual(last.batches.map(({ waiting, delivered }) => [waiting, delivered]), [[0, 3]]);
  assert.deepEqual(last.ended.map(({ scene_number, project_id }) => [scene_number, project_id]), [[1, id], [2, id], [3, id]]);
});
