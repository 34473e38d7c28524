/**
 * A real D1 database in the simulator that wrangler brings, with the product's own migrations, at a clock that stands.
 *
 * The product's code runs here and its statements travel to a worker that holds the database: one journey for each
 * statement or batch, where the simulator's own proxy makes one for every method that is called. Knows no job.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mock } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

/** Noon in Seoul. */
export const NOW = Date.parse("2026-11-23T03:00:00.000Z");

const MIGRATIONS = "functions/migrations";
/** Rows that refer to others come before those. */
const TABLES = [
  ...["idempotency_keys", "ledger", "attempts", "jobs", "batches", "scenes", "projects", "channel_presets", "uploads", "incoming_uploads", "job_uploads"],
  ...["containers", "clearing", "totals", "hour_totals", "day_totals", "limits", "count_limits", "switches"],
  ...["deliveries", "webhooks", "tokens", "signals", "cards", "presence"],
  ...["usage_totals", "own_limits", "releases", "part_versions"],
];
const WORKER = `export default {
  async fetch(request, { DB }) {
    const statements = await request.json();
    try {
      return Response.json(await DB.batch(statements.map(({ sql, values }) => DB.prepare(sql).bind(...values))));
    } catch (error) {
      return new Response(error.message, { status: 500 });
    }
  },
};`;

export type Value = string | number | null;
export type Row = Record<string, Value>;
interface Result {
  results: Row[];
  meta: { rows_read: number };
}
type Send = (statements: readonly Statement[]) => Promise<Result[]>;

/** A statement as it was sent, and how many rows it read. */
export interface Sent {
  sql: string;
  values: readonly Value[];
  rows_read: number;
}

/** As much of D1's statement as the product uses. */
class Statement {
  readonly #send: Send;
  readonly sql: string;
  readonly values: readonly Value[];

  constructor(send: Send, sql: string, values: readonly Value[] = []) {
    this.#send = send;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: Value[]): Statement {
    // D1 refuses what is no value, and JSON would make a null of it.
    for (const value of values) assert(value === null || typeof value === "string" || Number.isFinite(value), this.sql);
    return new Statement(this.#send, this.sql, values);
  }

  async all(): Promise<Result> {
    const [result] = await this.#send([this]);
    assert(result !== undefined);
    return result;
  }

  async first(): Promise<Row | null> {
    return (await this.all()).results[0] ?? null;
  }

  async run(): Promise<Result> {
    return this.all();
  }
}

export interface Database {
  /** What the product gets for its binding. */
  binding: D1Database;
  /** The bucket that lies beside it. Objects stay from test to test. */
  bucket: R2Bucket;
  /** Every statement that was sent since the list was last emptied. */
  sent: Sent[];
  rows(sql: string, ...values: Value[]): Promise<Row[]>;
  /** No rows but those that the migrations bring, and the clock at `NOW` again. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<Database> {
  mock.timers.enable({ apis: ["Date"], now: NOW });
  // Unless it is told not to, the simulator asks the network where on earth it is.
  const options = { modules: true as const, script: WORKER, d1Databases: ["DB"], r2Buckets: ["MEDIA"], cf: false };
  const simulator = new Miniflare(convertV4MiniflareOptions(options));
  const sent: Sent[] = [];
  const send: Send = async (statements) => {
    const answer = await simulator.dispatchFetch("http://database/", {
      method: "POST",
      body: JSON.stringify(statements),
    });
    if (!answer.ok) throw new Error(await answer.text());
    const results = (await answer.json()) as Result[];
    statements.forEach(({ sql, values }, index) => {
      sent.push({ sql, values, rows_read: results[index]?.meta.rows_read ?? 0 });
    });
    return results;
  };
  const prepare = (sql: string) => new Statement(send, sql);

  for (const name of readdirSync(MIGRATIONS).sort()) await prepare(readFileSync(`${MIGRATIONS}/${name}`, "utf8")).all();
  const fresh = TABLES.map((table) => prepare(`DELETE FROM ${table}`));
  for (const table of ["limits", "count_limits", "switches", "totals"]) {
    const { results } = await prepare(`SELECT * FROM ${table}`).all();
    for (const row of results) {
      const marks = Object.keys(row).map((_, index) => `?${index + 1}`);
      const columns = Object.keys(row).join(", ");
      fresh.push(prepare(`INSERT INTO ${table} (${columns}) VALUES (${marks.join(", ")})`).bind(...Object.values(row)));
    }
  }
  return {
    binding: { prepare, batch: send } as unknown as D1Database,
    bucket: (await simulator.getR2Bucket("MEDIA")) as unknown as R2Bucket,
    sent,
    rows: async (sql, ...values) => {
      const { results } = await new Statement(send, sql, values).all();
      return results;
    },
    renew: async () => {
      setClock(NOW);
      await send(fresh);
    },
    close: () => simulator.dispose(),
  };
}

/** Milliseconds since 1970, or an instant as the wire writes it. */
export function setClock(to: number | string): void {
  mock.timers.setTime(typeof to === "string" ? Date.parse(to) : to);
}
