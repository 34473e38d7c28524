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
