import assert from "node:assert/strict";
import { test } from "node:test";
import sweeper from "../../functions/_sweeper/index.ts";
import { Site } from "./site.ts";

const site = await Site.open();
const KNOWN = ["app_version", "build", "checkpoint", "contract", "service", "weights_revision"];
const secrets = { EVENT_SECRET: "whsec_c2VjcmV0", COOKIE_SECRET: "cookie-secret", GPU_SECRET: "gpu-secret" };

for (const [method, path] of [
  ["GET", "/"],
  ["GET", "/api/jobs"],
  ["POST", "/api/jobs"],
  ["POST", "/cdn-cgi/handler/scheduled"],
  ["DELETE", "/api/me/data"],
] as const) {
  test(`the sweeper answers ${method} ${path} with its version alone`, async () => {
    const row = await site.queued();
    const request = new Request(`https://sweeper.invalid${path}`, { method });
    const answer = await sweeper.fetch(request as never, { ...site.env, ...secrets });
    const body = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(body).sort(), KNOWN);
    assert.equal(body["service"], "sweeper");
    const [after] = await site.rows("SELECT * FROM jobs WHERE id = ?", row.id);
    assert.equal(after?.["status"], row.status);
  });
}
