-- The scene table: projects, their scenes, settings by name; and batches, many jobs at one press. The code of before
-- runs on it: each new column of a known table may be empty.

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  title TEXT NOT NULL,
  settings TEXT NOT NULL,                         -- JSON, SceneSettings of the contract
  changed_in TEXT NOT NULL DEFAULT '{}',          -- JSON: name of a setting, or `title` → the revision that wrote it last
  revision INTEGER NOT NULL DEFAULT 1,            -- grows with every change of the table
  writer TEXT,                                    -- the last change: of two at the same time, one writes nothing
  orders INTEGER NOT NULL DEFAULT 0,              -- grows with every batch: of two presses, one sees the other
  idempotency_key TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  deleted_at TEXT
);
CREATE INDEX projects_by_owner ON projects (owner, updated_at);
CREATE UNIQUE INDEX projects_by_key ON projects (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX projects_deleted ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE scenes (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  id TEXT NOT NULL,                               -- its sender's own
  position INTEGER NOT NULL,
  cells TEXT NOT NULL,                            -- JSON, the members of SceneCells that are not empty
  changed_in TEXT NOT NULL,                       -- JSON: name of a cell → the revision that wrote it last
  revision INTEGER NOT NULL,                      -- that changed it last, its removal included
  is_removed INTEGER NOT NULL DEFAULT 0,          -- 1: it can come back with all its cells
  PRIMARY KEY (project_id, id)
);

CREATE TABLE channel_presets (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  updated_at TEXT NOT NULL
);
CREATE INDEX channel_presets_by_owner ON channel_presets (owner, id);

ALTER TABLE batches ADD COLUMN project_id TEXT;
ALTER TABLE batches ADD COLUMN idempotency_key TEXT;
ALTER TABLE batches ADD COLUMN body_hash TEXT;
ALTER TABLE batches ADD COLUMN clips INTEGER NOT NULL DEFAULT 0;      -- as many as were asked for
ALTER TABLE batches ADD COLUMN most_micro_won INTEGER;                -- its owner's own limit for all its jobs
ALTER TABLE batches ADD COLUMN left_out TEXT NOT NULL DEFAULT '[]';   -- JSON, LeftOut of the contract
ALTER TABLE batches ADD COLUMN stopped TEXT;                          -- JSON: the problem that let in no more, in both languages
ALTER TABLE batches ADD COLUMN paused_at TEXT;
CREATE UNIQUE INDEX batches_by_key ON batches (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX batches_by_project ON batches (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX batches_paused ON batches (paused_at) WHERE paused_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN project_id TEXT;
ALTER TABLE jobs ADD COLUMN scene_id TEXT;
ALTER TABLE jobs ADD COLUMN scene_number INTEGER;                     -- the scene's place at the press
ALTER TABLE jobs ADD COLUMN input_hash TEXT;                          -- of what the scene said, the seed aside
ALTER TABLE jobs ADD COLUMN paused_at TEXT;                           -- it waits, and no card is given it
CREATE INDEX jobs_by_scene ON jobs (project_id, scene_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX jobs_by_batch ON jobs (batch_id, id) WHERE batch_id IS NOT NULL;

-- A picture lives as long as the last job made from it, and as long as a scene shows it.
CREATE INDEX scenes_by_first_picture ON scenes (json_extract(cells, '$.first_upload_id')) WHERE is_removed = 0;
CREATE INDEX scenes_by_last_picture ON scenes (json_extract(cells, '$.last_upload_id')) WHERE is_removed = 0;
DROP TRIGGER job_purged;
CREATE TRIGGER job_purged AFTER UPDATE OF purged_at ON jobs WHEN OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL
BEGIN
  INSERT INTO clearing (target, due_at) SELECT 'jobs/' || NEW.id || '/', NEW.purged_at
    WHERE NOT EXISTS (SELECT 1 FROM clearing WHERE target = 'jobs/' || NEW.id || '/');
  UPDATE uploads SET expires_at = NEW.purged_at
    WHERE expires_at > NEW.purged_at AND id IN (SELECT upload_id FROM job_uploads WHERE job_id = NEW.id)
      AND NOT EXISTS (SELECT 1 FROM job_uploads JOIN jobs ON jobs.id = job_uploads.job_id
        WHERE job_uploads.upload_id = uploads.id AND jobs.purged_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM scenes WHERE is_removed = 0 AND json_extract(cells, '$.first_upload_id') = uploads.id)
      AND NOT EXISTS (SELECT 1 FROM scenes WHERE is_removed = 0 AND json_extract(cells, '$.last_upload_id') = uploads.id);
END;

-- Changes of scene tables are counted by the hour too. SQLite cannot widen a CHECK in place, so the rows move over.
CREATE TABLE hourly_calls_with_tables (
  hour TEXT NOT NULL,
  counted TEXT NOT NULL CHECK (counted IN ('submit', 'upload', 'session', 'table')),
  caller TEXT NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (hour, counted, caller)
) WITHOUT ROWID;
INSERT INTO hourly_calls_with_tables SELECT hour, counted, caller, calls FROM hourly_calls;
DROP TABLE hourly_calls;
ALTER TABLE hourly_calls_with_tables RENAME TO hourly_calls;
