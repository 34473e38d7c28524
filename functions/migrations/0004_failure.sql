-- What the state machine remembers while parts are away, and what containers cost. The code of before runs on it: each
-- new column has a value for rows that it writes.

-- When the present attempt was handed to the GPU service; null while it is held back at the site. The deadline counts
-- from here while a job waits, and from the attempt's first event while it runs.
ALTER TABLE jobs ADD COLUMN handed_at TEXT;
-- 1: the site ended the job without a worker's report, so a clip that turns up later may still count.
ALTER TABLE jobs ADD COLUMN is_unreported INTEGER NOT NULL DEFAULT 0;
-- When the sweep looks once more for the marker of such a job.
ALTER TABLE jobs ADD COLUMN look_again_at TEXT;
-- Since when a marker lies in the bucket that this release cannot read.
ALTER TABLE jobs ADD COLUMN unreadable_since TEXT;
UPDATE jobs SET handed_at = created_at WHERE status IN ('queued', 'running');

CREATE INDEX jobs_by_look ON jobs (lease_until)
  WHERE (status = 'running' OR (status = 'queued' AND handed_at IS NOT NULL));
CREATE INDEX jobs_held ON jobs (owner, id) WHERE status = 'queued' AND handed_at IS NULL;
CREATE INDEX jobs_handed ON jobs (owner) WHERE (status = 'running' OR (status = 'queued' AND handed_at IS NOT NULL));
CREATE INDEX jobs_by_late_look ON jobs (look_again_at) WHERE look_again_at IS NOT NULL;

-- One row for each container, from its own reports; numbers are sums since it opened. `unassigned_micro_won` is what no
-- attempt has named as its own cost: starts, idle time, work that was lost.
CREATE TABLE containers (
  container_id TEXT PRIMARY KEY,
  gpu TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  deploy TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  ready_at TEXT,
  closed_at TEXT,
  at TEXT NOT NULL,                            -- of the last report
  day TEXT NOT NULL,                           -- of opened_at in Asia/Seoul: the day its money counts for
  boot_seconds REAL NOT NULL,
  busy_seconds REAL NOT NULL,
  idle_seconds REAL NOT NULL,
  total_micro_won INTEGER NOT NULL,
  jobs_micro_won INTEGER NOT NULL,
  unassigned_micro_won INTEGER NOT NULL
);
CREATE INDEX containers_open ON containers (at) WHERE closed_at IS NULL;
