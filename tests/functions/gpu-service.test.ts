/** What the site keeps of the GPU service's answers, when that service is away. In place of it: a function of the test. */

import assert from "node:assert/strict";
import { after, beforeEach, describe, mock, test } from "node:test";
import type { Env } from "../../functions/_lib/env.ts";
import { checkpoint } from "../../functions/_lib/gpu.ts";

const START = Date.parse("2026-11-23T03:00:00.000Z");
const env = { GPU_URL: "http://gpu.test/", GPU_KEY: "k", GPU_SECRET: "s" } as Env;
const network = globalThis.fetch;
let questions = 0;
let answer: () => Response | Promise<Response>;
let clock = START;

mock.timers.enable({ apis: ["Date"], now: START });
after(() => {
  globalThis.fetch = network;
});

function later(seconds: number): void {
  clock += seconds * 1_000;
  mock.timers.setTime(clock);
}

beforeEach(() => {
  later(3_600);
  questions = 0;
  globalThis.fetch = async () => {
    questions += 1;
    return answer();
  };
});

const says = (body: string, status = 200) => new Response(body, { status });
const AWAY: Record<string, () => Response | Promise<Response>> = {
  refuses: () => says("{}", 503),
  "is out of reach": () => Promise.reject(new TypeError("no route")),
  "says nothing of a checkpoint": () => says("null"),
  "says too much": () => says(`{"checkpoint": "tiny", "more": "${"x".repeat(70_000)}"}`),
  "speaks in riddles": () => says("<html>"),
};

describe("the checkpoint of a GPU service", () => {
  for (const [how, away] of Object.entries(AWAY)) {
    test(`that ${how} is asked for once in some seconds, and again after them`, async () => {
      answer = away;
      const before = await checkpoint(env);
      for (let page = 0; page < 5; page++) assert.equal(await checkpoint(env), before);
      assert.equal(questions, 1);
      answer = () => says('{"checkpoint": "ltx-2-19b"}');
      later(4);
      assert.equal(await checkpoint(env), "ltx-2-19b");
      assert.equal(questions, 2);
    });
  }

  test("is known for a minute, and while nobody answers after it", async () => {
    answer = () => says('{"checkpoint": "ltx-2-19b"}');
    await checkpoint(env);
    later(59);
    assert.equal(await checkpoint(env), "ltx-2-19b");
    assert.equal(questions, 1);
    answer = () => says("", 500);
    later(2);
    assert.equal(await checkpoint(env), "ltx-2-19b");
    assert.equal(questions, 2);
  });

  test("is what each of many pages at once is told", async () => {
    answer = () => says('{"checkpoint": "ltx-2-19b"}');
    const told = await Promise.all(Array.from({ length: 9 }, () => checkpoint(env)));
    assert.deepEqual(new Set(told), new Set(["ltx-2-19b"]));
  });
});
