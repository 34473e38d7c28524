/** What each call reads, on the product's own statements: the same number of rows at a thousand and at ten thousand. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { activeJobs } from "../../functions/_lib/active.ts";
import { clearOld } from "../../functions/_lib/cards.ts";
import { dispatch } from "../../functions/_lib/dispatch.ts";
import type { Handler } from "../../functions/_lib/env.ts";
import { erase } from "../../functions/_lib/erase.ts";
import { exportOf } from "../../functions/_lib/export.ts";
import { gpuNow } from "../../functions/_lib/gpu-now.ts";
import { find } from "../../functions/_lib/jobs.ts";
import { EVERYTHING, list } from "../../functions/_lib/library.ts";
import { lineFor } from "../../functions/_lib/line.ts";
import { offersFor } from "../../functions/_lib/offers.ts";
import { clearExpired } from "../../functions/_lib/retention.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { onRequestGet as usage } from "../../functions/api/usage.ts";
import { clip, OWNER, STRANGER, submission } from "./bodies.ts";
import type { Sent } from "./database.ts";
import { Site } from "./site.ts";

const site = await Site.open();
const SIZES = [1_000, 10_000];
const NEWEST = "0zzzzzzzz";

/** Ended jobs with attempts and money over 28 days, most of the owner's; the newest half deleted; as many pictures. */
async function fill(rows: number): Promise<void> {
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)";
  const owner = `CASE WHEN i % 5 = 0 THEN '${STRANGER}' ELSE '${OWNER}' END`;
  const id = "'0' || printf('%08d', i) || 'abcdefghijklmnopqrst'";
  const at = (expression: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', '2026-11-23T02:00:00Z', ${expression})`;
  const age = "'-' || (i % 28) || ' days'";
  await site.rows(
    `${numbers} INSERT INTO jobs (id, owner, status, created_at, finished_at, expires_at, deleted_at, purged_at, day,
       input, inputs, seed, gpu, estimate_micro_won, reserved_micro_won, billed_micro_won, price_rev, lease_until, video_key)
     SELECT ${id}, ${owner}, CASE i % 10 WHEN 3 THEN 'failed' ELSE 'succeeded' END, ${at(age)}, ${at(age)},
       ${at(`'+' || (30 - i % 28) || ' days'`)}, CASE WHEN i * 2 >= ?1 THEN ${at(age)} END,
       CASE WHEN i * 2 >= ?1 THEN ${at(age)} END, substr(${at(age)}, 1, 10), '{"prompt":"-"}', '[]', 7, 'H200', 5, 9, 4,
       'test', ${at(age)}, 'jobs/x' FROM n`,
    rows,
  );
  await site.rows("INSERT INTO attempts (job_id, attempt, gpu, outcome) SELECT id, 1, gpu, 'succeeded' FROM jobs");
  for (const kind of ["reserve", "release", "settle"]) {
    await site.rows(
      `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
       SELECT id, ?1, owner, day, 1, created_at FROM jobs`,
      kind,
    );
  }
  await site.rows(
    `INSERT INTO uploads (id, owner, content_type, bytes, width, height, created_at, expires_at, picture_key)
     SELECT id, owner, 'image/png', 9, 64, 96, created_at, expires_at, 'inputs/' || id FROM jobs`,
  );
  await site.rows(
    `INSERT INTO idempotency_keys (owner, key, body_hash, job_id, created_at)
     SELECT owner, id, '-', id, '2026-11-23T02:00:00.000Z' FROM jobs`,
  );
  await site.rows("DELETE FROM clearing");
}

const USAGE = { request: new Request("http://site/api/usage"), env: site.env, data: { owner: OWNER } } as unknown as Parameters<Handler>[0];
const CALLS: Record<string, () => Promise<unknown>> = {
  "a submit": () => submit(site.env, submission(clip(), { idempotency_key: "key-00000001" })),
  "the same submit again": () => submit(site.env, submission(clip(), { idempotency_key: "key-00000001" })),
  "the first page": () => list(site.db, OWNER, { cursor: null, limit: 20, sort: "newest" }, "ko"),
  "a page far back": () =>
    list(site.db, OWNER, { cursor: "000000400abcdefghijklmnopqrst", limit: 20, sort: "newest" }, "ko"),
  "a page of one day": () => {
    const day = { ...EVERYTHING, from: "2026-11-20", to: "2026-11-20" };
    return list(site.db, OWNER, { cursor: null, limit: 5, sort: "newest" }, "ko", day);
  },
  "a page of what was deleted": () => {
    return list(site.db, OWNER, { cursor: null, limit: 20, sort: "newest" }, "ko", { ...EVERYTHING, isDeleted: true });
  },
  "one job": () => find(site.db, "000000001abcdefghijklmnopqrst", OWNER),
  "the poll": () => activeJobs(site.db, { owner: OWNER, language: "ko" }, null),
  "the usage": async () => usage(USAGE),
  "the sweep with nothing to clear": () => clearExpired(site.env),
  "a page of the export": async () => {
    const reader = exportOf(site.db, NEWEST, "ko").getReader();
    while (!(await reader.read()).done);
  },
  "a dispatch": () => dispatch(site.env),
  "the line for a card": () => lineFor(site.db, "H200"),
  "what the cards do": () => gpuNow(site.db),
  "an offer": () => offersFor(site.db, { clips: [{ preset: "fast", ratio: "9:16", seconds: 4, tier: "704p", count: 30 }] }),
  "the end of cards": () => clearOld(site.db),
  "an erasure of nothing": () => erase(site.db, NEWEST),
};
/** What grows. A table of caps has a row for each cap. */
const GROWING = "jobs|attempts|ledger|(\\w+_)?uploads|idempotency_keys|clearing|presence|(\\w+_)?totals";
const FILLED = [
  ...["idempotency_keys", "ledger", "attempts", "jobs", "uploads", "clearing", "day_totals", "usage_totals", "totals"],
];

describe("the rows that a call reads", () => {
  const read: Record<string, number[]> = {};
  const sent: Sent[] = [];

  before(async () => {
    for (const rows of SIZES) {
      for (const table of FILLED) await site.rows(`DELETE FROM ${table}`);
      await fill(rows);
      for (const [name, call] of Object.entries(CALLS)) {
        const statements = await site.sentBy(call);
        sent.push(...statements);
        read[name] = [...(read[name] ?? []), statements.reduce((sum, { rows_read }) => sum + rows_read, 0)];
      }
      // A submit's own row would make the next size's first page another one.
      await site.rows("DELETE FROM ledger WHERE kind = 'reserve'");
    }
  });

  test("are as many at ten thousand jobs as at a thousand", () => {
    for (const [name, [few = 0, many = 0]] of Object.entries(read)) {
      assert(many <= few + 2 && many < 400, `${name}: ${few} rows, then ${many}`);
    }
  });

  test("are found by an index, in every statement", async () => {
    const statements = new Map(sent.map((statement) => [statement.sql, statement]));
    for (const { sql, values } of statements.values()) {
      const plan = await site.rows(`EXPLAIN QUERY PLAN ${sql}`, ...values);
      const scans = plan.map(({ detail }) => String(detail)).filter((detail) => SCAN.test(detail));
      assert.deepEqual(scans, [], sql);
    }
  });

  // An index that holds the open jobs alone may be walked through: a cap bounds them.
  const OPEN_ALONE = "USING (COVERING )?INDEX jobs_(in_line|handed)";
  const SCAN = new RegExp(`^SCAN (${GROWING})\\b(?! ${OPEN_ALONE}\\b)`);
});
