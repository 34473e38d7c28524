/**
 * The database and the bucket with patience: a passing fault is tried again for about two seconds before it is thrown.
 *
 * Statements that write are repeated only where the first try certainly did not run. A bucket's `put` is never repeated,
 * since its body may be a stream. It knows no table and no key.
 */

import type { Env } from "./env.ts";
import { patiently } from "./transient.ts";

const WRAPPED = new WeakSet<object>();

/** Replaces the bindings of `env`, once for each isolate. */
export function makePatient(env: Env): void {
  if (!WRAPPED.has(env.DB)) env.DB = patientDatabase(env.DB);
  if (!WRAPPED.has(env.MEDIA)) env.MEDIA = patientBucket(env.MEDIA);
}

class PatientStatement implements D1PreparedStatement {
  readonly inner: D1PreparedStatement;
  readonly only_reads: boolean;

  constructor(inner: D1PreparedStatement, onlyReads: boolean) {
    this.inner = inner;
    this.only_reads = onlyReads;
  }

  bind(...values: unknown[]): D1PreparedStatement {
    return new PatientStatement(this.inner.bind(...values), this.only_reads);
  }

  first<Value>(column?: string): Promise<Value | null> {
    return this.#patiently(() => (column === undefined ? this.inner.first() : this.inner.first(column)));
  }

  run<Row>(): Promise<D1Result<Row>> {
    return this.#patiently(() => this.inner.run());
  }

  all<Row>(): Promise<D1Result<Row>> {
    return this.#patiently(() => this.inner.all());
  }

  raw<Row>(options: { columnNames: true }): Promise<[string[], ...Row[]]>;
  raw<Row>(options?: { columnNames?: false }): Promise<Row[]>;
  raw(options?: object): Promise<never> {
    return this.#patiently(() => this.inner.raw(options as { columnNames: true })) as Promise<never>;
  }

  #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    return patiently(work, this.only_reads);
  }
}

export function patientDatabase(inner: D1Database): D1Database {
  const database: Pick<D1Database, "prepare" | "batch"> = {
    prepare: (sql) => new PatientStatement(inner.prepare(sql), /^\s*SELECT\b/i.test(sql)),
    batch: (statements) => {
      const patient = statements as PatientStatement[];
      const onlyReads = patient.every((statement) => statement.only_reads);
      return patiently(() => inner.batch(patient.map((statement) => statement.inner)), onlyReads);
    },
  };
  WRAPPED.add(database);
  return database as D1Database;
}

function patientBucket(inner: R2Bucket): R2Bucket {
  const bucket: Pick<R2Bucket, "get" | "head" | "list" | "delete" | "put"> = {
    get: ((key: string, options?: R2GetOptions) => patiently(() => inner.get(key, options), true)) as R2Bucket["get"],
    head: (key) => patiently(() => inner.head(key), true),
    list: (options) => patiently(() => inner.list(options), true),
    delete: (keys) => patiently(() => inner.delete(keys), true),
    put: inner.put.bind(inner) as R2Bucket["put"],
  };
  WRAPPED.add(bucket);
  return bucket as R2Bucket;
}
