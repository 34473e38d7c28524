/**
 * Counters for an operator's monitor, as Prometheus text. Every query reads a bounded number of rows: those of today, or
 * those that are open.
 */

import { signals } from "./signals.ts";
import { seoulDay } from "./time.ts";

interface Metric {
  name: string;
  type: "gauge" | "counter";
  help: string;
  samples: readonly { labels?: Record<string, string>; value: number }[];
}

export async function metrics(db: D1Database): Promise<string> {
  const day = seoulDay();
  const [jobs, open, money, messages] = await db.batch<Record<string, string | number | null>>([
    db
      .prepare(
        `SELECT status, json_extract(input, '$.preset') AS preset, COUNT(*) AS jobs FROM jobs WHERE day = ?1
         GROUP BY status, preset ORDER BY status, preset`,
      )
      .bind(day),
    db.prepare(
      `SELECT COUNT(*) AS jobs, MIN(CASE WHEN status = 'queued' AND paused_at IS NULL THEN created_at END) AS oldest FROM
         (SELECT status, created_at, paused_at FROM jobs WHERE status IN ('queued', 'running') LIMIT 10000)`,
    ),
    db
      .prepare(
        `SELECT COALESCE(SUM(CASE WHEN kind = 'settle' THEN micro_won END), 0) AS billed,
           COALESCE(SUM(CASE WHEN kind = 'loss' THEN micro_won END), 0) AS loss FROM ledger WHERE day = ?1`,
      )
      .bind(day),
    db.prepare("SELECT COUNT(*) AS waiting FROM (SELECT 1 FROM deliveries WHERE next_at IS NOT NULL LIMIT 10000)"),
  ]);
  const seen = await signals(db);
  const oldest = open?.results[0]?.["oldest"];
  const counted = (name: string) => [{ value: seen.get(name)?.count ?? 0 }];
  const sweep = seen.get("sweep");
  return text([
    {
      name: "clipwright_jobs_today",
      type: "gauge",
      help: "Jobs asked for today (Asia/Seoul), by status and preset.",
      samples: (jobs?.results ?? []).map(({ status, preset, jobs: value }) => ({
        labels: { status: String(status), preset: String(preset) },
        value: Number(value),
      })),
    },
    gauge("clipwright_jobs_open", "Jobs that are queued or running.", open?.results[0]?.["jobs"]),
    gauge("clipwright_queue_age_seconds", "How long the oldest queued job has waited.", secondsSince(oldest) ?? 0),
    {
      name: "clipwright_won_today",
      type: "gauge",
      help: "Won of today's jobs: billed to owners, and the site's own loss.",
      samples: ["billed", "loss"].map((kind) => ({
        labels: { kind },
        value: Number(money?.results[0]?.[kind] ?? 0) / 1e6,
      })),
    },
    gauge("clipwright_webhook_messages_waiting", "Messages that are not delivered yet.", messages?.results[0]?.["waiting"]),
    { name: "clipwright_sweeps_total", type: "counter", help: "Sweeps that ended well.", samples: counted("sweep") },
    { name: "clipwright_sweep_failures_total", type: "counter", help: "Sweeps that failed.", samples: counted("sweep-failure") },
    {
      name: "clipwright_webhook_failures_total",
      type: "counter",
      help: "Tries of webhooks' messages that failed.",
      samples: counted("webhook-failure"),
    },
    gauge("clipwright_sweep_age_seconds", "Time since the last sweep that ended well.", secondsSince(sweep?.at)),
  ]);
}

function gauge(name: string, help: string, value: unknown): Metric {
  return { name, type: "gauge", help, samples: value === undefined ? [] : [{ value: Number(value) }] };
}

function secondsSince(at: unknown): number | undefined {
  return typeof at === "string" ? Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1_000)) : undefined;
}

function text(all: readonly Metric[]): string {
  const lines = all.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value }) => `${name}${labelled(labels)} ${value}`),
  ]);
  return `${lines.join("\n")}\n`;
}

function labelled(labels: Record<string, string> = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
