-- An upload may be a sound, which a clip is made to. The code of before runs on it: it makes none, takes an unknown upload
-- for a picture that its worker refuses, and triggers write what it does not know.

ALTER TABLE uploads ADD COLUMN sound TEXT;        -- {"seconds", "channels"} of a sound; null of a picture

CREATE TRIGGER job_uses_sound AFTER INSERT ON jobs
WHEN json_extract(NEW.input, '$.sound_upload_id') IS NOT NULL
BEGIN
  INSERT INTO job_uploads (upload_id, job_id) SELECT json_extract(NEW.input, '$.sound_upload_id'), NEW.id;
END;
