/** The switch of languages: words and address change, the page and what is open on it stay. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Browser, type Page } from "./browser";

let browser: Browser;
let page: Page;

beforeEach(async () => {
  browser = new Browser();
  page = await browser.load();
});

describe("a switch of language", () => {
  for (const [from, to] of [
    ["/en/", "/ko/"],
    ["/en/#clip-0123456789", "/ko/#clip-0123456789"],
    ["/en/about/", "/ko/about/"],
    ["/en/about/english/en/?of=en#en", "/ko/about/english/en/?of=en#en"],
  ] as const) {
    test(`at ${from} leads to ${to}`, () => {
      browser.address = new URL(from, browser.address);
      page.language.switchLanguage("ko");
      assert.equal(browser.address.href, `https://site.example${to}`);
      page.language.switchLanguage("en");
      assert.equal(browser.address.href, `https://site.example${from}`);
    });
  }

  test("is heard by who watches, changes the words, and is kept for the next visit", () => {
    let heard = 0;
    page.language.language.watch(() => (heard += 1));
    assert.equal(page.language.t("seconds_n", { n: 8 }), "8 s");
    page.language.switchLanguage("ko");
    assert.equal(page.language.t("seconds_n", { n: 8 }), "8초");
    assert.deepEqual([heard, browser.stored.get("clipwright.language")], [1, "ko"]);
  });
});
