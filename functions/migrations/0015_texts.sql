-- Prompt help: a job that makes a text in place of a clip. It waits, reserves, is given to a card and is settled as any
-- other. The code of before runs on it: it makes clips alone.

ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'clip' CHECK (kind IN ('clip', 'text'));
ALTER TABLE jobs ADD COLUMN text TEXT;            -- as Gemma wrote it

-- The library's sums are of clips, and still read no row.
DROP INDEX jobs_kept_by_day;
CREATE INDEX jobs_kept_by_day ON jobs (owner, day, id, status, billed_micro_won, kind) WHERE deleted_at IS NULL;

CREATE TRIGGER job_forgets_its_text AFTER UPDATE OF purged_at ON jobs
WHEN OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL AND NEW.text IS NOT NULL
BEGIN
  UPDATE jobs SET text = NULL WHERE id = NEW.id;
END;

-- Webhooks tell of clips.
DROP TRIGGER job_end_is_told;
CREATE TRIGGER job_end_is_told AFTER UPDATE OF status ON jobs
WHEN NEW.status IN ('succeeded', 'failed', 'canceled') AND NEW.status <> OLD.status AND NEW.kind = 'clip'
BEGIN
  INSERT INTO deliveries (id, webhook_id, job_id, event, created_at, next_at)
  SELECT 'msg' || lower(hex(randomblob(16))), webhooks.id, NEW.id, 'job.' || NEW.status, now.at, now.at
  FROM webhooks, (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS at) AS now
  WHERE webhooks.owner = NEW.owner AND webhooks.disabled_at IS NULL
    AND instr(' ' || webhooks.events || ' ', ' job.' || NEW.status || ' ') > 0
  ON CONFLICT (webhook_id, job_id, event) DO NOTHING;
END;
