/** A scene table that several devices write at once, and what its scenes have become. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProjectChange, SceneCellsChange } from "../../functions/_generated/contract.d.ts";
import { beginProject, deleteProject, listProjects, restoreProject } from "../../functions/_lib/projects.ts";
import { changeTable } from "../../functions/_lib/scene-change.ts";
import { projectOf, readTable } from "../../functions/_lib/scene-table.ts";
import { OWNER, STRANGER } from "./bodies.ts";
import { problem, Site } from "./site.ts";

const site = await Site.open();

const SCENES = ["scene0a1", "scene0b2", "scene0c3"] as const;
const [A, B, C] = SCENES;

const begin = (title = "첫 표") => beginProject(site.db, OWNER, { title }, undefined);
const read = async (id: string) => projectOf(await readTable(site.db, OWNER, id));
const change = (id: string, base_revision: number, more: Partial<ProjectChange>) =>
  changeTable(site.db, OWNER, id, { base_revision, ...more });
const row = (id: string, cells: SceneCellsChange | Record<string, unknown>) => ({
  id,
  cells: cells as NonNullable<ProjectChange["rows"]>[number]["cells"],
});

test("texts come back to the letter, and rows in the order that was asked for", async () => {
  const id = await begin();
  const line = "  그는 \"천천히\"\t돌아본다.\r\n‘그래’ \u{1f642} ᄀ";
  const answer = await change(id, 1, {
    rows: [row(A, { line }), row(B, { subtitle: "둘", seconds: 4 }), row(C, { seed: 7 })],
    order: [C, A, B],
    settings: { ratio: "16:9" },
  });
  assert.deepEqual(answer.order, [C, A, B]);
  const { scenes, settings, revision } = await read(id);
  assert.deepEqual(scenes.map(({ id: scene, number }) => [scene, number]), [[C, 1], [A, 2], [B, 3]]);
  assert.equal(scenes[1]?.cells.line, line);
  assert.equal(scenes[2]?.cells.seconds, 4);
  assert.deepEqual([settings.ratio, settings.seconds, revision], ["16:9", 8, 2]);
  assert.deepEqual(scenes.map(({ state }) => state), ["empty", "new", "empty"]);
});

test("of one cell the last writer wins, and what that replaced is named; other cells stay", async () => {
  const id = await begin();
  const { revision: base } = await change(id, 1, { rows: [row(A, { line: "처음" }), row(B, { line: "둘" })] });
  await change(id, base, { rows: [row(A, { line: "노트북에서", seed: 1 })], settings: { seconds: 4 } });
  const answer = await change(id, base, { rows: [row(A, { line: "전화에서" })], settings: { seconds: 6 } });
  const [first] = (await read(id)).scenes;
  assert.deepEqual([first?.cells.line, first?.cells.seed], ["전화에서", 1]);
  assert.deepEqual(
    answer.overwritten.map(({ scene, cell, before, settings }) => [scene, cell, before?.line, settings?.seconds]),
    [[A, "line", "노트북에서", undefined], [null, "seconds", undefined, 4]],
  );
  // The reader hears of all that it had not seen.
  assert.deepEqual(answer.rows.map(({ id: scene }) => scene), [A]);
});

test("sent twice, a change changes nothing more", async () => {
  const id = await begin();
  const asked = { rows: [row(A, { line: "하나" })], order: [A], removed: [B] };
  const first = await change(id, 1, asked);
  const again = await change(id, 1, asked);
  assert.deepEqual([again.revision, again.overwritten], [first.revision, []]);
});

test("a removed row comes back with its cells, and a change of a removed one brings it back", async () => {
  const id = await begin();
  const { revision } = await change(id, 1, { rows: [row(A, { line: "하나" }), row(B, { line: "둘" })] });
  const gone = await change(id, revision, { removed: [A] });
  assert.deepEqual([gone.order, gone.removed], [[B], [A]]);
  const undone = await change(id, gone.revision, { rows: [row(A, {})], order: [A, B] });
  assert.deepEqual([undone.order, undone.rows[0]?.cells.line, undone.overwritten], [[A, B], "하나", []]);

  const removed = await change(id, undone.revision, { removed: [B] });
  const late = await change(id, undone.revision, { rows: [row(B, { line: "고쳤다" })] });
  assert.deepEqual(late.overwritten.map(({ scene, cell }) => [scene, cell]), [[B, null]]);
  assert(late.revision > removed.revision);
  assert.deepEqual((await read(id)).scenes.map(({ cells }) => cells.line), ["하나", "고쳤다"]);
});

test("parallel writers lose nothing", async () => {
  const id = await begin();
  const writers = [0, 1, 2, 3, 4].map((writer) =>
    change(id, 1, { rows: [row(`writer0${writer}x`, { line: `글 ${writer}` }), row(A, { [["title", "line", "subtitle"][writer % 3] as string]: `${writer}` })] }),
  );
  const answers = await Promise.all(writers);
  assert.equal(new Set(answers.map(({ revision }) => revision)).size, 5);
  const { scenes } = await read(id);
  assert.equal(scenes.length, 6);
  assert.deepEqual(
    scenes.filter(({ id: scene }) => scene !== A).map(({ cells }) => cells.line).sort(),
    [0, 1, 2, 3, 4].map((writer) => `글 ${writer}`),
  );
});

test("200 rows of long texts fit, and a row more is refused and changes nothing", async () => {
  const id = await begin();
  const rows = Array.from({ length: 200 }, (_, index) => row(`scene${String(index).padStart(4, "0")}`, { line: "가".repeat(2_000) }));
  const sent = await site.sentBy(() => change(id, 1, { rows }));
  assert(sent.length < 20, `${sent.length} statements`);
  await assert.rejects(change(id, 2, { rows: [row("onemore1", {})] }), problem("too-many-scenes"));
  const { scenes, revision } = await read(id);
  assert.deepEqual([scenes.length, revision], [200, 2]);
});

test("a stranger's table is not found, a deleted one can be restored for a day", async () => {
  const id = await begin("둘째");
  await assert.rejects(readTable(site.db, STRANGER, id), problem("project-not-found"));
  await assert.rejects(changeTable(site.db, STRANGER, id, { base_revision: 1, title: "내 것" }), problem("project-not-found"));
  await deleteProject(site.db, OWNER, id);
  await assert.rejects(readTable(site.db, OWNER, id), problem("project-not-found"));
  assert.deepEqual((await listProjects(site.db, OWNER, true)).map(({ title }) => title), ["둘째"]);
  await restoreProject(site.db, OWNER, id);
  assert.deepEqual((await listProjects(site.db, OWNER, false)).map(({ title }) => title), ["둘째"]);
});

test("the same key begins one table", async () => {
  const ids = await Promise.all([1, 2, 3].map(() => beginProject(site.db, OWNER, {}, "key-of-one-press")));
  assert.equal(new Set(ids).size, 1);
  assert.equal(await site.count("projects"), 1);
});
