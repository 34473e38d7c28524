/** Caps as an operator reads and types them: won and MB for people, whole micro-won and bytes for the site. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import schema from "../../functions/_generated/contract.schema.json";
import type { Cap } from "../../functions/_generated/contract";
import { Browser, type Page } from "./browser";

let page: Page;

beforeEach(async () => {
  page = await new Browser().load();
});

const cap = (name: Cap["name"], unit: Cap["unit"]): Cap => ({ name, unit, most: 0, used: 0 });
const MONEY = cap("owner_day", "micro_won");
const BYTES = cap("owner_upload_bytes", "bytes");
const NUMBER = cap("owner_open_jobs", "number");

test("what is typed is what was shown", () => {
  for (const [one, amount, shown] of [
    [MONEY, 60_000_000_000, "60000"],
    [MONEY, 12_500_000, "12.5"],
    [MONEY, 1, "0.000001"],
    [BYTES, 20_000_000, "20"],
    [NUMBER, 400, "400"],
  ] as const) {
    assert.equal(page.capWords.shownAmount(one, amount), shown);
    assert.equal(page.capWords.typedAmount(one, shown), amount);
  }
});

test("amounts are whole micro-won, and thousands may have commas", () => {
  assert.equal(page.capWords.typedAmount(MONEY, " 1,234.1 "), 1_234_100_000);
  assert.equal(page.capWords.typedAmount(NUMBER, "1,000"), 1_000);
  assert.equal(page.capWords.typedAmount(MONEY, "0"), 0);
});

test("what is no amount is none", () => {
  for (const text of ["", "많이", "-1", "1e3", "1.2.3", "12345678901", "Infinity", "0x10"]) {
    assert.equal(page.capWords.typedAmount(MONEY, text), null, text);
  }
  assert.equal(page.capWords.typedAmount(NUMBER, "1.5"), null, "no half jobs");
});

test("each cap of the contract has a name", () => {
  const names = schema.$defs.CapChange.properties.name.enum as Cap["name"][];
  assert(names.length > 10);
  for (const name of names) assert.notEqual(page.capWords.capName(cap(name, "number")), name);
});
