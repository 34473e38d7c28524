/**
 * The money of a job, as statements for the same database batch as the change of state they belong to.
 *
 * The ledger's rows follow from the job's row: reserved at submit; released and charged at the end. Their key makes
 * every statement safe to repeat. Amounts are integer micro-won; all prices come from Python.
 */

/** Reserves the most that the job can cost. Writes nothing when the job's own insert was refused. */
export function reserve(db: D1Database, jobId: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
       SELECT id, 'reserve', owner, day, reserved_micro_won, created_at FROM jobs WHERE id = ?1
       ON CONFLICT (job_id, kind) DO NOTHING`,
    )
    .bind(jobId);
}

/**
 * Releases the reservation and charges the billed amount, once the job has ended. A failed job is charged nothing. Any
 * known cost of its attempts above that is the site's own loss: it counts only against the site's daily cap.
 */
export function close(db: D1Database, jobId: string): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
         SELECT id, 'release', owner, day, -reserved_micro_won, finished_at FROM jobs
         WHERE id = ?1 AND status IN ('succeeded', 'failed', 'canceled')
         ON CONFLICT (job_id, kind) DO NOTHING`,
      )
      .bind(jobId),
    db
      .prepare(
        `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
         SELECT id, 'settle', owner, day, billed_micro_won, finished_at FROM jobs
         WHERE id = ?1 AND status IN ('succeeded', 'canceled')
         ON CONFLICT (job_id, kind) DO NOTHING`,
      )
      .bind(jobId),
    db
      .prepare(
        `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
         SELECT id, 'loss', 'site', day, SUM(attempts.micro_won) - billed_micro_won, jobs.finished_at
         FROM jobs JOIN attempts ON attempts.job_id = jobs.id
         WHERE id = ?1 AND status IN ('succeeded', 'failed', 'canceled')
         GROUP BY id HAVING SUM(attempts.micro_won) > billed_micro_won
         ON CONFLICT (job_id, kind) DO NOTHING`,
      )
      .bind(jobId),
  ];
}

/** Closes the attempts and releases the reservations of a batch's jobs that were canceled at this moment, before any card
 * had them. */
export function closeUntouched(db: D1Database, batchId: string, at: string): D1PreparedStatement[] {
  const canceled = `FROM jobs WHERE batch_id = ?1 AND status = 'canceled' AND finished_at = ?2 AND attempt = 1
    AND handed_at IS NULL`;
  const row = (kind: string, micro_won: string) =>
    `INSERT INTO ledger (job_id, kind, owner, day, micro_won, at)
     SELECT id, '${kind}', owner, day, ${micro_won}, finished_at ${canceled} ON CONFLICT (job_id, kind) DO NOTHING`;
  return [
    `UPDATE attempts SET outcome = 'canceled', finished_at = ?2
     WHERE outcome = 'open' AND job_id IN (SELECT id ${canceled})`,
    row("release", "-reserved_micro_won"),
    row("settle", "billed_micro_won"),
  ].map((sql) => db.prepare(sql).bind(batchId, at));
}
