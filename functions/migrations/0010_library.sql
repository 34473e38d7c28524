-- The library: names, favourites, a text to search in, and links for others. The code of before runs on it: a favourite
-- is kept by its `expires_at`, and triggers write and clear what that code does not know.

ALTER TABLE uploads ADD COLUMN name TEXT;                        -- the file's, as its sender told it
ALTER TABLE jobs ADD COLUMN title TEXT;
ALTER TABLE jobs ADD COLUMN picture_name TEXT;
ALTER TABLE jobs ADD COLUMN is_favorite INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN search TEXT;                         -- title, picture and prompt: NFC, small letters
ALTER TABLE jobs ADD COLUMN share_hash TEXT;                     -- SHA-256 of a link's token
ALTER TABLE jobs ADD COLUMN shared_until TEXT;

UPDATE jobs SET search = lower(json_extract(input, '$.prompt')) WHERE purged_at IS NULL;

-- Sums of days and pages of them; with status and money no row is read for a sum.
CREATE INDEX jobs_kept_by_day ON jobs (owner, day, id, status, billed_micro_won) WHERE deleted_at IS NULL;
CREATE INDEX jobs_deleted_by_owner ON jobs (owner, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX jobs_favorite_by_owner ON jobs (owner, id) WHERE is_favorite = 1 AND deleted_at IS NULL;
CREATE INDEX jobs_by_origin ON jobs (rerun_of, id) WHERE rerun_of IS NOT NULL;
CREATE UNIQUE INDEX jobs_by_share ON jobs (share_hash) WHERE share_hash IS NOT NULL;

CREATE TRIGGER job_is_searched AFTER INSERT ON jobs WHEN NEW.search IS NULL
BEGIN
  UPDATE jobs SET search = lower(json_extract(NEW.input, '$.prompt')) WHERE id = NEW.id;
END;

CREATE TRIGGER job_forgets_its_names AFTER UPDATE OF purged_at ON jobs
WHEN OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL
BEGIN
  UPDATE jobs SET title = NULL, picture_name = NULL, search = NULL, is_favorite = 0, share_hash = NULL,
    shared_until = NULL WHERE id = NEW.id;
END;
