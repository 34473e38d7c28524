/**
 * The rented cards: their rows, which of them live, what each does, and when it is free.
 *
 * A card lives while it has a job in work, was heard of a moment ago, or is on its way for jobs that wait. Each change is
 * one conditional statement or batch, so that whoever dispatches at the same time opens no card twice and gives no job
 * twice. It knows no container and does not decide how many cards are wanted.
 */

import { COLD_START_SECONDS } from "../_generated/constants.ts";
import type { EstimateRequest } from "../_generated/contract.d.ts";
import { newId } from "./id.ts";
import { IN_LINE, isReady } from "./line.ts";
import { KEPT_CALL_SECONDS, QUEUE_LIMIT_SECONDS, SILENT_CARD_SECONDS } from "./patience.ts";
import { clipMs, type WorkAsked } from "./prices.ts";
import type { JobRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

export interface CardRow {
  id: string;
  gpu: string;
  build: string;
  job_id: string;
  attempt: number;
  call_id: string | null;
  container_id: string | null;
  loaded: string;
  opened_at: string;
  seen_at: string | null;
  kept_until: string | null;
  closed_at: string | null;
}

/** A card that lives, with what it has in work. */
export interface LiveCard extends CardRow {
  work: Work | null;
}

type Work = WorkAsked & Timed;

interface Timed {
  wanted_at: string | null;
  handed_at: string;
  /** Of the attempt; null until its first event. */
  started_at: string | null;
}

const REMEMBERED_SECONDS = 30 * DAY_SECONDS;
const OPEN = "jobs.status IN ('queued', 'running')";

/** SQL of a row in `cards`, with the present moment and one shortly before. */
function lives(now: string, lately: string): string {
  return `(closed_at IS NULL AND (COALESCE(seen_at, '') > ${lately}
    OR (COALESCE(kept_until, '') > ${now} AND EXISTS (SELECT 1 FROM jobs WHERE jobs.gpu = cards.gpu AND ${IN_LINE}))
    OR EXISTS (SELECT 1 FROM jobs WHERE jobs.card = cards.id
      AND (${OPEN} OR (seq > 0 AND COALESCE(finished_at, '') > ${lately})))))`;
}

function lately(): string {
  return inSeconds(-SILENT_CARD_SECONDS);
}

/** Those of one kind, or of all; the first opened first. */
export async function liveCards(db: D1Database, gpu: string | null = null): Promise<LiveCard[]> {
  const choice = ["preset", "ratio", "seconds", "tier"].map((name) => `json_extract(job.input, '$.${name}') AS ${name}`);
  const { results } = await db
    .prepare(
      `SELECT cards.*, job.wanted_at, job.handed_at, attempts.started_at, ${choice.join(", ")} FROM cards
       LEFT JOIN jobs AS job ON job.card = cards.id AND job.status IN ('queued', 'running')
       LEFT JOIN attempts ON attempts.job_id = job.id AND attempts.attempt = job.attempt
       WHERE cards.closed_at IS NULL AND (?3 IS NULL OR cards.gpu = ?3) AND ${lives("?1", "?2")}
       ORDER BY cards.opened_at, cards.id`,
    )
    .bind(timestamp(), lately(), gpu)
    .all<CardRow & Partial<EstimateRequest & Timed>>();
  return results.map(({ preset, ratio, seconds, tier, wanted_at, handed_at, started_at, ...card }) => ({
    ...card,
    work: preset == null ? null : ({ preset, ratio, seconds, tier, wanted_at, handed_at, started_at } as Work),
  }));
}

export type Doing = "starting" | "working" | "waiting";

/** A card whose container was never heard of is still starting, unless its first ticket has begun. */
export function doing({ work, seen_at }: LiveCard): Doing {
  if (work === null) return seen_at === null ? "starting" : "waiting";
  return work.started_at === null && seen_at === null ? "starting" : "working";
}

/** When the card takes a clip that is not its own yet; of one that is starting, when it takes its first. */
export function takesNextAt(card: LiveCard): number {
  const now = Date.now();
  if (doing(card) === "starting") return Math.max(now, Date.parse(card.opened_at) + COLD_START_SECONDS * 1_000);
  if (card.work === null) return now;
  return Math.max(now, Date.parse(card.work.started_at ?? card.work.handed_at) + clipMs(card.work));
}

/** When the card has nothing in work any more, as far as can be told. */
export function freeAt(card: LiveCard): number {
  const first_ms = doing(card) === "starting" && card.work !== null ? clipMs(card.work) : 0;
  return takesNextAt(card) + first_ms;
}

/** Opens a card for this held job and gives the job to it. The caller gets the job's lease. `live`: how many cards of the
 * kind the caller saw; where that has changed, nothing happens. */
export async function openCard(
  db: D1Database,
  job: { id: string; gpu: string },
  { build, live, leaseUntil }: { build: string; live: number; leaseUntil: string },
): Promise<JobRow | undefined> {
  const id = newId();
  const [, taken] = await db.batch<JobRow>([
    db
      .prepare(
        `INSERT INTO cards (id, gpu, build, job_id, attempt, opened_at)
         SELECT ?1, gpu, ?2, id, attempt, ?4 FROM jobs WHERE id = ?3 AND ${IN_LINE}
           AND (SELECT COUNT(*) FROM cards WHERE gpu = ?6 AND ${lives("?4", "?5")}) = ?7`,
      )
      .bind(id, build, job.id, timestamp(), lately(), job.gpu, live),
    ...giving(db, job.id, id, null, leaseUntil),
  ]);
  return taken?.results[0];
}

/** Gives a held job to a card that has nothing in work. `undefined`: the job or the card is somebody else's by now. */
export async function giveTo(
  db: D1Database,
  card: CardRow,
  jobId: string,
  callId: string,
  leaseUntil: string,
): Promise<JobRow | undefined> {
  const [taken] = await db.batch<JobRow>(giving(db, jobId, card.id, callId, leaseUntil));
  return taken?.results[0];
}

function giving(
  db: D1Database,
  jobId: string,
  card: string,
  callId: string | null,
  leaseUntil: string,
): D1PreparedStatement[] {
  const now = timestamp();
  return [
    db
      .prepare(
        `UPDATE jobs SET card = ?2, call_id = ?3, handed_at = ?4, deadline_at = COALESCE(deadline_at, ?5), lease_until = ?6
         WHERE id = ?1 AND ${IN_LINE} AND EXISTS (SELECT 1 FROM cards WHERE id = ?2 AND closed_at IS NULL)
           AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.card = ?2 AND other.status IN ('queued', 'running'))
         RETURNING *`,
      )
      .bind(jobId, card, callId, now, inSeconds(QUEUE_LIMIT_SECONDS), leaseUntil),
    db
      .prepare("UPDATE totals SET served_at = ?3 WHERE owner = (SELECT owner FROM jobs WHERE id = ?1 AND card = ?2)")
      .bind(jobId, card, now),
  ];
}

export async function cardOf(db: D1Database, id: string): Promise<CardRow | undefined> {
  return (await db.prepare("SELECT * FROM cards WHERE id = ?1").bind(id).first<CardRow>()) ?? undefined;
}

/** The card that was opened with this ticket. */
export async function cardOfFirst(db: D1Database, { card, id, attempt }: JobRow): Promise<CardRow | undefined> {
  if (card === null) return undefined;
  const row = await cardOf(db, card);
  return row?.job_id === id && row.attempt === attempt ? row : undefined;
}

/** Notes a container's question. `undefined`: the card is closed, or was never there. */
export async function seen(
  db: D1Database,
  { card, container_id, loaded }: { card: string; container_id: string; loaded: readonly string[] },
): Promise<CardRow | undefined> {
  const row = await db
    .prepare(
      `UPDATE cards SET container_id = ?2, loaded = ?3, seen_at = ?4, kept_until = NULL WHERE id = ?1 AND closed_at IS NULL
       RETURNING *`,
    )
    .bind(card, container_id, JSON.stringify(loaded), timestamp())
    .first<CardRow>();
  return row ?? undefined;
}

/** Keeps a card on its way whose first ticket was canceled, if others wait for one of its kind. False: it was not
 * kept. */
export async function keepForOthers(db: D1Database, { id, gpu }: CardRow): Promise<boolean> {
  const kept = await db
    .prepare(
      `UPDATE cards SET kept_until = ?3 WHERE id = ?1 AND closed_at IS NULL
         AND EXISTS (SELECT 1 FROM jobs WHERE gpu = ?2 AND ${IN_LINE}) RETURNING id`,
    )
    .bind(id, gpu, inSeconds(KEPT_CALL_SECONDS))
    .first();
  return kept !== null;
}

export async function close(db: D1Database, id: string): Promise<void> {
  await db.prepare("UPDATE cards SET closed_at = ?2 WHERE id = ?1 AND closed_at IS NULL").bind(id, timestamp()).run();
}

/** Closes a card without work, unless a job waits for one of its kind. False: one does. */
export async function closeIdle(db: D1Database, { id, gpu }: CardRow): Promise<boolean> {
  const closed = await db
    .prepare(
      `UPDATE cards SET closed_at = COALESCE(closed_at, ?3) WHERE id = ?1
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE gpu = ?2 AND ${isReady("?3")}) RETURNING id`,
    )
    .bind(id, gpu, timestamp())
    .first();
  return closed !== null;
}

/** Closes the cards that do not live any more, and returns them. */
export async function closeDead(db: D1Database): Promise<CardRow[]> {
  const { results } = await db
    .prepare(`UPDATE cards SET closed_at = ?1 WHERE closed_at IS NULL AND NOT ${lives("?1", "?2")} RETURNING *`)
    .bind(timestamp(), lately())
    .all<CardRow>();
  return results;
}

/** Forgets the cards that were closed long ago. */
export async function clearOld(db: D1Database): Promise<void> {
  await db.prepare("DELETE FROM cards WHERE closed_at <= ?1").bind(inSeconds(-REMEMBERED_SECONDS)).run();
}
