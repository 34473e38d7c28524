-- A clip's last frame, kept as a picture, and which clip a job goes on from. The code of before runs on it: it writes none,
-- and triggers set and clear what that code does not know.

ALTER TABLE jobs ADD COLUMN last_frame TEXT;      -- as the marker names it
ALTER TABLE jobs ADD COLUMN continues TEXT;       -- the job whose last frame it begins with
ALTER TABLE uploads ADD COLUMN from_job TEXT;     -- the job whose last frame it is

CREATE TRIGGER job_continues AFTER INSERT ON job_uploads
WHEN (SELECT from_job FROM uploads WHERE id = NEW.upload_id) IS NOT NULL
BEGIN
  UPDATE jobs SET continues = (SELECT from_job FROM uploads WHERE id = NEW.upload_id)
  WHERE id = NEW.job_id
    AND NEW.upload_id IN (json_extract(input, '$.upload_id'), json_extract(input, '$.first_upload_id'));
END;

CREATE TRIGGER job_forgets_its_last_frame AFTER UPDATE OF purged_at ON jobs
WHEN OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL
BEGIN
  UPDATE jobs SET last_frame = NULL WHERE id = NEW.id;
END;
