/** Who is asking, on the page: a sign-in or a session that ends in the middle, and how the page goes on after it. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Me } from "../../functions/_generated/contract";
import { job, problem } from "./answers";
import { type Answer, type Asked, Browser, type Page } from "./browser";
import { Server } from "./server";

const MAKER: Me = {
  owner: "access0123456789",
  role: "member",
  via: "access",
  mode: "ACCESS",
  email: "maker@example.com",
  sign_in: "/",
  sign_out: "/cdn-cgi/access/logout",
  turnstile_site_key: null,
  is_claimable: false,
};
const NOBODY: Me = { ...MAKER, owner: null, role: null, via: null, email: null, sign_out: null };

let browser: Browser;
let server: Server;
let page: Page;
let me: Me;
let returns: number;
/** What every call but that about the caller is answered, while the site does not know the caller. */
let refusal: Answer | null;

beforeEach(async () => {
  browser = new Browser();
  server = new Server();
  me = MAKER;
  refusal = null;
  returns = 0;
  browser.answer = (asked: Asked) => {
    if (asked.path === "/api/me") return { body: me };
    if (asked.path === "/api/me/claim") return { body: { jobs: 2, uploads: 1 } };
    if (asked.path === "/api/session") {
      me = { ...MAKER, via: "session", mode: "PUBLIC" };
      refusal = null;
      return { status: 201, body: { owner: me.owner, ends_at: "2026-11-24T03:00:00.000Z" } };
    }
    return refusal ?? server.answer(asked);
  };
  page = await browser.load();
  page.identity.onReturn(() => {
    returns += 1;
  });
});

const refused = (slug: string): Answer => ({ status: 401, body: problem(401, slug) });

describe("the caller", () => {
  test("is known by what the site says", async () => {
    await page.identity.loadMe();
    assert.equal(page.identity.me.value?.email, "maker@example.com");
    assert.equal(page.identity.needed.value, null);
    assert.equal(returns, 0, "nothing was lost");
  });

  test("stays the same while the site cannot be reached", async () => {
    await page.identity.loadMe();
    browser.answer = () => "lost";
    await page.identity.loadMe();
    assert.equal(page.identity.me.value?.email, "maker@example.com");
    assert.equal(page.identity.needed.value, null);
  });
});

describe("a sign-in that ends in the middle", () => {
  test("is seen at the next call, and the page goes on after another", async () => {
    server.tell(job(1, { status: "succeeded" }));
    await page.jobs.loadJobs();
    refusal = refused("sign-in-needed");
    me = NOBODY;
    await assert.rejects(page.jobs.rerun("job-0001", "new"), page.api.Failure);
    assert.equal(page.identity.needed.value, "sign-in");
    assert.equal(page.jobs.jobs.value.list.length, 1, "what was shown stays");
    await page.identity.loadMe();
    assert.equal(page.identity.needed.value, "sign-in", "nobody signed in yet");
    assert.equal(returns, 0);
    refusal = null;
    me = MAKER;
    await page.identity.loadMe();
    assert.equal(page.identity.needed.value, null);
    assert.equal(returns, 1);
    await page.identity.loadMe();
    assert.equal(returns, 1);
  });

  test("is another thing than any other refusal", async () => {
    refusal = { status: 402, body: problem(402, "cap-exceeded") };
    await assert.rejects(page.jobs.rerun("job-0001", "new"), page.api.Failure);
    assert.equal(page.identity.needed.value, null);
  });
});

test("a session begins with the token of a check, and the page goes on", async () => {
  refusal = refused("session-needed");
  me = { ...NOBODY, mode: "PUBLIC", turnstile_site_key: "1x" };
  await page.jobs.loadJobs();
  assert.equal(page.identity.needed.value, "session");
  await page.identity.beginSession("of-the-check");
  const sent = browser.asked.find(({ path }) => path === "/api/session");
  assert.deepEqual(sent?.body, { token: "of-the-check" });
  assert.equal(page.identity.needed.value, null);
  assert.equal(returns, 1);
});

test("clips of before are moved when a person says so", async () => {
  me = { ...MAKER, is_claimable: true };
  await page.identity.loadMe();
  assert(page.identity.me.value?.is_claimable);
  me = MAKER;
  assert.equal(await page.identity.claim(), 2);
  assert(!page.identity.me.value?.is_claimable);
  assert.equal(returns, 1, "the list is loaded anew");
});
