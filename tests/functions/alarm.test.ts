import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { alarm } from "../../functions/_lib/alarm.ts";
import type { Env } from "../../functions/_lib/env.ts";
import { watch } from "../../functions/_lib/watch.ts";
import { NOW, setClock } from "./database.ts";
import { Site } from "./site.ts";

const MINUTE = 60_000;
const site = await Site.open();
const told: { name: string; text: string; facts: Record<string, unknown> }[] = [];
let status = 200;
const chat = createServer(async (request, response) => {
  const decoder = new TextDecoder();
  let body = "";
  for await (const chunk of request) body += decoder.decode(chunk, { stream: true });
  told.push(JSON.parse(body));
  response.writeHead(status).end();
});
await new Promise<void>((listening) => chat.listen(0, "127.0.0.1", listening));
const env: Env = { ...site.env, ALERT_WEBHOOK: `http://127.0.0.1:${chat.address().port}/` };

after(() => chat.close());
beforeEach(() => {
  told.length = 0;
  status = 200;
});

test("an alarm is told once in ten minutes, and others beside it", async () => {
  await Promise.all([alarm(env, "fire", { floor: 1 }), alarm(env, "fire", { floor: 2 })]);
  assert.equal(told.length, 1);
  assert.match(told[0]?.text ?? "", /fire/);
  await alarm(env, "water", {});
  assert.deepEqual(told.map(({ name }) => name), ["fire", "water"]);
  setClock(NOW + 9 * MINUTE);
  await alarm(env, "fire", {});
  assert.equal(told.length, 2);
  setClock(NOW + 11 * MINUTE);
  await alarm(env, "fire", {});
  assert.equal(told.length, 3);
});

test("an alarm never throws", async () => {
  status = 500;
  await alarm(env, "refused", {});
  await alarm({ ...env, ALERT_WEBHOOK: "http://127.0.0.1:1/" }, "unreachable", {});
  await alarm({ ...env, ALERT_WEBHOOK: "no address" }, "mistyped", {});
  await alarm({ ...env, ALERT_WEBHOOK: "" }, "unset", {});
  await alarm({ ...env, DB: undefined as unknown as D1Database }, "no-database", {});
  assert.deepEqual(told.map(({ name }) => name), ["refused", "no-database"]);
});

test("the site's cap is told at 80 and at 100 per cent", async () => {
  const { reserved_micro_won: price } = await site.queued();
  const capAt = (share: number) =>
    site.rows("UPDATE limits SET micro_won = ?1 WHERE name = 'site_day'", Math.floor(price / share));
  await capAt(0.79);
  await watch(env);
  assert.deepEqual(told, []);
  await capAt(0.81);
  await watch(env);
  await watch(env);
  await capAt(1);
  await watch(env);
  assert.deepEqual(told.map(({ name }) => name), ["site-cap-80", "site-cap-100"]);
});

test("jobs that wait for more than fifteen minutes are told, those behind their owner's own are not", async () => {
  const { id } = await site.queued();
  await site.queued();
  await site.rows("UPDATE jobs SET handed_at = created_at WHERE id = ?1", id);
  setClock(NOW + 14 * MINUTE);
  await watch(env);
  assert.deepEqual(told, []);
  setClock(NOW + 16 * MINUTE);
  await watch(env);
  assert.deepEqual(told.map(({ name, facts }) => [name, facts["jobs"]]), [["jobs-waiting", 1]]);
});
