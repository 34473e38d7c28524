-- The site decides how many cards work. A card is one call of the GPU service, whose container makes one clip after
-- another and asks for the next ticket. The release of before hands jobs over without cards, and its rows have none.

CREATE TABLE cards (
  id TEXT PRIMARY KEY,
  gpu TEXT NOT NULL,
  build TEXT NOT NULL,           -- of the site that opened it: a release gives no ticket to the cards of another
  job_id TEXT NOT NULL,          -- of its first ticket, with which it was opened
  attempt INTEGER NOT NULL,
  call_id TEXT,                  -- of its first ticket; null until the GPU service has accepted that
  container_id TEXT,             -- of its last question; null until the first one
  loaded TEXT NOT NULL DEFAULT '[]',
  opened_at TEXT NOT NULL,
  seen_at TEXT,                  -- its last question
  kept_until TEXT,               -- its first ticket was canceled, and it is wanted for other jobs
  closed_at TEXT
);
CREATE INDEX cards_open ON cards (gpu) WHERE closed_at IS NULL;
CREATE INDEX cards_by_end ON cards (closed_at) WHERE closed_at IS NOT NULL;

-- The card that the present attempt was given to, or that ended the job.
ALTER TABLE jobs ADD COLUMN card TEXT;
-- When the clip is wanted: its press and `within_seconds`. Null: whenever it is cheapest.
ALTER TABLE jobs ADD COLUMN wanted_at TEXT;
CREATE INDEX jobs_by_card ON jobs (card) WHERE card IS NOT NULL;
CREATE INDEX jobs_in_line ON jobs (gpu, owner, id) WHERE status = 'queued' AND handed_at IS NULL;

-- When a job of this owner was last given to a card: the order is fair between owners.
ALTER TABLE totals ADD COLUMN served_at TEXT;

-- Who works on an open page at the moment.
CREATE TABLE presence (
  owner TEXT PRIMARY KEY,
  at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX presence_by_time ON presence (at);
