-- Where the faces of an uploaded picture are: a JSON list of parts in shares of its width and height, the largest first.
-- Rows of before, and of a release that does not look for faces, have none.

ALTER TABLE uploads ADD COLUMN faces TEXT;
