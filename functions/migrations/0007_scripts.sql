-- What scripts need: API tokens with a cap of their own, webhooks with their deliveries, and the request id of a job.
-- And what an operator is told: when each thing last happened. Times are ISO 8601 in UTC, amounts integer micro-won.

-- Only the SHA-256 of a token is kept. `scopes` and `events` are words separated by spaces.
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('operator', 'member')),
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  cap_micro_won INTEGER NOT NULL CHECK (cap_micro_won >= 0),
  spent_micro_won INTEGER NOT NULL DEFAULT 0,  -- billed, and reserved by open jobs
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT,
  last_used_at TEXT
);
CREATE INDEX tokens_by_owner ON tokens (owner, id);

ALTER TABLE jobs ADD COLUMN token_id TEXT;
ALTER TABLE jobs ADD COLUMN request_id TEXT;
CREATE INDEX jobs_by_day_and_status ON jobs (day, status);
CREATE INDEX jobs_by_wait ON jobs (created_at) WHERE status = 'queued';

-- A token's spending follows the ledger, so that its cap costs one read, however many jobs it made.
CREATE TRIGGER token_pays AFTER INSERT ON ledger WHEN NEW.kind IN ('reserve', 'release', 'settle')
BEGIN
  UPDATE tokens SET spent_micro_won = spent_micro_won + NEW.micro_won
  WHERE id = (SELECT token_id FROM jobs WHERE id = NEW.job_id);
END;

CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  secret TEXT NOT NULL,
  old_secret TEXT,               -- also signs until `old_secret_until`
  old_secret_until TEXT,
  created_at TEXT NOT NULL,
  failing_since TEXT,            -- the first failure since the last success
  disabled_at TEXT
);
CREATE INDEX webhooks_by_owner ON webhooks (owner, id);

CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  job_id TEXT NOT NULL,
  event TEXT NOT NULL,
  created_at TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_at TEXT,                  -- null: delivered, or given up
  delivered_at TEXT,
  failed_at TEXT,
  last_status INTEGER,
  last_error TEXT,
  UNIQUE (webhook_id, job_id, event)
);
CREATE INDEX deliveries_by_next ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_by_age ON deliveries (created_at);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, created_at);
CREATE INDEX deliveries_by_job ON deliveries (job_id);

-- In the transaction of the end itself, whoever ends the job: no end is lost between two statements.
CREATE TRIGGER job_end_is_told AFTER UPDATE OF status ON jobs
WHEN NEW.status IN ('succeeded', 'failed', 'canceled') AND NEW.status <> OLD.status
BEGIN
  INSERT INTO deliveries (id, webhook_id, job_id, event, created_at, next_at)
  SELECT 'msg' || lower(hex(randomblob(16))), webhooks.id, NEW.id, 'job.' || NEW.status, now.at, now.at
  FROM webhooks, (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS at) AS now
  WHERE webhooks.owner = NEW.owner AND webhooks.disabled_at IS NULL
    AND instr(' ' || webhooks.events || ' ', ' job.' || NEW.status || ' ') > 0
  ON CONFLICT (webhook_id, job_id, event) DO NOTHING;
END;

-- The last time of each thing that is counted or told: `sweep`, `webhook-failure`, `alarm:…`.
CREATE TABLE signals (
  name TEXT PRIMARY KEY,
  at TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
