/**
 * Many scenes at one press: quoted, ordered under one key, and made again where they failed.
 *
 * A batch and its jobs are one transaction. The same key finds the batch that it made. Of two presses on one table at the
 * same time the second is planned anew, so that no scene is paid twice.
 */

import type { Batch, BatchChoice, BatchRequest, LeftOut, Offers, Quote } from "../_generated/contract.d.ts";
import type { ProblemSlug } from "../_generated/problems.ts";
import { insertStatements, type NewJob, type Press } from "./batch-insert.ts";
import { fitOf, openJobsOf, reservations } from "./batch-money.ts";
import { planOf, type PlannedJob } from "./batch-plan.ts";
import { type BatchRow, batchNowOf, selectBatches } from "./batch-row.ts";
import { capsOf } from "./caps.ts";
import type { Env, Language } from "./env.ts";
import { hashOf } from "./hash.ts";
import { isId, newId } from "./id.ts";
import { offersFor } from "./offers.ts";
import { estimateFor } from "./prices.ts";
import { ProblemError, problemBody, type Words } from "./problem.ts";
import { type JobRow, requestOf } from "./row.ts";
import { readTable } from "./scene-table.ts";
import { timestamp } from "./time.ts";

/** Others may press at the same moment. */
const TRIES = 6;

export interface Presser {
  owner: string;
  request_id?: string | undefined;
  token_id?: string | undefined;
}

/** Throws project-not-found and invalid-job. */
export async function quoteOf(
  env: Env,
  { owner, token_id }: Presser,
  project: unknown,
  choice: BatchChoice,
  language: Language,
): Promise<Quote> {
  const table = await readTable(env.DB, owner, project);
  const before = { caps: await capsOf(env.DB, owner, "owner"), ...(await openJobsOf(env.DB, owner)) };
  const plan = await planOf(env, table, choice, { most: mostOf(before.caps.caps), isBucketAsked: false });
  const estimates = plan.jobs.map(({ estimate }) => estimate);
  const fit = await fitOf(env.DB, estimates, before, { token_id, own: null });
  return {
    revision: table.revision,
    scenes: byScene(plan.jobs),
    clips: plan.jobs.length,
    left_out: plan.left_out,
    estimate_micro_won: sum(estimates.map(({ micro_won }) => micro_won)),
    most_micro_won: sum(reservations(estimates, before.open)),
    offers: plan.jobs.length === 0 ? null : await offersOf(env, plan.jobs),
    fits: fit.fits,
    stopped: fit.refusal === null ? null : bodyOf(storedRefusal(fit.refusal), language),
  };
}

/** Orders what the caps let in, and answers the batch. Throws what `submit` throws where that is nothing, nothing-to-make,
 * project-not-found, invalid-job and idempotency-conflict; then nothing is written. */
export async function order(env: Env, presser: Presser, request: BatchRequest, key: string): Promise<string> {
  const db = env.DB;
  const { owner, token_id } = presser;
  const body_hash = await hashOf(request);
  for (let tries = 0; tries < TRIES; tries++) {
    const earlier = await batchOfKey(db, owner, key);
    if (earlier !== undefined) return sameBody(earlier, body_hash);
    const table = await readTable(db, owner, request.project_id);
    const before = { caps: await capsOf(db, owner, "owner"), ...(await openJobsOf(db, owner)) };
    const plan = await planOf(env, table, request, { most: mostOf(before.caps.caps), isBucketAsked: true });
    if (plan.jobs.length === 0) throw nothingToMake(plan.left_out);

    const id = newId();
    const press: Press = {
      batch: id,
      project: table.project.id,
      owner,
      request_id: presser.request_id,
      token_id,
      within_seconds: request.within_seconds ?? null,
      before: 0,
      orders: null,
    };
    const inserts = insertStatements(env, press, plan.jobs.map(newJobOf));
    const results = await db.batch<{ id: string }>([
      db
        .prepare(
          `INSERT INTO batches (id, owner, created_at, project_id, idempotency_key, body_hash, clips, most_micro_won,
             left_out)
           SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
           WHERE NOT EXISTS (SELECT 1 FROM batches WHERE owner = ?2 AND idempotency_key = ?5)
             AND EXISTS (SELECT 1 FROM projects WHERE id = ?4 AND owner = ?2 AND orders = ?10 AND deleted_at IS NULL)
           RETURNING id`,
        )
        .bind(
          id,
          owner,
          timestamp(),
          table.project.id,
          key,
          body_hash,
          plan.jobs.length,
          request.most_micro_won ?? null,
          JSON.stringify(plan.left_out),
          table.project.orders,
        ),
      db
        .prepare("UPDATE projects SET orders = orders + 1 WHERE id = ?1 AND EXISTS (SELECT 1 FROM batches WHERE id = ?2)")
        .bind(table.project.id, id),
      ...inserts,
      db
        .prepare("DELETE FROM batches WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE batch_id = ?1)")
        .bind(id),
    ]);
    if (results[0]?.results.length !== 1) continue;
    const taken = sum(results.slice(2, 2 + inserts.length).map(({ results: ids }) => ids.length));
    if (taken === plan.jobs.length) return id;
    const rest = plan.jobs.slice(taken).map(({ estimate }) => estimate);
    const refusal = await refusalOf(env, presser, rest, taken === 0 ? null : id, request.most_micro_won ?? null);
    if (taken === 0) throw refusal;
    await noteStopped(db, id, refusal);
    return id;
  }
  throw new ProblemError("busy");
}

/** Makes the failed jobs of a batch again, with the same request and seed, each once; not one whose scene was made by another
 * press since. True: there are new jobs. Throws batch-not-found, and why none of them is let in. */
export async function retry(env: Env, presser: Presser, id: unknown): Promise<boolean> {
  const db = env.DB;
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await findBatch(db, presser.owner, id);
    const [failed, counts] = await db.batch([
      db.prepare(FAILED).bind(row.id),
      db
        .prepare(
          `SELECT (SELECT COUNT(*) FROM jobs WHERE batch_id = ?1) AS jobs,
             (SELECT orders FROM projects WHERE id = ?2) AS orders`,
        )
        .bind(row.id, row.project_id),
    ]);
    const jobs = ((failed?.results ?? []) as JobRow[]).map(againOf);
    if (jobs.length === 0) return false;
    const now = counts?.results[0] as { jobs: number; orders: number | null } | undefined;
    const orders = now?.orders ?? null;
    const press: Press = {
      batch: row.id,
      project: row.project_id,
      owner: presser.owner,
      request_id: presser.request_id,
      token_id: presser.token_id,
      within_seconds: null,
      before: now?.jobs ?? 0,
      orders,
    };
    const inserts = insertStatements(env, press, jobs);
    const results = await db.batch<{ id: string }>([
      ...inserts,
      db
        .prepare("UPDATE projects SET orders = orders + 1 WHERE id = ?1 AND orders = ?2 RETURNING id")
        .bind(row.project_id, orders),
    ]);
    const taken = sum(results.slice(0, inserts.length).map(({ results: ids }) => ids.length));
    if (taken === jobs.length) return true;
    const isAlone = orders === null || results.at(-1)?.results.length === 1;
    if (taken === 0 && !isAlone) continue;
    const rest = jobs.slice(taken).map(({ estimate }) => estimate);
    const refusal = await refusalOf(env, presser, rest, row.id, row.most_micro_won);
    if (taken === 0) throw refusal;
    await noteStopped(db, row.id, refusal);
    return true;
  }
  throw new ProblemError("busy");
}

/** Failed jobs of a batch that nothing has followed. */
const FAILED = `SELECT * FROM jobs WHERE batch_id = ?1 AND status = 'failed' AND purged_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM jobs AS later WHERE later.rerun_of = jobs.id AND +later.batch_id = ?1)
  AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.project_id = jobs.project_id
    AND other.scene_id = jobs.scene_id AND other.id > jobs.id AND other.input_hash = jobs.input_hash
    AND other.batch_id IS NOT ?1 AND other.deleted_at IS NULL AND other.status IN ('queued', 'running', 'succeeded'))
  ORDER BY id`;

async function noteStopped(db: D1Database, batch: string, refusal: ProblemError): Promise<void> {
  const stopped = JSON.stringify(storedRefusal(refusal));
  await db.prepare("UPDATE batches SET stopped = ?2 WHERE id = ?1").bind(batch, stopped).run();
}

/** Throws batch-not-found for an unknown or foreign id alike. */
export async function findBatch(db: D1Database, owner: string, id: unknown): Promise<BatchRow> {
  if (!isId(id)) throw new ProblemError("batch-not-found");
  const row = await db.prepare(selectBatches("batches.id = ?1 AND batches.owner = ?2")).bind(id, owner).first<BatchRow>();
  if (row === null) throw new ProblemError("batch-not-found");
  return row;
}

/** Throws batch-not-found. */
export async function batchOf(db: D1Database, owner: string, id: unknown, language: Language): Promise<Batch> {
  const row = await findBatch(db, owner, id);
  const { results } = await db
    .prepare(
      `SELECT id, scene_id, scene_number, status, paused_at, rerun_of FROM jobs
       WHERE batch_id = ?1 AND owner = ?2 ORDER BY id`,
    )
    .bind(row.id, owner)
    .all<Pick<JobRow, "id" | "scene_id" | "scene_number" | "status" | "paused_at" | "rerun_of">>();
  return {
    ...batchNowOf(row),
    left_out: JSON.parse(row.left_out) as LeftOut[],
    stopped: row.stopped === null ? null : bodyOf(JSON.parse(row.stopped) as Refusal, language),
    jobs: results.map((job) => ({
      job_id: job.id,
      scene: job.scene_id,
      number: job.scene_number,
      status: job.status,
      paused: job.status === "queued" && job.paused_at !== null,
      rerun_of: job.rerun_of,
    })),
  };
}

/** Why the next of these clips is not let in, as things stand after the insert. */
async function refusalOf(
  env: Env,
  { owner, token_id }: Presser,
  rest: PlannedJob["estimate"][],
  batch: string | null,
  most: number | null,
): Promise<ProblemError> {
  const before = { caps: await capsOf(env.DB, owner, "owner"), ...(await openJobsOf(env.DB, owner)) };
  const row = batch === null ? undefined : await findBatch(env.DB, owner, batch);
  const used = row === undefined ? 0 : row.held_micro_won + row.billed_micro_won;
  const own = most === null ? null : most - used;
  const { refusal } = await fitOf(env.DB, rest, before, { token_id, own });
  // A picture may have gone between the two, or a cap has room by now.
  return refusal ?? new ProblemError("cap-exceeded");
}

interface Refusal {
  slug: ProblemSlug;
  detail: Words | null;
  errors: ProblemError["errors"];
  choices: ProblemError["choices"];
}

function storedRefusal({ slug, detail, errors, choices }: ProblemError): Refusal {
  return { slug, detail: detail ?? null, errors, choices };
}

function bodyOf({ slug, detail, errors, choices }: Refusal, language: Language) {
  return problemBody(slug, language, {
    detail: detail?.[language],
    errors: errors.map((fault) => ({ pointer: fault.pointer, detail: fault.detail[language] })),
    choices,
  });
}

async function batchOfKey(db: D1Database, owner: string, key: string): Promise<Keyed | undefined> {
  const row = await db
    .prepare("SELECT id, body_hash FROM batches WHERE owner = ?1 AND idempotency_key = ?2")
    .bind(owner, key)
    .first<Keyed>();
  return row ?? undefined;
}

interface Keyed {
  id: string;
  body_hash: string;
}

function sameBody({ id, body_hash }: Keyed, asked: string): string {
  if (body_hash !== asked) throw new ProblemError("idempotency-conflict");
  return id;
}

function newJobOf(job: PlannedJob): NewJob {
  return { ...job, rerun_of: null };
}

function againOf(row: JobRow): NewJob {
  const request = requestOf(row);
  const { upload_id, first_upload_id, last_upload_id } = request as unknown as Record<string, unknown>;
  return {
    scene: row.scene_id,
    number: row.scene_number,
    request,
    seed: row.seed,
    input_hash: row.input_hash ?? "",
    estimate: estimateFor(request),
    title: row.title,
    uploads: [...new Set([upload_id, first_upload_id, last_upload_id].filter((id) => typeof id === "string"))],
    objects: JSON.parse(row.inputs) as unknown[],
    picture_name: row.picture_name,
    rerun_of: row.id,
  };
}

async function offersOf(env: Env, jobs: readonly PlannedJob[]): Promise<Offers> {
  const clips = jobs.map(({ request }) => {
    const { preset, ratio, seconds, tier } = request;
    return { preset, ratio, seconds, tier, count: 1 };
  });
  return offersFor(env.DB, { clips });
}

function byScene(jobs: readonly PlannedJob[]): Quote["scenes"] {
  const scenes = new Map<string, Quote["scenes"][number]>();
  for (const { scene, number, estimate } of jobs) {
    const known = scenes.get(scene) ?? { scene, number, clips: 0, estimate_micro_won: 0 };
    known.clips += 1;
    known.estimate_micro_won += estimate.micro_won;
    scenes.set(scene, known);
  }
  return [...scenes.values()];
}

function nothingToMake(leftOut: readonly LeftOut[]): ProblemError {
  return new ProblemError("nothing-to-make", undefined, { members: { left_out: leftOut } });
}

function mostOf(caps: readonly { name: string; most: number }[]): number {
  return caps.find(({ name }) => name === "job")?.most ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
