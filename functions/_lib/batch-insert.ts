/**
 * Many jobs of one batch as statements of one transaction: those that the caps let in, in their order, and none behind the
 * first that they do not.
 *
 * The sums of all jobs before it are part of each job's condition, so parallel presses cannot exceed a cap. The number of
 * statements hardly grows with the number of jobs. It plans nothing and words nothing.
 */

import { MAX_CONTAINERS, RETENTION_DAYS } from "../_generated/constants.ts";
import type { JobRequest } from "../_generated/contract.d.ts";
import type { PlannedJob } from "./batch-plan.ts";
import { hourOf, mayAddJob } from "./caps.ts";
import { claimSeconds, type Env } from "./env.ts";
import { newId } from "./id.ts";
import { inputsRemain } from "./inputs.ts";
import { searchText } from "./library.ts";
import { HANDED_OVER, HELD } from "./line.ts";
import { asBefore } from "./submit.ts";
import { DAY_SECONDS, inSeconds, seoulDay, timestamp } from "./time.ts";
import { withinToken } from "./tokens.ts";

/** What all jobs of the press have in common. */
export interface Press {
  batch: string;
  project: string | null;
  owner: string;
  request_id: string | undefined;
  token_id: string | undefined;
  within_seconds: number | null;
  /** How many jobs the batch has had when this was planned: where somebody added others, nothing is written. */
  before: number;
  /** The project's count of presses when this was planned, likewise; null where the batch itself was made just now. */
  orders: number | null;
}

export interface NewJob extends Pick<PlannedJob, "seed" | "input_hash" | "estimate" | "uploads" | "picture_name"> {
  scene: string | null;
  number: number | null;
  request: JobRequest;
  objects: readonly unknown[];
  title: string | null;
  rerun_of: string | null;
}

/** D1 takes texts of two megabytes as a parameter. */
const CHUNK_CHARACTERS = 400_000;

/** The SQL of a job's member. */
const of = (name: string) => `job ->> '$.${name}'`;
const OPEN_OF_KIND = [HELD, HANDED_OVER]
  .map((state) => `(SELECT COUNT(*) FROM jobs WHERE owner = ?3 AND gpu = kinds.gpu AND ${state})`)
  .join(" + ");
/** What the batch costs at most by now: held, or billed. */
const OF_BATCH = `COALESCE((SELECT SUM(CASE WHEN status IN ('queued', 'running') THEN reserved_micro_won
  ELSE COALESCE(billed_micro_won, 0) END) FROM jobs WHERE batch_id = ?2), 0)`;
const OWN_LIMIT = "(SELECT most_micro_won FROM batches WHERE id = ?2)";
const INSERTED = "FROM jobs WHERE id IN (SELECT value FROM json_each(?1))";
const SUBJECT = { owner: "?3", day: "?5", hour: "?6" };

const INSERT = `
  INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
    reserved_micro_won, price_rev, lease_until, rerun_of, request_id, token_id, wanted_at, title, picture_name, search,
    batch_id, project_id, scene_id, scene_number, input_hash, paused_at)
  WITH asked AS MATERIALIZED (
    SELECT n, job, ${of("gpu")} AS gpu, ${of("most")} AS most, ${of("start")} AS start
    FROM (SELECT key AS n, value AS job FROM json_each(?1))),
  kinds AS MATERIALIZED (
    SELECT gpu, ${OPEN_OF_KIND} AS open FROM (SELECT DISTINCT gpu FROM asked) AS kinds),
  priced AS (
    SELECT asked.*, most - CASE
      WHEN kinds.open + ROW_NUMBER() OVER (PARTITION BY asked.gpu ORDER BY n) > ${MAX_CONTAINERS}
      THEN start ELSE 0 END AS reserved
    FROM asked JOIN kinds ON kinds.gpu = asked.gpu),
  summed AS (
    SELECT *, SUM(reserved) OVER (ORDER BY n) AS sum, ROW_NUMBER() OVER (ORDER BY n) AS number FROM priced),
  judged AS (
    SELECT *, MIN(COALESCE(
      ${mayAddJob("reserved", SUBJECT, { sum: "sum", number: "number" })}
      AND ${inputsRemain({ owner: "?3", now: "?4", uploads: of("uploads"), source: of("source") })}
      AND ${withinToken("sum", "?9", "?4")}
      AND (${OWN_LIMIT} IS NULL OR ${OF_BATCH} + sum <= ${OWN_LIMIT})
    , 0)) OVER (ORDER BY n) AS fits FROM summed)
  SELECT ${of("id")}, ?3, 'queued', ?4, ?7, ?5, ${of("input")}, ${of("inputs")}, ${of("seed")}, gpu, ${of("estimate")},
    reserved, ${of("price_rev")}, ?8, ${of("rerun_of")}, ?10, ?9, ?11, ${of("title")}, ${of("picture_name")},
    ${of("search")}, ?2, ?12, ${of("scene")}, ${of("number")}, ${of("hash")},
    (SELECT paused_at FROM batches WHERE id = ?2)
  FROM judged WHERE fits = 1 AND (SELECT COUNT(*) FROM jobs WHERE batch_id = ?2) = ?13
    AND EXISTS (SELECT 1 FROM batches WHERE id = ?2 AND owner = ?3)
    AND (?14 IS NULL OR EXISTS (SELECT 1 FROM projects WHERE id = ?12 AND orders = ?14))
  ORDER BY n
  RETURNING id`;

/** The statements. Each answers the ids of the jobs that it inserted, so all their answers together name them. */
export function insertStatements(env: Env, press: Press, jobs: readonly NewJob[]): D1PreparedStatement[] {
  const db = env.DB;
  const now = Date.now();
  const rows = jobs.map((job, index) => rowOf(job, newId(now + index)));
  let before = press.before;
  const inserts = chunksOf(rows).flatMap((chunk) => {
    const insert = db
      .prepare(INSERT)
      .bind(
        `[${chunk.rows.join(",")}]`,
        press.batch,
        press.owner,
        timestamp(now),
        seoulDay(now),
        hourOf(timestamp(now)),
        inSeconds(RETENTION_DAYS * DAY_SECONDS, now),
        inSeconds(claimSeconds(env), now),
        press.token_id ?? null,
        press.request_id ?? null,
        press.within_seconds === null ? null : inSeconds(press.within_seconds, now),
        press.project,
        before,
        press.orders,
      );
    before += chunk.rows.length;
    // At once, for the caps count what is reserved, and the next jobs come under the same caps.
    const reserve = db
      .prepare(
        `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
         SELECT id, 'reserve', owner, day, reserved_micro_won, created_at ${INSERTED}`,
      )
      .bind(JSON.stringify(chunk.ids));
    return [insert, reserve];
  });
  const ids = JSON.stringify(rows.map(({ id }) => id));
  return [
    ...inserts,
    db.prepare(`INSERT INTO attempts (job_id, attempt, gpu, outcome) SELECT id, 1, gpu, 'open' ${INSERTED}`).bind(ids),
    db
      .prepare(
        `UPDATE uploads SET expires_at = MAX(expires_at, ?2) WHERE id IN (
           SELECT upload_id FROM job_uploads WHERE job_id IN (SELECT id ${INSERTED}))`,
      )
      .bind(ids, inSeconds((RETENTION_DAYS + 1) * DAY_SECONDS, now)),
  ];
}

function rowOf(job: NewJob, id: string) {
  const { request, estimate } = job;
  return {
    id,
    scene: job.scene,
    number: job.number,
    input: JSON.stringify(asBefore(request)),
    inputs: JSON.stringify(job.objects),
    uploads: JSON.stringify(job.uploads),
    source: null,
    seed: job.seed,
    gpu: estimate.gpu,
    estimate: estimate.micro_won,
    most: estimate.high_micro_won,
    start: estimate.cold_start_micro_won,
    price_rev: estimate.price_rev,
    hash: job.input_hash,
    title: job.title,
    picture_name: job.picture_name,
    search: searchText(job.title, job.picture_name, request.prompt),
    rerun_of: job.rerun_of,
  };
}

interface Chunk {
  ids: string[];
  rows: string[];
}

function chunksOf(jobs: readonly { id: string }[]): Chunk[] {
  const chunks: Chunk[] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const job of jobs) {
    const row = JSON.stringify(job);
    if (characters + row.length > CHUNK_CHARACTERS) {
      chunks.push({ ids: [], rows: [] });
      characters = 0;
    }
    chunks.at(-1)?.ids.push(job.id);
    chunks.at(-1)?.rows.push(row);
    characters += row.length;
  }
  return chunks;
}
