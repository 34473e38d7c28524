/**
 * The site's caps: conditions for the statement that inserts a job or announces a picture, and the use of each.
 *
 * They are rows of the database, and so are the sums that they bound; triggers keep those (migration 0005). Each
 * condition therefore reads a few rows, however much is stored. A cap without a row lets nothing through. This module
 * knows no words.
 */

import type { Cap, CapsChange, SiteCaps } from "../_generated/contract.d.ts";
import { seoulDay, timestamp } from "./time.ts";

export type CapName = Cap["name"];

/** Whose use is meant, and when: SQL parameters or literals. */
interface Subject {
  owner: string;
  day: string;
  hour: string;
}

interface CapKind {
  unit: Cap["unit"];
  used: (subject: Subject) => string;
}

/** The row that stands for all owners. */
const EVERYBODY = "'*'";

const ofDay = (column: string, owner: string, day: string) =>
  `COALESCE((SELECT ${column} FROM day_totals WHERE owner = ${owner} AND day = ${day}), 0)`;
const ofHour = (column: string, owner: string, hour: string) =>
  `COALESCE((SELECT ${column} FROM hour_totals WHERE owner = ${owner} AND hour = ${hour}), 0)`;
const now = (column: string, owner: string) =>
  `COALESCE((SELECT ${column} FROM totals WHERE owner = ${owner}), 0)`;

/** The narrowest first: a refusal names the first that is reached. */
const CAPS: Record<CapName, CapKind> = {
  job: { unit: "micro_won", used: () => "0" },
  owner_day: { unit: "micro_won", used: ({ owner, day }) => ofDay("micro_won", owner, day) },
  site_day: { unit: "micro_won", used: ({ day }) => ofDay("micro_won", EVERYBODY, day) },
  owner_open_jobs: { unit: "number", used: ({ owner }) => now("open_jobs", owner) },
  site_open_jobs: { unit: "number", used: () => now("open_jobs", EVERYBODY) },
  owner_undone_hour: { unit: "number", used: ({ owner, hour }) => ofHour("undone", owner, hour) },
  owner_undone_day: { unit: "number", used: ({ owner, day }) => ofDay("undone", owner, day) },
  owner_uploads_hour: { unit: "number", used: ({ owner, hour }) => ofHour("uploads", owner, hour) },
  owner_upload_bytes_hour: { unit: "bytes", used: ({ owner, hour }) => ofHour("upload_bytes", owner, hour) },
  owner_uploads: { unit: "number", used: ({ owner }) => now("uploads", owner) },
  owner_upload_bytes: { unit: "bytes", used: ({ owner }) => now("upload_bytes", owner) },
  site_uploads_hour: { unit: "number", used: ({ hour }) => ofHour("uploads", EVERYBODY, hour) },
  site_upload_bytes_hour: { unit: "bytes", used: ({ hour }) => ofHour("upload_bytes", EVERYBODY, hour) },
  site_uploads: { unit: "number", used: () => now("uploads", EVERYBODY) },
  site_upload_bytes: { unit: "bytes", used: () => now("upload_bytes", EVERYBODY) },
};
const NAMES = Object.keys(CAPS) as CapName[];
const OF_JOBS = NAMES.slice(0, NAMES.indexOf("owner_uploads_hour"));
const OF_UPLOADS = NAMES.slice(OF_JOBS.length);

/** The SQL condition that new jobs are let in, and that one of `reserved` micro-won stays within every cap. Of several at
 * once: with those before it, `sum` is what they reserve together, and `number` how many they are. */
export function mayAddJob(reserved: string, subject: Subject, { sum = reserved, number = "1" } = {}): string {
  const switched = "EXISTS (SELECT 1 FROM switches WHERE name = 'accept_jobs' AND is_on = 1)";
  const added = (name: CapName) => {
    if (name === "job") return reserved;
    if (CAPS[name].unit === "micro_won") return sum;
    return name.endsWith("open_jobs") ? number : "1";
  };
  return [switched, ...OF_JOBS.map((name) => within(name, added(name), subject))].join("\n    AND ");
}

/** The caps as they stand once so many more jobs are open, which reserve so much together. */
export function withJobs(caps: readonly Cap[], jobs: number, reserved: number): Cap[] {
  return caps.map((cap) => {
    if (cap.name === "owner_day" || cap.name === "site_day") return { ...cap, used: cap.used + reserved };
    return cap.name.endsWith("open_jobs") ? { ...cap, used: cap.used + jobs } : cap;
  });
}

/** The SQL condition that one more picture of `bytes` stays within every cap. */
export function mayAddUpload(bytes: string, subject: Subject): string {
  return OF_UPLOADS.map((name) => within(name, CAPS[name].unit === "number" ? "1" : bytes, subject)).join("\n    AND ");
}

function within(name: CapName, added: string, subject: Subject): string {
  const { unit, used } = CAPS[name];
  const most =
    unit === "micro_won"
      ? `${loweredCap(subject.owner)} FROM limits WHERE name = '${name}'`
      : `most FROM count_limits WHERE name = '${name}'`;
  return `${used(subject)} + ${added} <= (SELECT ${most})`;
}

/** The site's cap in won, or the one that the owner has set for themselves where that is lower: SQL, for the table of
 * limits. */
export function loweredCap(owner: string): string {
  return `MIN(micro_won, COALESCE(
    (SELECT own.micro_won FROM own_limits AS own WHERE own.owner = ${owner} AND own.name = limits.name), micro_won))`;
}

/** Every cap with the owner's use of it now, the narrowest first, and whether new jobs are let in. The caps are the site's,
 * or as they hold for the owner: lowered by the owner's own. */
export async function capsOf(db: D1Database, owner: string, whose: "site" | "owner" = "site"): Promise<SiteCaps> {
  const at = { owner: "?1", day: "?2", hour: "?3" };
  const usedOf = (names: readonly CapName[]) =>
    `CASE name ${names.map((name) => `WHEN '${name}' THEN ${CAPS[name].used(at)}`).join(" ")} END AS used`;
  const money = NAMES.filter((name) => CAPS[name].unit === "micro_won");
  const numbers = NAMES.filter((name) => CAPS[name].unit !== "micro_won");
  const [switches, caps] = await db.batch<{ is_on: number } & Omit<Cap, "unit">>([
    db.prepare("SELECT is_on FROM switches WHERE name = 'accept_jobs'"),
    db
      .prepare(
        `SELECT name, ${whose === "site" ? "micro_won" : loweredCap("?1")} AS most, ${usedOf(money)} FROM limits
         UNION ALL SELECT name, most, ${usedOf(numbers)} FROM count_limits`,
      )
      .bind(owner, seoulDay(), hourOf(timestamp())),
  ]);
  const found = new Map(caps?.results.map((row) => [row.name, row]));
  return {
    accepts_jobs: switches?.results[0]?.is_on === 1,
    caps: NAMES.flatMap((name) => {
      const row = found.get(name);
      return row === undefined ? [] : [{ name, unit: CAPS[name].unit, most: row.most, used: row.used }];
    }),
  };
}

/** Whether the operator lets new jobs in. */
export async function newJobsAreTaken(db: D1Database): Promise<boolean> {
  const row = await db.prepare("SELECT is_on FROM switches WHERE name = 'accept_jobs'").first<{ is_on: number }>();
  return row?.is_on === 1;
}

/** The first cap that one more job of so many micro-won, or one more picture of so many bytes, would pass. */
export function passed(caps: readonly Cap[], kind: "job" | "upload", size: number): Cap | undefined {
  const names = kind === "job" ? OF_JOBS : OF_UPLOADS;
  const passes = ({ unit, most, used }: Cap) => used + (unit === "number" ? 1 : size) > most;
  return caps.find((cap) => names.includes(cap.name) && passes(cap));
}

/** Writes the caps and the switch that the change names, all or nothing. A missing row comes into being. */
export async function changeCaps(db: D1Database, change: CapsChange): Promise<void> {
  const statements = (change.caps ?? []).map(({ name, most }) =>
    CAPS[name].unit === "micro_won"
      ? db
          .prepare("INSERT INTO limits (name, micro_won) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET micro_won = ?2")
          .bind(name, most)
      : db
          .prepare("INSERT INTO count_limits (name, most) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET most = ?2")
          .bind(name, most),
  );
  if (typeof change.accepts_jobs === "boolean") {
    statements.push(
      db
        .prepare(
          "INSERT INTO switches (name, is_on) VALUES ('accept_jobs', ?1) ON CONFLICT DO UPDATE SET is_on = ?1",
        )
        .bind(change.accepts_jobs ? 1 : 0),
    );
  }
  if (statements.length > 0) await db.batch(statements);
}

/** `2026-11-22T09`, of a time on the wire: the hour that counts uploads and undone jobs. */
export function hourOf(time: string): string {
  return time.slice(0, 13);
}
