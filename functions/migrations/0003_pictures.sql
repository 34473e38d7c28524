-- An upload is read before it is accepted: where the picture lies that models see. Equal pictures are one object. Rows of
-- before have none and are read as they were uploaded.

ALTER TABLE uploads ADD COLUMN picture_key TEXT;
ALTER TABLE uploads ADD COLUMN picture_bytes INTEGER;
CREATE INDEX uploads_by_picture ON uploads (picture_key);
