-- Clips that a browser made before its person was known move to that person's owner once: a row for each such move.
CREATE TABLE claims (
  earlier_owner TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;

-- On a public site: how often a session, and an address as a digest that changes by the hour, called within this hour.
CREATE TABLE hourly_calls (
  hour TEXT NOT NULL,
  counted TEXT NOT NULL CHECK (counted IN ('submit', 'upload', 'session')),
  caller TEXT NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (hour, counted, caller)
) WITHOUT ROWID;

-- What changes its owner takes its part of the running sums along.
CREATE TRIGGER ledger_claimed AFTER UPDATE OF owner ON ledger WHEN OLD.owner <> NEW.owner
BEGIN
  INSERT INTO day_totals (owner, day) SELECT NEW.owner, NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = NEW.owner AND day = NEW.day);
  UPDATE day_totals SET micro_won = micro_won + NEW.micro_won WHERE owner = NEW.owner AND day = NEW.day;
  UPDATE day_totals SET micro_won = micro_won - OLD.micro_won WHERE owner = OLD.owner AND day = OLD.day;
END;

CREATE TRIGGER job_claimed AFTER UPDATE OF owner ON jobs WHEN OLD.owner <> NEW.owner
BEGIN
  INSERT INTO day_totals (owner, day) SELECT NEW.owner, NEW.day
    WHERE NOT EXISTS (SELECT 1 FROM day_totals WHERE owner = NEW.owner AND day = NEW.day);
  UPDATE day_totals SET jobs = jobs + 1, estimate_micro_won = estimate_micro_won + NEW.estimate_micro_won,
    billed_micro_won = billed_micro_won + COALESCE(NEW.billed_micro_won, 0),
    held_micro_won = held_micro_won + (NEW.status IN ('queued', 'running')) * NEW.reserved_micro_won
    WHERE owner = NEW.owner AND day = NEW.day;
  UPDATE day_totals SET jobs = jobs - 1, estimate_micro_won = estimate_micro_won - OLD.estimate_micro_won,
    billed_micro_won = billed_micro_won - COALESCE(OLD.billed_micro_won, 0),
    held_micro_won = held_micro_won - (OLD.status IN ('queued', 'running')) * OLD.reserved_micro_won
    WHERE owner = OLD.owner AND day = OLD.day;
  INSERT INTO totals (owner) SELECT NEW.owner WHERE NOT EXISTS (SELECT 1 FROM totals WHERE owner = NEW.owner);
  UPDATE totals SET open_jobs = open_jobs + (NEW.status IN ('queued', 'running')) WHERE owner = NEW.owner;
  UPDATE totals SET open_jobs = open_jobs - (OLD.status IN ('queued', 'running')) WHERE owner = OLD.owner;
END;

CREATE TRIGGER upload_claimed AFTER UPDATE OF owner ON uploads WHEN OLD.owner <> NEW.owner
BEGIN
  INSERT INTO totals (owner) SELECT NEW.owner WHERE NOT EXISTS (SELECT 1 FROM totals WHERE owner = NEW.owner);
  UPDATE totals SET uploads = uploads + 1, upload_bytes = upload_bytes + COALESCE(NEW.picture_bytes, NEW.bytes)
    WHERE owner = NEW.owner;
  UPDATE totals SET uploads = uploads - 1, upload_bytes = upload_bytes - COALESCE(OLD.picture_bytes, OLD.bytes)
    WHERE owner = OLD.owner;
END;
