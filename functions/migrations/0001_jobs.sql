-- Jobs, their attempts, and the money. Times are ISO 8601 in UTC with milliseconds, so text order is time order.
-- Amounts are integer micro-won. JSON columns hold members of the wire contract as they were received.

CREATE TABLE limits (
  name TEXT PRIMARY KEY,
  micro_won INTEGER NOT NULL CHECK (micro_won >= 0)
);
INSERT INTO limits (name, micro_won) VALUES
  ('job', 1000000000),
  ('owner_day', 30000000000),
  ('site_day', 100000000000);

CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  content_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);

CREATE TABLE batches (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  created_at TEXT NOT NULL
);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  version INTEGER NOT NULL DEFAULT 1,          -- grows with every change a reader can see
  attempt INTEGER NOT NULL DEFAULT 1,
  seq INTEGER NOT NULL DEFAULT 0,              -- of the last event taken in this attempt
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  stage TEXT,
  progress TEXT,
  created_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  expires_at TEXT NOT NULL,
  deleted_at TEXT,
  purged_at TEXT,
  day TEXT NOT NULL,                           -- of created_at in Asia/Seoul: the day its money counts for
  input TEXT NOT NULL,
  inputs TEXT NOT NULL,                        -- objects the worker reads
  seed INTEGER NOT NULL,
  gpu TEXT NOT NULL,
  estimate_micro_won INTEGER NOT NULL,
  reserved_micro_won INTEGER NOT NULL,
  billed_micro_won INTEGER,
  price_rev TEXT NOT NULL,
  resolved TEXT,
  video TEXT,
  video_key TEXT,
  poster TEXT,
  poster_key TEXT,
  quality TEXT,
  cost TEXT,
  problem_slug TEXT,
  problem_detail TEXT,
  call_id TEXT,
  dispatch_tries INTEGER NOT NULL DEFAULT 0,
  lease_until TEXT NOT NULL,                   -- when nobody was heard of until then, the sweep looks into it
  deadline_at TEXT,
  batch_id TEXT REFERENCES batches (id),
  rerun_of TEXT
);
CREATE INDEX jobs_by_owner ON jobs (owner, id);
CREATE INDEX jobs_by_lease ON jobs (lease_until) WHERE status IN ('queued', 'running');
CREATE INDEX jobs_by_expiry ON jobs (expires_at) WHERE purged_at IS NULL;
CREATE INDEX jobs_by_deletion ON jobs (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE TABLE attempts (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  attempt INTEGER NOT NULL,
  gpu TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('open', 'succeeded', 'failed', 'canceled', 'lost')),
  gpu_seconds REAL,
  problem_slug TEXT,
  PRIMARY KEY (job_id, attempt)
) WITHOUT ROWID;

-- Append only. A job has at most one row of each kind, so nothing is reserved, released or charged twice; the sum over
-- a day is what is spent or still held.
CREATE TABLE ledger (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'release', 'settle')),
  owner TEXT NOT NULL,
  day TEXT NOT NULL,
  micro_won INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (job_id, kind)
) WITHOUT ROWID;
CREATE INDEX ledger_by_day ON ledger (day, owner, micro_won);

CREATE TABLE idempotency_keys (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  job_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
