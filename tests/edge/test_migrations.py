"""The effect of a migration on existing rows. Preflight checks the order of the files."""

import sqlite3
from collections.abc import Generator

import pytest

from infra.settings import ROOT

MIGRATIONS = sorted((ROOT / "functions" / "migrations").glob("*.sql"))
RESERVED = ("job-0001", "reserve", "somebody", "2026-11-23", 172, "2026-11-23T00:00:00.000Z")
INSERT = "INSERT INTO ledger (job_id, kind, owner, day, micro_won, at) VALUES (?, ?, ?, ?, ?, ?)"
JOB = """INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
  reserved_micro_won, price_rev, lease_until) VALUES ('job-0001', 'somebody', 'queued', 't', 't', 'd', '{}', '[]', 7,
  'H200', 56, 172, 'r', 't')"""


@pytest.fixture
def database() -> Generator[sqlite3.Connection]:
    """A database at the first migration, with a job and its reservation, then brought to the newest one."""
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA foreign_keys = ON")
    first, *others = [path.read_text(encoding="utf-8") for path in MIGRATIONS]
    database.executescript(first)
    database.execute(JOB)
    database.execute(INSERT, RESERVED)
    for sql in others:
        database.executescript(sql)
    yield database
    database.close()


def test_money_that_was_there_stays(database: sqlite3.Connection) -> None:
    assert database.execute("SELECT job_id, kind, owner, day, micro_won, at FROM ledger").fetchall() == [RESERVED]
    indexes = database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'ledger'").fetchall()
    assert ("ledger_by_day",) in indexes


@pytest.mark.parametrize("kind", ["reserve", "loss", "gift"])
def test_a_job_has_one_row_of_each_known_kind(database: sqlite3.Connection, kind: str) -> None:
    row = (RESERVED[0], kind, *RESERVED[2:])
    if kind == "loss":
        database.execute(INSERT, row)
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(INSERT, row)


def test_a_row_needs_its_job(database: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(INSERT, ("job-0002", *RESERVED[1:]))
