-- Running sums, caps on numbers, and what a picture's life depends on. Triggers keep the sums, so that each submit reads
-- a few rows however much is stored, and the last release's code keeps them too. The owner '*' is everybody.

CREATE TABLE count_limits (
  name TEXT PRIMARY KEY,
  most INTEGER NOT NULL CHECK (most >= 0)
);
INSERT INTO count_limits (name, most) VALUES
  ('owner_open_jobs', 400),
  ('site_open_jobs', 2000),
  ('owner_undone_hour', 250),
  ('owner_undone_day', 600),
  ('owner_uploads_hour', 600),
  ('owner_upload_bytes_hour', 6000000000),
  ('owner_uploads', 10000),
  ('owner_upload_bytes', 50000000000),
  ('site_uploads_hour', 3000),
  ('site_upload_bytes_hour', 30000000000),
  ('site_uploads', 50000),
  ('site_upload_bytes', 200000000000);

-- Two hundred clips at once reserve a cold start each: 33,000 won for the default clip. Only the old default is raised.
UPDATE limits SET micro_won = 60000000000 WHERE name = 'owner_day' AND micro_won = 30000000000;

CREATE TABLE switches (
  name TEXT PRIMARY KEY,
  is_on INTEGER NOT NULL CHECK (is_on IN (0, 1))
);
INSERT INTO switches (name, is_on) VALUES ('accept_jobs', 1);

-- What stands now.
CREATE TABLE totals (
  owner TEXT PRIMARY KEY,
  open_jobs INTEGER NOT NULL DEFAULT 0,
  uploads INTEGER NOT NULL DEFAULT 0,
  upload_bytes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What happened in an hour of UTC. An undone job was canceled before it began, or failed by its own fault.
CREATE TABLE hour_totals (
  owner TEXT NOT NULL,
  hour TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0,
  uploads INTEGER NOT NULL DEFAULT 0,
  upload_bytes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner, hour)
) WITHOUT ROWID;
CREATE INDEX hour_totals_by_hour ON hour_totals (hour);

-- What was asked for on a day of Seoul, and what of it is spent or held. The owner 'site' has what nobody pays for.
CREATE TABLE day_totals (
  owner TEXT NOT NULL,
  day TEXT NOT NULL,
  micro_won INTEGER NOT NULL DEFAULT 0,
  jobs INTEGER NOT NULL DEFAULT 0,
  undone INTEGER NOT NULL DEFAULT 0,
  estimate_micro_won INTEGER NOT NULL DEFAULT 0,
  billed_micro_won INTEGER NOT NULL DEFAULT 0,
  held_micro_won INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner, day)
) WITHOUT ROWID;

INSERT INTO totals (owner, open_jobs)
  SELECT owner, COUNT(*) FROM jobs WHERE status IN ('queued', 'running') GROUP BY owner;
INSERT INTO totals (owner, uploads, upload_bytes)
  SELECT owner, COUNT(*), SUM(COALESCE(picture_bytes, bytes)) FROM uploads WHERE TRUE GROUP BY owner
  ON CONFLICT (owner) DO UPDATE SET uploads = excluded.uploads, upload_bytes = excluded.upload_bytes;
INSERT INTO totals (owner, open_jobs, uploads, upload_bytes)
  SELECT '*', COALESCE(SUM(open_jobs), 0), COALESCE(SUM(uploads), 0), COALESCE(SUM(upload_bytes), 0) FROM totals;

INSERT INTO day_totals (owner, day, jobs, estimate_micro_won, billed_micro_won, held_micro_won)
  SELECT owner, day, COUNT(*), SUM(estimate_micro_won), SUM(COALESCE(billed_micro_won, 0)),
    SUM(CASE WHEN status IN ('queued', 'running') THEN reserved_micro_won ELSE 0 END)
  FROM jobs GROUP BY owner, day;
INSERT INTO day_totals (owner, day, micro_won)
  SELECT owner, day, SUM(micro_won) FROM ledger WHERE TRUE GROUP BY owner, day
  ON CONFLICT (owner, day) DO UPDATE SET micro_won = excluded.micro_won;
INSERT INTO day_totals (owner, day, micro_won) SELECT '*', day, SUM(micro_won) FROM ledger GROUP BY day;

-- A trigger inserts an empty row first and then adds to it. An upsert would follow the conflict clause of the statement
-- that fires the trigger.
CREATE TRIGGER ledger_added AFTER INSERT ON ledger
BEGIN
  INSERT INTO day_totals (owner, day) SELECT NEW.owner, NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = NEW.owner AND day = NEW.day);
  INSERT INTO day_totals (owner, day) SELECT '*', NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = '*' AND day = NEW.day);
  UPDATE day_totals SET micro_won = micro_won + NEW.micro_won WHERE owner IN (NEW.owner, '*') AND day = NEW.day;
END;

CREATE TRIGGER ledger_removed AFTER DELETE ON ledger
BEGIN
  UPDATE day_totals SET micro_won = micro_won - OLD.micro_won WHERE owner IN (OLD.owner, '*') AND day = OLD.day;
END;

CREATE TRIGGER ledger_corrected AFTER UPDATE OF micro_won ON ledger
BEGIN
  UPDATE day_totals SET micro_won = micro_won + NEW.micro_won - OLD.micro_won
    WHERE owner IN (NEW.owner, '*') AND day = NEW.day;
END;

CREATE TRIGGER job_added AFTER INSERT ON jobs
BEGIN
  INSERT INTO day_totals (owner, day) SELECT NEW.owner, NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = NEW.owner AND day = NEW.day);
  UPDATE day_totals SET jobs = jobs + 1, estimate_micro_won = estimate_micro_won + NEW.estimate_micro_won,
    held_micro_won = held_micro_won + (NEW.status IN ('queued', 'running')) * NEW.reserved_micro_won
    WHERE owner = NEW.owner AND day = NEW.day;
  INSERT INTO totals (owner) SELECT NEW.owner WHERE NOT EXISTS (SELECT 1 FROM totals WHERE owner = NEW.owner);
  UPDATE totals SET open_jobs = open_jobs + (NEW.status IN ('queued', 'running')) WHERE owner IN (NEW.owner, '*');
END;

CREATE TRIGGER job_moved AFTER UPDATE OF status ON jobs
  WHEN (OLD.status IN ('queued', 'running')) <> (NEW.status IN ('queued', 'running'))
BEGIN
  UPDATE totals SET open_jobs = open_jobs
      + (NEW.status IN ('queued', 'running')) - (OLD.status IN ('queued', 'running'))
    WHERE owner IN (NEW.owner, '*');
  UPDATE day_totals SET held_micro_won = held_micro_won
      + ((NEW.status IN ('queued', 'running')) - (OLD.status IN ('queued', 'running'))) * NEW.reserved_micro_won
    WHERE owner = NEW.owner AND day = NEW.day;
END;

CREATE TRIGGER job_billed AFTER UPDATE OF billed_micro_won ON jobs
  WHEN COALESCE(OLD.billed_micro_won, 0) <> COALESCE(NEW.billed_micro_won, 0)
BEGIN
  UPDATE day_totals SET billed_micro_won
      = billed_micro_won + COALESCE(NEW.billed_micro_won, 0) - COALESCE(OLD.billed_micro_won, 0)
    WHERE owner = NEW.owner AND day = NEW.day;
END;

CREATE TRIGGER job_undone AFTER UPDATE OF status ON jobs
  WHEN OLD.status IN ('queued', 'running') AND (
    (NEW.status = 'canceled' AND NEW.started_at IS NULL)
    OR (NEW.status = 'failed' AND NEW.problem_slug IN
      ('picture-refused', 'picture-unsupported', 'upload-not-found', 'job-not-found', 'invalid-job')))
BEGIN
  UPDATE day_totals SET undone = undone + 1 WHERE owner = NEW.owner AND day = NEW.day;
  INSERT INTO hour_totals (owner, hour) SELECT NEW.owner, substr(NEW.finished_at, 1, 13)
    WHERE NOT EXISTS (SELECT 1 FROM hour_totals WHERE owner = NEW.owner AND hour = substr(NEW.finished_at, 1, 13));
  UPDATE hour_totals SET undone = undone + 1 WHERE owner = NEW.owner AND hour = substr(NEW.finished_at, 1, 13);
END;

CREATE TRIGGER job_removed AFTER DELETE ON jobs
BEGIN
  UPDATE totals SET open_jobs = open_jobs - (OLD.status IN ('queued', 'running')) WHERE owner IN (OLD.owner, '*');
END;

-- A picture on its way in: its place is counted before its first byte is stored.
CREATE TABLE incoming_uploads (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX incoming_uploads_by_age ON incoming_uploads (created_at);

-- Objects whose row is gone: a key, or a prefix that ends in a slash.
CREATE TABLE clearing (
  target TEXT PRIMARY KEY,
  due_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX clearing_by_time ON clearing (due_at);

CREATE TABLE job_uploads (
  upload_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  PRIMARY KEY (upload_id, job_id)
) WITHOUT ROWID;
CREATE INDEX job_uploads_by_job ON job_uploads (job_id);
INSERT INTO job_uploads (upload_id, job_id)
  SELECT DISTINCT value, jobs.id FROM jobs, json_each(json_array(
    json_extract(input, '$.upload_id'), json_extract(input, '$.first_upload_id'),
    json_extract(input, '$.middle_upload_id'), json_extract(input, '$.last_upload_id')))
  WHERE value IS NOT NULL AND purged_at IS NULL;

CREATE TRIGGER upload_announced AFTER INSERT ON incoming_uploads
BEGIN
  INSERT INTO totals (owner) SELECT NEW.owner WHERE NOT EXISTS (SELECT 1 FROM totals WHERE owner = NEW.owner);
  UPDATE totals SET uploads = uploads + 1, upload_bytes = upload_bytes + NEW.bytes WHERE owner IN (NEW.owner, '*');
  INSERT INTO hour_totals (owner, hour) SELECT NEW.owner, substr(NEW.created_at, 1, 13)
    WHERE NOT EXISTS (SELECT 1 FROM hour_totals WHERE owner = NEW.owner AND hour = substr(NEW.created_at, 1, 13));
  INSERT INTO hour_totals (owner, hour) SELECT '*', substr(NEW.created_at, 1, 13)
    WHERE NOT EXISTS (SELECT 1 FROM hour_totals WHERE owner = '*' AND hour = substr(NEW.created_at, 1, 13));
  UPDATE hour_totals SET uploads = uploads + 1, upload_bytes = upload_bytes + NEW.bytes
    WHERE owner IN (NEW.owner, '*') AND hour = substr(NEW.created_at, 1, 13);
END;

CREATE TRIGGER upload_arrived_or_failed AFTER DELETE ON incoming_uploads
BEGIN
  UPDATE totals SET uploads = uploads - 1, upload_bytes = upload_bytes - OLD.bytes WHERE owner IN (OLD.owner, '*');
END;

CREATE TRIGGER upload_added AFTER INSERT ON uploads
BEGIN
  INSERT INTO totals (owner) SELECT NEW.owner WHERE NOT EXISTS (SELECT 1 FROM totals WHERE owner = NEW.owner);
  UPDATE totals SET uploads = uploads + 1, upload_bytes = upload_bytes + COALESCE(NEW.picture_bytes, NEW.bytes)
    WHERE owner IN (NEW.owner, '*');
END;

CREATE TRIGGER upload_removed AFTER DELETE ON uploads
BEGIN
  UPDATE totals SET uploads = uploads - 1, upload_bytes = upload_bytes - COALESCE(OLD.picture_bytes, OLD.bytes)
    WHERE owner IN (OLD.owner, '*');
  DELETE FROM job_uploads WHERE upload_id = OLD.id;
  INSERT INTO clearing (target, due_at)
    SELECT COALESCE(OLD.picture_key, 'inputs/' || OLD.id), OLD.created_at
    WHERE NOT EXISTS (SELECT 1 FROM clearing WHERE target = COALESCE(OLD.picture_key, 'inputs/' || OLD.id));
END;

-- A picture lives as long as the last job made from it, and a job's clip and pictures go once the job's row says so.
CREATE TRIGGER job_uses_uploads AFTER INSERT ON jobs
BEGIN
  INSERT INTO job_uploads (upload_id, job_id)
    SELECT DISTINCT value, NEW.id FROM json_each(json_array(
      json_extract(NEW.input, '$.upload_id'), json_extract(NEW.input, '$.first_upload_id'),
      json_extract(NEW.input, '$.middle_upload_id'), json_extract(NEW.input, '$.last_upload_id')))
    WHERE value IS NOT NULL;
END;

CREATE TRIGGER job_purged AFTER UPDATE OF purged_at ON jobs WHEN OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL
BEGIN
  INSERT INTO clearing (target, due_at) SELECT 'jobs/' || NEW.id || '/', NEW.purged_at
    WHERE NOT EXISTS (SELECT 1 FROM clearing WHERE target = 'jobs/' || NEW.id || '/');
  UPDATE uploads SET expires_at = NEW.purged_at
    WHERE expires_at > NEW.purged_at AND id IN (SELECT upload_id FROM job_uploads WHERE job_id = NEW.id)
      AND NOT EXISTS (SELECT 1 FROM job_uploads JOIN jobs ON jobs.id = job_uploads.job_id
        WHERE job_uploads.upload_id = uploads.id AND jobs.purged_at IS NULL);
END;

-- Every page of a list, and the poll of what runs, read only the rows that they show.
CREATE INDEX jobs_kept_by_owner ON jobs (owner, id) WHERE deleted_at IS NULL;
CREATE INDEX jobs_open_by_owner ON jobs (owner, id) WHERE status IN ('queued', 'running');
CREATE INDEX uploads_by_owner ON uploads (owner, id);

-- What containers cost beyond their jobs is the site's own, on the day on which they opened.
INSERT INTO day_totals (owner, day, micro_won)
  SELECT 'site', day, SUM(unassigned_micro_won) FROM containers WHERE TRUE GROUP BY day
  ON CONFLICT (owner, day) DO UPDATE SET micro_won = micro_won + excluded.micro_won;
INSERT INTO day_totals (owner, day, micro_won)
  SELECT '*', day, SUM(unassigned_micro_won) FROM containers WHERE TRUE GROUP BY day
  ON CONFLICT (owner, day) DO UPDATE SET micro_won = micro_won + excluded.micro_won;

CREATE TRIGGER container_reported_first AFTER INSERT ON containers
BEGIN
  INSERT INTO day_totals (owner, day) SELECT 'site', NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = 'site' AND day = NEW.day);
  INSERT INTO day_totals (owner, day) SELECT '*', NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = '*' AND day = NEW.day);
  UPDATE day_totals SET micro_won = micro_won + NEW.unassigned_micro_won WHERE owner IN ('site', '*') AND day = NEW.day;
END;

CREATE TRIGGER container_reported_again AFTER UPDATE OF unassigned_micro_won ON containers
BEGIN
  UPDATE day_totals SET micro_won = micro_won + NEW.unassigned_micro_won - OLD.unassigned_micro_won
    WHERE owner IN ('site', '*') AND day = NEW.day;
END;
