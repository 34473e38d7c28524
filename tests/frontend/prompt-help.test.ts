/** Prompt help, for the form and for scenes: one text a press, found again where it was asked for, and a way back. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { SceneSettings, TextJob } from "../../functions/_generated/contract";
import { job, problem, upload } from "./answers";
import { type Asked, Browser, type Page, pass, settled } from "./browser";

const TABLE = "table-1";
const ENGLISH = "A woman smiles.";
const SETTINGS = { ratio: "9:16", seconds: 2, borders: "cut" } as SceneSettings;

let browser: Browser;
let page: Page;
/** What the site has, by the key that it was asked under. */
let written: Map<string, TextJob>;

beforeEach(async () => {
  browser = new Browser();
  written = new Map();
  browser.answer = answer;
  page = await opened();
});

async function opened(isTab = false): Promise<Page> {
  const made = await (isTab ? browser.openTab() : browser.load());
  made.sceneTable.showTable({ id: TABLE, title: "", settings: SETTINGS, rows: [] });
  made.sceneTable.addScene(-1);
  made.sceneTable.addScene(0);
  const rows = made.sceneTable.table.value?.rows ?? [];
  made.sceneTable.refreshRows({ rows: rows.map((row, n) => ({ ...row, id: `row-${n}`, line: `줄 ${n}` })) });
  return made;
}

function answer({ method, path, headers, body }: Asked): { status?: number; body?: unknown } {
  const [, , , id, act] = path.split("/");
  if (path === "/api/texts") {
    const key = headers.get("idempotency-key") ?? "";
    const made = written.get(key) ?? textOf(`text-${written.size}`, body as TextJob["input"]);
    written.set(key, made);
    return { status: 202, body: made };
  }
  const found = [...written].find(([, one]) => one.id === id);
  if (!found) return { status: 404, body: problem(404, "not-found") };
  if (method === "POST" && act === "cancel") written.set(found[0], { ...found[1], status: "canceled" });
  return { body: written.get(found[0]) };
}

function textOf(id: string, input: TextJob["input"]): TextJob {
  const { status, cancel_requested, progress, created_at, started_at, finished_at, expires_at, seed, cost } = job(1);
  const standing = { status, cancel_requested, progress, created_at, started_at, finished_at, expires_at, seed, cost };
  return { ...standing, id, input, text: null, problem: null };
}

/** The site writes all that it was asked for, and the page looks. */
async function write(): Promise<void> {
  for (const [key, one] of written) written.set(key, { ...one, status: "succeeded", text: `${ENGLISH} ${one.id}` });
  await pass(1_000);
}

const help = (n: number): ReturnType<Page["sceneHelp"]["helpOfScene"]> => page.sceneHelp.helpOfScene(TABLE, `row-${n}`);
const line = (n: number): string | undefined => page.sceneTable.table.value?.rows[n]?.line;
const said = (): string | undefined => page.notices.notes.value.at(-1)?.text;
const takeBack = (): unknown => page.notices.notes.value.at(-1)?.action?.run();

describe("the form's help", () => {
  test("sends one text under one key, also after a reload, and gives the words back", async () => {
    page.draft.change({ prompt: "웃어요" });
    browser.answer = () => "lost";
    await page.draftHelp.draftHelp.ask();
    const { helped } = page.draft.draft.value;
    assert.equal(helped?.words, "웃어요");
    assert.equal(page.draftHelp.draftHelp.problem.value?.status, 0);
    browser.answer = answer;
    page = await opened();
    const { draftHelp } = page.draftHelp;
    page.draft.change({ prompt: "웃어요", helped });
    draftHelp.resume();
    await settled();
    await write();
    assert.deepEqual([...written.keys()], [helped?.key]);
    assert.equal(draftHelp.english, `${ENGLISH} text-0`);
    draftHelp.edit("Mine.");
    draftHelp.use();
    assert.equal(page.draft.draft.value.prompt, "Mine.");
    assert.equal(page.draft.draft.value.helped, null);
    takeBack();
    assert.equal(page.draft.draft.value.prompt, "웃어요");
    assert.equal(draftHelp.english, "Mine.");
    assert.equal(draftHelp.text?.status, "succeeded");
  });

  test("keeps what was typed after the person has kept their words, and takes no newer text's place", async () => {
    const { draftHelp } = page.draftHelp;
    page.draft.change({ prompt: "웃어요" });
    await draftHelp.ask();
    await write();
    draftHelp.keepOriginal();
    page.draft.change({ prompt: "크게 웃어요" });
    takeBack();
    assert.equal(page.draft.draft.value.prompt, "크게 웃어요");
    assert.equal(draftHelp.english, `${ENGLISH} text-0`);
    draftHelp.keepOriginal();
    await draftHelp.ask();
    takeBack();
    assert.equal(page.draft.draft.value.helped?.words, "크게 웃어요");
    assert.equal(draftHelp.text?.id, "text-1");
  });

  test("takes no answer to a press that was given up", async () => {
    const { draftHelp } = page.draftHelp;
    page.draft.change({ prompt: "웃어요" });
    let arrive: (late: Response) => void = () => undefined;
    browser.answer = (asked) => new Promise((done) => (arrive = () => done(answer(asked))));
    const first = draftHelp.ask();
    await settled();
    draftHelp.leave();
    page.draft.change({ helped: { key: "another", id: "text-9", words: "", uploadId: null, edited: null } });
    arrive(new Response());
    await first;
    assert.equal(page.draft.draft.value.helped?.id, "text-9");
    assert.equal(draftHelp.text, null);
  });
});

describe("the help of scenes", () => {
  test("keeps each row's text apart, over a reload too", async () => {
    await help(0).ask();
    await help(1).ask();
    await write();
    help(0).edit("Mine.");
    page = await opened();
    for (const n of [0, 1]) help(n).resume();
    await settled();
    assert.deepEqual([0, 1].map((n) => help(n).english), ["Mine.", `${ENGLISH} text-1`]);
    assert.deepEqual([0, 1].map((n) => help(n).place.helped()?.words), ["줄 0", "줄 1"]);
    assert.equal(written.size, 2);
    help(1).use();
    assert.deepEqual([line(0), line(1)], ["줄 0", `${ENGLISH} text-1`]);
    page = await opened();
    assert.equal(help(1).place.helped(), null);
    assert.equal(page.sceneHelp.helpOfScene("table-2", "row-0").place.helped(), null);
  });

  test("is one step of its table, and the text is back with the line", async () => {
    await help(0).ask();
    await write();
    page.sceneTable.setCells("row-0", { line: "줄 0!" }, "line");
    help(0).use();
    page.sceneTable.setCells("row-0", { line: "typed on" }, "line");
    page.sceneTable.undo();
    assert.equal(line(0), `${ENGLISH} text-0`);
    assert.equal(help(0).place.helped(), null);
    page.sceneTable.undo();
    assert.equal(line(0), "줄 0!");
    assert.equal(help(0).english, `${ENGLISH} text-0`);
    help(0).use();
    takeBack();
    assert.equal(line(0), "줄 0!");
    assert.equal(help(0).place.helped()?.words, "줄 0");
  });

  test("changes no row of another table, and waits at its own", async () => {
    await help(0).ask();
    await write();
    help(0).use();
    const rows = page.sceneTable.table.value?.rows.map((row) => ({ ...row, line: "또" })) ?? [];
    page.sceneTable.showTable({ id: "table-2", title: "", settings: SETTINGS, rows });
    takeBack();
    assert.deepEqual([line(0), line(1)], ["또", "또"]);
    assert.equal(help(0).english, `${ENGLISH} text-0`);
  });

  test("shows Gemma the row's picture, once it has arrived", async () => {
    const sending = { row: "row-0", frame: "first", file: new File([], "a.png"), share: 0, problem: null } as const;
    page.scenePictures.scenePictures.set(new Map([["row-0 first", sending]]));
    const asking = help(0).ask();
    page.scenePictures.scenePictures.set(new Map([["row-0 first", { ...sending, share: 0.5 }]]));
    await settled();
    assert.equal(written.size, 0);
    page.sceneTable.fillCells("row-0", { first_upload_id: upload("upload-1").id });
    page.scenePictures.scenePictures.set(new Map());
    await asking;
    assert.equal([...written.values()][0]?.input.upload_id, "upload-1");
    await help(1).ask();
    assert.equal([...written.values()][1]?.input.upload_id, null);
  });

  test("tells of an end that nobody sees with its scene, and of one that is seen by voice alone", async () => {
    await help(1).ask();
    await write();
    assert.match(said() ?? "", /scene 002/);
    help(0).shown += 1;
    await help(0).ask();
    await write();
    assert.equal(page.notices.notes.value.length, 1);
    assert.match(page.notices.announcement.value, /ready/);
  });

  test("learns what another tab has asked for, and what it has decided", async () => {
    await help(0).ask();
    const key = `clipwright.help.${TABLE} row-0`;
    const asked = browser.stored.get(key) ?? "";
    browser.changeElsewhere(key);
    assert.equal(help(0).place.helped(), null);
    browser.changeElsewhere(key, asked);
    assert.equal(help(0).place.helped()?.words, "줄 0");
    await help(0).ask();
    assert.equal(written.size, 1);
  });

  test("works without storage, and forgets what the site no longer has", async () => {
    browser.isStorageForbidden = true;
    await help(0).ask();
    await write();
    assert.equal(help(0).english, `${ENGLISH} text-0`);
    browser.isStorageForbidden = false;
    await help(1).ask();
    browser.now = "2026-12-24T03:00:00.000Z";
    page = await opened();
    assert.equal(help(1).place.helped(), null);
    assert.deepEqual([...browser.stored.keys()].filter((one) => one.startsWith("clipwright.help.")), []);
  });
});
