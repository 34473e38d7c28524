/** The mode of access, and cookies of owners and sessions on https and under key rings. Real signatures; no database. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessMode } from "../../functions/_lib/access-mode.ts";
import { browserOwner, forgetBrowserOwner, newBrowserOwner } from "../../functions/_lib/browser-owner.ts";
import type { Env } from "../../functions/_lib/env.ts";
import { secretsOf, sign, signedBy } from "../../functions/_lib/key-ring.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import { beginSession, isOpen, sessionOf } from "../../functions/_lib/session.ts";

const SITE = "https://clips.example.com/api/jobs";
const LOCAL = "http://127.0.0.1:8788/api/jobs";

function asking(address: string, cookie = ""): Request {
  return new Request(address, { headers: { cookie } });
}

function pairIn(setCookie: string | undefined): string {
  return setCookie?.split(";")[0] ?? "";
}

describe("the mode of access", () => {
  const ACCESS = { ACCESS_MODE: "ACCESS", ACCESS_TEAM_DOMAIN: "clips.cloudflareaccess.com", ACCESS_AUD: "a" };
  const PUBLIC = { ACCESS_MODE: "PUBLIC", TURNSTILE_SITE_KEY: "k", TURNSTILE_SECRET: "t", COOKIE_SECRET: "c" };
  const modeOf = (env: Partial<Env>, address = SITE) => accessMode(env as Env, new URL(address));

  test("is the one that the site names, with all its settings", () => {
    assert.equal(modeOf(ACCESS), "ACCESS");
    assert.equal(modeOf(PUBLIC), "PUBLIC");
    assert.equal(modeOf({ ACCESS_MODE: "LOCAL", COOKIE_SECRET: "c" }, LOCAL), "LOCAL");
  });

  const lacking: [string, Partial<Env>, string][] = [
    ["no mode", {}, "ACCESS_MODE"],
    ["a blank one", { ...ACCESS, ACCESS_MODE: "" }, "ACCESS_MODE"],
    ["an unknown one", { ...ACCESS, ACCESS_MODE: "access" }, "ACCESS_MODE"],
    ["a name that every object has", { ...ACCESS, ACCESS_MODE: "constructor" }, "ACCESS_MODE"],
    ["ACCESS alone", { ACCESS_MODE: "ACCESS", COOKIE_SECRET: "c" }, "ACCESS_TEAM_DOMAIN, ACCESS_AUD"],
    ["ACCESS without an audience", { ...ACCESS, ACCESS_AUD: " , " }, "ACCESS_AUD"],
    ["PUBLIC without its secrets", { ...PUBLIC, TURNSTILE_SECRET: "", COOKIE_SECRET: " " }, "TURNSTILE_SECRET, COOKIE_SECRET"],
    ["LOCAL without its secret", { ACCESS_MODE: "LOCAL" }, "COOKIE_SECRET"],
    ["LOCAL on a real site", { ACCESS_MODE: "LOCAL", COOKIE_SECRET: "c" }, "LOCAL"],
  ];
  for (const [name, env, named] of lacking) {
    test(`is none with ${name}, and the refusal names what is missing`, () => {
      const refusal = (error: unknown) =>
        error instanceof ProblemError &&
        error.slug === "access-not-configured" &&
        error.detail?.en.includes(named) === true &&
        error.detail.ko.includes(named);
      assert.throws(() => modeOf(env), refusal);
    });
  }
});

describe("the cookie of a browser", () => {
  test("has on https a name that no subdomain can set", async () => {
    const { owner, set_cookie } = await newBrowserOwner(asking(SITE), "secret");
    assert.match(set_cookie ?? "", /^__Host-clipwright_owner=\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    assert.deepEqual(await browserOwner(asking(SITE, pairIn(set_cookie)), "secret"), { owner, set_cookie: undefined });
  });

  test("is taken under its old name and written anew", async () => {
    const old = await newBrowserOwner(asking(LOCAL), "secret");
    const found = await browserOwner(asking(SITE, pairIn(old.set_cookie)), "secret");
    assert.equal(found?.owner, old.owner);
    assert.match(found?.set_cookie ?? "", /^__Host-clipwright_owner=/);
  });

  test("under its own name comes before a planted one", async () => {
    const [mine, planted] = [await newBrowserOwner(asking(SITE), "secret"), await newBrowserOwner(asking(LOCAL), "secret")];
    const both = `${pairIn(planted.set_cookie)}; ${pairIn(mine.set_cookie)}`;
    assert.equal((await browserOwner(asking(SITE, both), "secret"))?.owner, mine.owner);
  });

  test("is forgotten under both names", () => {
    const removed = forgetBrowserOwner(asking(SITE));
    assert.deepEqual(removed.map((one) => one.split("=")[0]).sort(), ["__Host-clipwright_owner", "clipwright_owner"]);
    for (const one of removed) assert.match(one, /Max-Age=0/);
  });
});

describe("a session", () => {
  test("cannot be planted under the name without a prefix", async () => {
    const elsewhere = await beginSession(asking(LOCAL), "secret");
    assert.equal(await sessionOf(asking(SITE, pairIn(elsewhere.set_cookie)), "secret"), undefined);
    const own = await beginSession(asking(SITE), "secret");
    const found = await sessionOf(asking(SITE, pairIn(own.set_cookie)), "secret");
    assert(found !== undefined && isOpen(found));
  });

  test("of an older secret is signed anew, with the same end", async () => {
    const before = await beginSession(asking(SITE), "old");
    const found = await sessionOf(asking(SITE, pairIn(before.set_cookie)), "new old");
    assert.equal(found?.owner, before.session.owner);
    const again = await sessionOf(asking(SITE, pairIn(found?.renewed)), "new");
    assert.equal(again?.ends_at, before.session.ends_at);
  });
});

describe("a key ring", () => {
  test("signs with its first secret and verifies with each", async () => {
    const signature = await sign("old", "text");
    assert.equal(await signedBy("new,old", "text", signature), "older");
    assert.equal(await signedBy("old\nnew", "text", signature), "first");
    assert.equal(await signedBy("new", "text", signature), undefined);
    assert.equal(await sign("new, old", "text"), await sign("new", "text"));
  });

  test("holds secrets between spaces and commas, and none when it is blank", async () => {
    assert.deepEqual(secretsOf(" a, b\tc ,,"), ["a", "b", "c"]);
    for (const blank of [undefined, "", " ", ","]) assert.deepEqual(secretsOf(blank), []);
    await assert.rejects(sign(" ", "text"));
    assert.equal(await signedBy("", "text", await sign("a", "text")), undefined);
  });
});
