/** The library's filter in its address, and as the API is asked for it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOfClip, askedOf, daysBefore, filterOf, NO_FILTER, queryOf, seoulDay } from "../../frontend/src/library-filter";

test("what an address says is what comes back into it, and nothing else", () => {
  const query = "q=%EC%9E%A5%EB%A9%B4+17&status=failed&preset=fast&ratio=16%3A9&from=2026-11-24&to=2026-11-24&favorite=1&sort=oldest";
  assert.equal(queryOf(filterOf(new URLSearchParams(query))), query);
  assert.equal(queryOf(NO_FILTER), "");
  const odd = "status=done&ratio=4:3&from=yesterday&favorite=yes&sort=best&clip=0123456789";
  assert.deepEqual(filterOf(new URLSearchParams(odd)), NO_FILTER);
});

test("the API is asked for clips that were finished, unless somebody asks for others", () => {
  assert.equal(String(askedOf(NO_FILTER)), "status=succeeded");
  assert.equal(String(askedOf({ ...NO_FILTER, ending: "all" })), "");
  assert.equal(String(askedOf({ ...NO_FILTER, isDeleted: true, q: " 비 " })), "q=%EB%B9%84&deleted=1");
});

test("a clip's page keeps the list that it was opened from", () => {
  assert.equal(addressOfClip("/ko/library/", "0123456789"), "/ko/library/?clip=0123456789");
  const address = addressOfClip("/ko/library/", "0123456789", { ...NO_FILTER, q: "비" });
  assert.equal(filterOf(new URL(address, "https://site.example").searchParams).q, "비");
});

test("days are those of Seoul", () => {
  assert.equal(seoulDay(Date.parse("2026-11-23T15:00:00Z")), "2026-11-24");
  assert.equal(daysBefore("2026-03-01", 1), "2026-02-28");
});
