/** One owner's data as one JSON document, written page by page, so that its size needs no memory. It knows no bytes of
 * pictures and clips: the document links to them. */

import type { Job, Project, TextJob, Upload } from "../_generated/contract.d.ts";
import { channelPresets } from "./channel-presets.ts";
import type { Language } from "./env.ts";
import { type AttemptRow, type JobRow, jobOf, type UploadRow, uploadOf } from "./row.ts";
import { projectOf, readTable } from "./scene-table.ts";
import { textOf } from "./texts.ts";
import { timestamp } from "./time.ts";

const PAGE = 50;

interface LedgerRow {
  job_id: string;
  kind: string;
  day: string;
  micro_won: number;
  at: string;
}

type Paid = Omit<LedgerRow, "job_id">;
export type ExportedJob = Job & { deleted_at: string | null; ledger: Paid[] };
export type ExportedText = TextJob & { ledger: Paid[] };
export type ExportedUpload = Upload & { created_at: string; links: { picture: string | null } };

/** `{exported_at, jobs, texts, uploads, projects, channel_presets}`, oldest first; each job with its rows of the ledger. Deleted jobs are included. */
export function exportOf(db: D1Database, owner: string, language: Language): ReadableStream<Uint8Array> {
  const parts = documentOf(db, owner, language);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

async function* documentOf(db: D1Database, owner: string, language: Language): AsyncGenerator<string, void> {
  yield `{"exported_at":${JSON.stringify(timestamp())},"jobs":[`;
  yield* listed(jobPages(db, owner, language));
  yield `],"texts":[`;
  yield* listed(textPages(db, owner, language));
  yield `],"uploads":[`;
  yield* listed(uploadPages(db, owner));
  yield `],"projects":[`;
  yield* listed(projectPages(db, owner));
  yield `],"channel_presets":${JSON.stringify(await channelPresets(db, owner))}}\n`;
}

async function* listed(pages: AsyncGenerator<readonly unknown[], void>): AsyncGenerator<string, void> {
  let separator = "";
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + page.map((item) => JSON.stringify(item)).join(",\n");
    separator = ",\n";
  }
}

async function* jobPages(db: D1Database, owner: string, language: Language): AsyncGenerator<ExportedJob[], void> {
  for await (const { rows, attempts, paid } of rowPages(db, owner, "clip"))
    yield rows.map((row) => ({ ...jobOf(row, attempts, language), deleted_at: row.deleted_at, ledger: paid(row) }));
}

async function* textPages(db: D1Database, owner: string, language: Language): AsyncGenerator<ExportedText[], void> {
  for await (const { rows, paid } of rowPages(db, owner, "text"))
    yield rows.map((row) => ({ ...textOf(row, language), ledger: paid(row) }));
}

interface Rows {
  rows: JobRow[];
  attempts: AttemptRow[];
  paid: (row: JobRow) => Paid[];
}

async function* rowPages(db: D1Database, owner: string, kind: JobRow["kind"]): AsyncGenerator<Rows, void> {
  for (let after = "", isLast = false; !isLast; ) {
    const chosen = "SELECT id FROM jobs WHERE owner = ?1 AND id > ?2 AND kind = ?4 ORDER BY id LIMIT ?3";
    const bound = (sql: string) => db.prepare(sql).bind(owner, after, PAGE, kind);
    const [jobs, attempts, ledger] = await db.batch([
      bound(`SELECT * FROM jobs WHERE id IN (${chosen}) ORDER BY id`),
      bound(`SELECT * FROM attempts WHERE job_id IN (${chosen}) ORDER BY attempt`),
      bound(`SELECT job_id, kind, day, micro_won, at FROM ledger WHERE owner = ?1 AND job_id IN (${chosen})`),
    ]);
    const rows = (jobs?.results ?? []) as JobRow[];
    const money = (ledger?.results ?? []) as LedgerRow[];
    const paid = ({ id }: JobRow) => money.filter(({ job_id }) => job_id === id).map(({ job_id: _, ...rest }) => rest);
    yield { rows, attempts: (attempts?.results ?? []) as AttemptRow[], paid };
    after = rows.at(-1)?.id ?? after;
    isLast = rows.length < PAGE;
  }
}

async function* uploadPages(db: D1Database, owner: string): AsyncGenerator<ExportedUpload[], void> {
  for (let after = "", isLast = false; !isLast; ) {
    const { results } = await db
      .prepare("SELECT * FROM uploads WHERE owner = ?1 AND id > ?2 ORDER BY id LIMIT ?3")
      .bind(owner, after, PAGE)
      .all<UploadRow>();
    yield results.map((row) => ({
      ...uploadOf(row),
      created_at: row.created_at,
      links: { picture: row.picture_key === null || row.sound !== null ? null : `/api/uploads/${row.id}/picture`,
        sound: row.sound === null ? null : `/api/uploads/${row.id}/sound` },
    }));
    after = results.at(-1)?.id ?? after;
    isLast = results.length < PAGE;
  }
}

/** One at a time: a table of long texts is large. */
async function* projectPages(db: D1Database, owner: string): AsyncGenerator<Project[], void> {
  for (let after = ""; ; ) {
    const next = await db
      .prepare("SELECT id FROM projects WHERE owner = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT 1")
      .bind(owner, after)
      .first<{ id: string }>();
    if (next === null) return;
    yield [await projectOf(await readTable(db, owner, next.id))];
    after = next.id;
  }
}
