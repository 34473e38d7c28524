-- What is asked about money and releases: sums of a month that cost a few rows to read, and what a release told the
-- site. Triggers keep the sums, as in 0005. Amounts are integer micro-won.

-- Jobs by the day of their request. The owner '*' is everybody, of whom no batch is kept.
CREATE TABLE usage_totals (
  owner TEXT NOT NULL,
  day TEXT NOT NULL,
  preset TEXT NOT NULL,
  gpu TEXT NOT NULL,                              -- the quoted card, or the larger one of a second attempt
  batch_id TEXT NOT NULL,                         -- '': of no batch
  jobs INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  canceled INTEGER NOT NULL DEFAULT 0,
  estimate_micro_won INTEGER NOT NULL DEFAULT 0,  -- of delivered jobs
  clips_micro_won INTEGER NOT NULL DEFAULT 0,     -- billed for delivered jobs, without their starts
  start_micro_won INTEGER NOT NULL DEFAULT 0,     -- billed for their starts
  canceled_micro_won INTEGER NOT NULL DEFAULT 0,  -- billed for canceled jobs
  PRIMARY KEY (owner, day, preset, gpu, batch_id)
) WITHOUT ROWID;

-- What a job, as its row is, adds to that table: one row for its owner, one for everybody. Of a bill that stopped at
-- the reservation, the clip's own seconds are paid first.
CREATE VIEW job_usage AS
  SELECT id, CASE everybody WHEN 1 THEN '*' ELSE owner END AS owner, day, preset, gpu,
    CASE everybody WHEN 1 THEN '' ELSE COALESCE(batch_id, '') END AS batch_id,
    1 AS jobs, status = 'succeeded' AS delivered, status = 'failed' AS failed, status = 'canceled' AS canceled,
    (status = 'succeeded') * estimate_micro_won AS estimate_micro_won,
    (status = 'succeeded') * MIN(billed, working) AS clips_micro_won,
    (status = 'succeeded') * MAX(0, billed - working) AS start_micro_won,
    (status = 'canceled') * billed AS canceled_micro_won
  FROM (
    SELECT id, owner, day, COALESCE(json_extract(input, '$.preset'), '') AS preset, gpu, batch_id, status,
      estimate_micro_won, COALESCE(billed_micro_won, 0) AS billed,
      MAX(0, COALESCE(
        json_extract(cost, '$.micro_won') - json_extract(cost, '$.parts.cold_start'), billed_micro_won, 0)) AS working
    FROM jobs)
  CROSS JOIN (SELECT 0 AS everybody UNION ALL SELECT 1);

INSERT INTO usage_totals
  SELECT owner, day, preset, gpu, batch_id, SUM(jobs), SUM(delivered), SUM(failed), SUM(canceled),
    SUM(estimate_micro_won), SUM(clips_micro_won), SUM(start_micro_won), SUM(canceled_micro_won)
  FROM job_usage GROUP BY owner, day, preset, gpu, batch_id;

CREATE TRIGGER usage_job_added AFTER INSERT ON jobs
BEGIN
  INSERT INTO usage_totals (owner, day, preset, gpu, batch_id)
    SELECT owner, day, preset, gpu, batch_id FROM job_usage AS job WHERE id = NEW.id AND NOT EXISTS (
      SELECT 1 FROM usage_totals AS known WHERE known.owner = job.owner AND known.day = job.day
        AND known.preset = job.preset AND known.gpu = job.gpu AND known.batch_id = job.batch_id);
  UPDATE usage_totals SET jobs = usage_totals.jobs + job.jobs, delivered = usage_totals.delivered + job.delivered,
    failed = usage_totals.failed + job.failed, canceled = usage_totals.canceled + job.canceled,
    estimate_micro_won = usage_totals.estimate_micro_won + job.estimate_micro_won,
    clips_micro_won = usage_totals.clips_micro_won + job.clips_micro_won,
    start_micro_won = usage_totals.start_micro_won + job.start_micro_won,
    canceled_micro_won = usage_totals.canceled_micro_won + job.canceled_micro_won
    FROM job_usage AS job WHERE job.id = NEW.id AND usage_totals.owner = job.owner AND usage_totals.day = job.day
      AND usage_totals.preset = job.preset AND usage_totals.gpu = job.gpu AND usage_totals.batch_id = job.batch_id;
END;

-- Before a change the job's part is taken away as its row still is, and after it the new part is added. Progress,
-- leases and the move from the queue to work change no part.
CREATE TRIGGER usage_job_leaves BEFORE UPDATE OF owner, gpu, batch_id, status, billed_micro_won, cost ON jobs
  WHEN OLD.owner <> NEW.owner OR OLD.gpu <> NEW.gpu OR OLD.batch_id IS NOT NEW.batch_id
    OR ((OLD.status IN ('succeeded', 'failed', 'canceled') OR NEW.status IN ('succeeded', 'failed', 'canceled'))
      AND (OLD.status <> NEW.status OR OLD.billed_micro_won IS NOT NEW.billed_micro_won OR OLD.cost IS NOT NEW.cost))
BEGIN
  UPDATE usage_totals SET jobs = usage_totals.jobs - job.jobs, delivered = usage_totals.delivered - job.delivered,
    failed = usage_totals.failed - job.failed, canceled = usage_totals.canceled - job.canceled,
    estimate_micro_won = usage_totals.estimate_micro_won - job.estimate_micro_won,
    clips_micro_won = usage_totals.clips_micro_won - job.clips_micro_won,
    start_micro_won = usage_totals.start_micro_won - job.start_micro_won,
    canceled_micro_won = usage_totals.canceled_micro_won - job.canceled_micro_won
    FROM job_usage AS job WHERE job.id = NEW.id AND usage_totals.owner = job.owner AND usage_totals.day = job.day
      AND usage_totals.preset = job.preset AND usage_totals.gpu = job.gpu AND usage_totals.batch_id = job.batch_id;
END;

CREATE TRIGGER usage_job_comes AFTER UPDATE OF owner, gpu, batch_id, status, billed_micro_won, cost ON jobs
  WHEN OLD.owner <> NEW.owner OR OLD.gpu <> NEW.gpu OR OLD.batch_id IS NOT NEW.batch_id
    OR ((OLD.status IN ('succeeded', 'failed', 'canceled') OR NEW.status IN ('succeeded', 'failed', 'canceled'))
      AND (OLD.status <> NEW.status OR OLD.billed_micro_won IS NOT NEW.billed_micro_won OR OLD.cost IS NOT NEW.cost))
BEGIN
  INSERT INTO usage_totals (owner, day, preset, gpu, batch_id)
    SELECT owner, day, preset, gpu, batch_id FROM job_usage AS job WHERE id = NEW.id AND NOT EXISTS (
      SELECT 1 FROM usage_totals AS known WHERE known.owner = job.owner AND known.day = job.day
        AND known.preset = job.preset AND known.gpu = job.gpu AND known.batch_id = job.batch_id);
  UPDATE usage_totals SET jobs = usage_totals.jobs + job.jobs, delivered = usage_totals.delivered + job.delivered,
    failed = usage_totals.failed + job.failed, canceled = usage_totals.canceled + job.canceled,
    estimate_micro_won = usage_totals.estimate_micro_won + job.estimate_micro_won,
    clips_micro_won = usage_totals.clips_micro_won + job.clips_micro_won,
    start_micro_won = usage_totals.start_micro_won + job.start_micro_won,
    canceled_micro_won = usage_totals.canceled_micro_won + job.canceled_micro_won
    FROM job_usage AS job WHERE job.id = NEW.id AND usage_totals.owner = job.owner AND usage_totals.day = job.day
      AND usage_totals.preset = job.preset AND usage_totals.gpu = job.gpu AND usage_totals.batch_id = job.batch_id;
END;

-- What containers cost beyond every attempt, apart from what attempts cost beyond their bill: a part of `micro_won` of
-- the owner 'site'.
ALTER TABLE day_totals ADD COLUMN unassigned_micro_won INTEGER NOT NULL DEFAULT 0;
UPDATE day_totals SET unassigned_micro_won =
    COALESCE((SELECT SUM(unassigned_micro_won) FROM containers WHERE containers.day = day_totals.day), 0)
  WHERE owner = 'site';
CREATE INDEX day_totals_by_day ON day_totals (day);

CREATE TRIGGER usage_container_reported_first AFTER INSERT ON containers
BEGIN
  INSERT INTO day_totals (owner, day) SELECT 'site', NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = 'site' AND day = NEW.day);
  UPDATE day_totals SET unassigned_micro_won = unassigned_micro_won + NEW.unassigned_micro_won
    WHERE owner = 'site' AND day = NEW.day;
END;

CREATE TRIGGER usage_container_reported_again AFTER UPDATE OF unassigned_micro_won ON containers
BEGIN
  UPDATE day_totals
    SET unassigned_micro_won = unassigned_micro_won + NEW.unassigned_micro_won - OLD.unassigned_micro_won
    WHERE owner = 'site' AND day = NEW.day;
END;

-- Caps that a person set for themselves. The lower of theirs and the site's holds.
CREATE TABLE own_limits (
  owner TEXT NOT NULL,
  name TEXT NOT NULL CHECK (name IN ('job', 'owner_day')),
  micro_won INTEGER NOT NULL CHECK (micro_won >= 0),
  PRIMARY KEY (owner, name)
) WITHOUT ROWID;

-- The log of releases, as each release writes it here with the operator's own right to this database.
CREATE TABLE releases (
  id TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  body TEXT NOT NULL                              -- JSON, a ReleaseEntry of the contract
) WITHOUT ROWID;
CREATE INDEX releases_by_time ON releases (at);

-- What runs beside the site and cannot be asked by it: its build and its contract, written when they change.
CREATE TABLE part_versions (
  part TEXT PRIMARY KEY,
  build TEXT NOT NULL,
  contract TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;
