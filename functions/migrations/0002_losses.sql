-- What an attempt cost, whoever pays for it, and what a job's attempts cost beyond what its owner is billed: the site's own
-- loss, a row of its own kind under the owner 'site'.

ALTER TABLE attempts ADD COLUMN micro_won INTEGER;

-- SQLite cannot widen a CHECK in place, so the rows move over.
CREATE TABLE ledger_with_losses (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'release', 'settle', 'loss')),
  owner TEXT NOT NULL,
  day TEXT NOT NULL,
  micro_won INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (job_id, kind)
) WITHOUT ROWID;
INSERT INTO ledger_with_losses SELECT job_id, kind, owner, day, micro_won, at FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_with_losses RENAME TO ledger;
CREATE INDEX ledger_by_day ON ledger (day, owner, micro_won);
