import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestData } from "../../functions/_lib/env.ts";
import { logFault, logRequest, requestIdOf, routeOf } from "../../functions/_lib/request-log.ts";

const ID = "0mwxjzb4ld16qz50brdyr41ms1jsj";
const data: RequestData = { owner: ID, role: "member", via: "local", email: null, request_id: "request-1", language: "ko" };

/** What `work` writes. */
async function lines(work: () => Promise<void> | void): Promise<string[]> {
  const { log, error } = console;
  const written: string[] = [];
  console.log = console.error = (line: unknown) => written.push(String(line));
  try {
    await work();
    return written;
  } finally {
    Object.assign(console, { log, error });
  }
}

test("a request is one line of JSON, without who asked or what", async () => {
  const request = new Request(`https://clips.example/api/jobs/${ID}/video?download=1&lang=ko`, {
    headers: { authorization: "Bearer cw_secret", cookie: "clipwright_owner=secret" },
  });
  const [line = "", ...more] = await lines(() => logRequest(request, data, 200, 12));
  assert.deepEqual(more, []);
  const { at, owner, ...rest } = JSON.parse(line);
  assert.deepEqual(rest, {
    event: "request",
    request_id: "request-1",
    method: "GET",
    route: "/api/jobs/{id}/video",
    status: 200,
    ms: 12,
    via: "local",
  });
  assert.match(at, /^\d{4}-/);
  assert.match(owner, /^[0-9a-f]{12}$/);
  for (const secret of [ID, "secret", "download"]) assert(!line.includes(secret), secret);
});

test("an unexpected error keeps its trace under the request's id", async () => {
  const request = new Request("https://clips.example/api/jobs", { method: "POST", body: "{}" });
  const [line = ""] = await lines(() => logFault(request, data, new Error("broken")));
  const { request_id, trace } = JSON.parse(line);
  assert.equal(request_id, "request-1");
  assert.match(trace, /broken/);
});

test("routes are told apart, ids are not", () => {
  const route = (path: string) => routeOf(new Request(`https://clips.example${path}`));
  assert.equal(route(`/api/internal/jobs/${ID}/events`), "/api/internal/jobs/{id}/events");
  assert.equal(route(`/api/webhooks/${ID}/deliveries/msg${"a1".repeat(16)}/resend`), "/api/webhooks/{id}/deliveries/{id}/resend");
  assert.equal(route("/api/openapi.json"), "/api/openapi.json");
});

test("a caller's request id is taken only where it is harmless", () => {
  const idOf = (given: string) =>
    requestIdOf(new Request("https://clips.example/api", { headers: { "x-request-id": given } }));
  assert.equal(idOf("0f8fad5b-d9cb-469f-a165-70867728950e"), "0f8fad5b-d9cb-469f-a165-70867728950e");
  for (const odd of ["short", "x".repeat(65), "a b c d e f", '"};drop']) assert.notEqual(idOf(odd), odd);
});
