import assert from "node:assert/strict";
import { test } from "node:test";
import { patientDatabase } from "../../functions/_lib/database.ts";
import { isTransient } from "../../functions/_lib/transient.ts";

const BUSY = "D1_ERROR: database is locked: SQLITE_BUSY";
const LOST = "D1_ERROR: Network connection lost.";
const REAL = "D1_ERROR: UNIQUE constraint failed: jobs.id: SQLITE_CONSTRAINT";

/** A database whose answers are these: an error's message, or null for rows. */
function answering(...answers: (string | null)[]) {
  const asked = { times: 0 };
  const answer = async () => {
    asked.times += 1;
    const message = answers.shift();
    if (typeof message === "string") throw new Error(message);
    return { results: [] };
  };
  const statement = { bind: () => statement, all: answer, run: answer, first: async () => (await answer()).results[0] ?? null };
  const inner = { prepare: () => statement, batch: answer };
  return { db: patientDatabase(inner as unknown as D1Database), asked };
}

test("a locked database is asked again, whatever the statement", async () => {
  for (const sql of ["SELECT 1", "INSERT INTO jobs (id) VALUES (?1)"]) {
    const { db, asked } = answering(BUSY, BUSY, null);
    await db.prepare(sql).bind("x").run();
    assert.equal(asked.times, 3);
  }
});

test("an answer that was lost is asked for again only where nothing is written", async () => {
  const reading = answering(LOST, null);
  await reading.db.prepare(" SELECT 1").all();
  assert.equal(reading.asked.times, 2);

  const writing = answering(LOST, null);
  await assert.rejects(writing.db.prepare("UPDATE jobs SET seq = 1").run(), /connection lost/);
  assert.equal(writing.asked.times, 1);

  const mixed = answering(LOST, null);
  const statements = ["SELECT 1", "DELETE FROM jobs"].map((sql) => mixed.db.prepare(sql));
  await assert.rejects(mixed.db.batch(statements), /connection lost/);
  assert.equal(mixed.asked.times, 1);
});

test("a real error is thrown at once", async () => {
  const { db, asked } = answering(REAL, null);
  await assert.rejects(db.prepare("SELECT 1").first(), /UNIQUE/);
  assert.equal(asked.times, 1);
  assert.equal(isTransient(new Error(REAL)), false);
});

test("patience ends with the last error", async () => {
  const { db } = answering(...Array<string>(1_000).fill(BUSY));
  await assert.rejects(db.prepare("SELECT 1").first(), /SQLITE_BUSY/);
});

test("passing faults of the database and the bucket are told from others", () => {
  const passing = [
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
    "D1 DB reset because its code was updated.",
    "Cannot resolve D1 DB due to transient issue on remote node.",
    "get: We encountered an internal error. Please try again. (10001)",
    "put: Service temporarily unavailable. (10043)",
    "list: Too many requests. (10058)",
  ];
  for (const message of passing) assert.equal(isTransient(new Error(message)), true, message);
  assert.equal(isTransient(new Error("D1_ERROR", { cause: new Error(BUSY) })), true);
  for (const other of [new Error("get: The requested range is not satisfiable (10039)"), "text", null]) {
    assert.equal(isTransient(other), false);
  }
});
