/** The edge's side of a test: its database, and helpers that submit jobs and read their stored rows. */

import { after, beforeEach } from "node:test";
import type { JobRequest } from "../../functions/_generated/contract.d.ts";
import type { Env } from "../../functions/_lib/env.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import type { JobRow } from "../../functions/_lib/row.ts";
import * as state from "../../functions/_lib/state.ts";
import { type Submission, submit } from "../../functions/_lib/submit.ts";
import { event, OWNER, outcome, started, submission } from "./bodies.ts";
import { type Database, openDatabase, type Row, type Sent, type Value } from "./database.ts";

export const LEASE_UNTIL = "2026-11-23T03:01:30.000Z";
export const NEXT_WEEK = "2026-11-30T03:00:00.000Z";
export const YESTERDAY = "2026-11-22T03:00:00.000Z";

/** All that is stored of a job. */
export interface Stored {
  job: Row | undefined;
  attempts: Row[];
  ledger: Row[];
}

export class Site {
  readonly env: Env;
  readonly db: D1Database;
  readonly bucket: R2Bucket;
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
    this.db = database.binding;
    this.bucket = database.bucket;
    const settings = { LEASE_SECONDS: "60", PICTURE_GRACE_SECONDS: "0", BUILD: "test" };
    this.env = { DB: this.db, MEDIA: atTheTestsClock(this.bucket), ...settings } as Env;
  }

  /** One for a file: every test finds it empty. */
  static async open(): Promise<Site> {
    const database = await openDatabase();
    beforeEach(() => database.renew());
    after(() => database.close());
    return new Site(database);
  }

  rows(sql: string, ...values: Value[]): Promise<Row[]> {
    return this.#database.rows(sql, ...values);
  }

  async count(table: string): Promise<number> {
    return Number((await this.rows(`SELECT COUNT(*) AS count FROM ${table}`))[0]?.["count"]);
  }

  /** A job that waits for its first attempt. */
  async queued(request?: JobRequest, more: Partial<Submission> = {}): Promise<JobRow> {
    return (await submit(this.env, submission(request, more))).row;
  }

  /** A job whose first attempt has begun. */
  async running(): Promise<JobRow> {
    const { id } = await this.queued();
    return changed(await state.reported(this.db, started(id), LEASE_UNTIL));
  }

  /** A job that its first attempt has ended. */
  async ended(status: "succeeded" | "failed" | "canceled", owner = OWNER): Promise<JobRow> {
    const { id } = await this.queued(undefined, { owner });
    if (status === "canceled") {
      await state.reported(this.db, started(id), LEASE_UNTIL);
      await state.cancel(this.db, id, owner);
    }
    if (status === "succeeded") await this.put(`jobs/${id}/video-1.mp4`);
    return changed(await state.ended(this.db, outcome(id, status), { attempt: 1, seq: 9 }));
  }

  /** A job whose first attempt got lost, and whose second has begun where `isRunning`. */
  async secondAttempt({ isRunning = false } = {}): Promise<JobRow> {
    const second = changed(await state.attemptLost(this.db, await this.running()));
    if (!isRunning) return second;
    return changed(await state.reported(this.db, event(second.id, 1, { attempt: 2 }), LEASE_UNTIL));
  }

  /** An object in the bucket. */
  async put(key: string, bytes = "stored"): Promise<void> {
    await this.bucket.put(key, bytes);
  }

  /** The keys in the bucket that begin so. */
  async keys(prefix: string): Promise<string[]> {
    return (await this.bucket.list({ prefix })).objects.map(({ key }) => key);
  }

  /** What the statements of one call sent and read. */
  async sentBy(call: () => Promise<unknown>): Promise<Sent[]> {
    this.#database.sent.length = 0;
    await call();
    return this.#database.sent.splice(0);
  }

  async upload(id: string, { owner = OWNER, expires_at = NEXT_WEEK, picture_key = null as string | null } = {}): Promise<string> {
    await this.rows(
      `INSERT INTO uploads (id, owner, content_type, bytes, width, height, created_at, expires_at, picture_key,
         picture_bytes) VALUES (?1, ?2, 'image/png', 9, 64, 96, ?3, ?4, ?5, 9)`,
      id,
      owner,
      YESTERDAY,
      expires_at,
      picture_key,
    );
    await this.put(picture_key ?? `inputs/${id}`);
    return id;
  }

  async stored({ id }: { id: string }): Promise<Stored> {
    const [jobs, attempts, ledger] = await this.db.batch<Row>(
      [
        "SELECT * FROM jobs WHERE id = ?1",
        "SELECT * FROM attempts WHERE job_id = ?1 ORDER BY attempt",
        "SELECT * FROM ledger WHERE job_id = ?1 ORDER BY kind",
      ].map((sql) => this.db.prepare(sql).bind(id)),
    );
    return { job: jobs?.results[0], attempts: attempts?.results ?? [], ledger: ledger?.results ?? [] };
  }

  /** How each attempt ended, in their order. */
  async outcomes({ id }: { id: string }): Promise<unknown[]> {
    return (await this.stored({ id })).attempts.map(({ outcome }) => outcome);
  }

  /** Micro-won by kind. */
  async money({ id }: { id: string }): Promise<Record<string, Value>> {
    const { ledger } = await this.stored({ id });
    return Object.fromEntries(ledger.map(({ kind, micro_won = null }) => [kind, micro_won]));
  }
}

/** The bucket's own clock goes on while the tests' stands: to the product, every object is of yesterday. */
function atTheTestsClock(bucket: R2Bucket): R2Bucket {
  const head = async (key: string) => {
    const object = await bucket.head(key);
    return object === null ? null : { key, size: object.size, uploaded: new Date(YESTERDAY) };
  };
  return {
    head,
    get: (key: string) => bucket.get(key),
    put: (key: string, value: ReadableStream, options: R2PutOptions) => bucket.put(key, value, options),
    list: (options: R2ListOptions) => bucket.list(options),
    delete: (keys: string | string[]) => bucket.delete(keys),
  } as unknown as R2Bucket;
}

export function changed(row: JobRow | undefined): JobRow {
  if (row === undefined) throw new Error("nothing was changed");
  return row;
}

/** For `assert.rejects`: that problem, naming those fields. */
export function problem(slug: string, ...pointers: string[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof ProblemError &&
    error.slug === slug &&
    error.errors.map(({ pointer }) => pointer).join() === pointers.join();
}
