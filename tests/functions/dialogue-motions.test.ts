/** Which motions suit spoken lines, and that a scene asks for them where its table says so. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MOTIONS } from "../../functions/_generated/constants.ts";
import type { SceneCells } from "../../functions/_generated/contract.d.ts";
import {
  dialogueMotions,
  LONG_LINE_CHARACTERS,
  motionsOfLines,
  spokenLines,
} from "../../functions/_lib/dialogue-motions.ts";
import { FIRST_SETTINGS, cellsOf } from "../../functions/_lib/scene-cells.ts";
import { hashOfScene, requestOfScene } from "../../functions/_lib/scene-request.ts";

const ORDER = MOTIONS.map(({ name }) => name);
const LETTERS = [..."가나다 .,!?！？'’a"];
const QUOTES = ['""', "“”", "‘’", "「」", "『』"] as const;

function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const ROLL = dice(7);
const line = (letters = LETTERS.filter((one) => one !== "’")): string =>
  Array.from({ length: 1 + ROLL(30) }, () => letters[ROLL(letters.length)]).join("");
const lines = (): string[] => Array.from({ length: ROLL(4) }, () => line());

describe("a spoken line", () => {
  test("is what stands between marks of speech", () => {
    for (const [open, close] of QUOTES.map((pair) => [...pair])) {
      assert.deepEqual(spokenLines(`그가 ${open}가자!${close} 하고 ${open}정말?${close} 묻는다`), ["가자!", "정말?"]);
      assert.deepEqual(spokenLines(`아직 ${open}쓰는 중`), []);
      assert.deepEqual(spokenLines(`${open}두\n줄${close}`), []);
    }
  });

  test("is not what stands between apostrophes", () => {
    assert.deepEqual(dialogueMotions("It's raining! Isn't it? He doesn't know what to do about it, he won't"), []);
    assert.deepEqual(dialogueMotions("It’s raining! Isn’t it?"), []);
  });

  test("comes back as it was, whatever is said around it", () => {
    for (let round = 0; round < 500; round++) {
      const [open, close] = [...(QUOTES[ROLL(QUOTES.length)] ?? "")];
      const said = line();
      const around = LETTERS.filter((one) => !"'’".includes(one));
      assert.deepEqual(spokenLines(`${line(around)}${open}${said}${close}${line(around)}`), [said]);
    }
  });
});

describe("the motions of lines", () => {
  test("follow their signs and the longest of them, each once and in one order", () => {
    for (let round = 0; round < 2_000; round++) {
      const all = lines();
      const found = motionsOfLines(all);
      const text = all.join("\n");
      assert.deepEqual(found, ORDER.filter((name) => found.includes(name)));
      assert.equal(found.includes("turn_head"), /[!！]/.test(text), text);
      assert.equal(found.includes("nod"), /[?？]/.test(text), text);
      const longest = Math.max(0, ...all.map((one) => [...one.trim()].length));
      assert.equal(found.includes("lean_in"), longest >= LONG_LINE_CHARACTERS, text);
    }
  });

  test("are no fewer with a further line, and the same in another order", () => {
    for (let round = 0; round < 500; round++) {
      const [all, more] = [lines(), line()];
      const found = motionsOfLines([...all, more]);
      assert.deepEqual(motionsOfLines([more, ...all]), found);
      for (const motion of motionsOfLines(all)) assert(found.includes(motion));
    }
  });

  test("count letters as they are read: macOS writes Hangul in parts", () => {
    const said = "가".repeat(LONG_LINE_CHARACTERS - 1);
    for (const form of ["NFC", "NFD"]) {
      assert.deepEqual(motionsOfLines([said.normalize(form)]), []);
      assert.deepEqual(motionsOfLines([`${said}각`.normalize(form)]), ["lean_in"]);
      assert.deepEqual(motionsOfLines([`  ${said}  `.normalize(form)]), []);
    }
  });
});

describe("a scene", () => {
  const scene = (cells: Partial<SceneCells>, dialogue_motions = true) => ({
    settings: { ...FIRST_SETTINGS, dialogue_motions },
    cells: { ...cellsOf("{}"), ...cells },
    without_pictures: true,
  });
  const asked = (...terms: Parameters<typeof scene>): unknown => {
    const made = requestOfScene(scene(...terms));
    return "request" in made ? made.request.motions : made.reason;
  };

  test("asks for those of its subtitle and of what is quoted, where its table says so", () => {
    assert.deepEqual(asked({ line: '그가 "가자!" 한다', subtitle: "둘째 줄\n정말?" }), ["turn_head", "nod"]);
    assert.deepEqual(asked({ line: '그가 "가자!" 한다', subtitle: "정말?" }, false), []);
    assert.deepEqual(asked({ line: "정말?" }), []);
  });

  test("asks for its own in place of those", () => {
    assert.deepEqual(asked({ line: "간다", subtitle: "정말?", motions: [] }), []);
    assert.deepEqual(asked({ line: "간다", motions: ["lean_in"] }, false), ["lean_in"]);
  });

  test("is what it was to a release that knew no motion, unless it asks for one", async () => {
    const before = await hashOfScene(scene({ line: "간다", subtitle: "정말?" }, false));
    assert.equal(await hashOfScene(scene({ line: "간다", subtitle: "정말?", motions: [] })), before);
    assert.equal(await hashOfScene(scene({ line: "간다" })), before);
    assert.notEqual(await hashOfScene(scene({ line: "간다", subtitle: "정말?" })), before);
  });
});
