"""The effect of a migration on existing rows. Preflight checks the order of the files."""

import sqlite3
from collections.abc import Generator

import pytest

from infra.settings import ROOT

MIGRATIONS = sorted((ROOT / "functions" / "migrations").glob("*.sql"))
RESERVED = ("job-0001", "reserve", "somebody", "2026-11-23", 172, "2026-11-23T00:00:00.000Z")
INSERT = "INSERT INTO ledger (job_id, kind, owner, day, micro_won, at) VALUES (?, ?, ?, ?, ?, ?)"
JOB = """INSERT INTO jobs (id, owner, status, created_at, expires_at, day, input, inputs, seed, gpu, estimate_micro_won,
  reserved_micro_won, price_rev, lease_until)
  VALUES ('job-0001', 'somebody', 'queued', 't', 't', '2026-11-23', '{"upload_id":"upload-01"}', '[]', 7, 'H200', 56,
    172, 'r', 't')"""

UPLOAD = """INSERT INTO uploads (id, owner, content_type, bytes, width, height, created_at, expires_at)
  VALUES ('upload-01', 'somebody', 'image/png', 9, 64, 96, 't', 't')"""


@pytest.fixture
def database() -> Generator[sqlite3.Connection]:
    """A database at the first migration, with a job and its reservation, then brought to the newest one."""
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA foreign_keys = ON")
    first, *others = [path.read_text(encoding="utf-8") for path in MIGRATIONS]
    database.executescript(first)
    database.execute(JOB)
    database.execute(INSERT, RESERVED)
    database.execute(UPLOAD)
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


def test_the_sums_begin_with_what_was_there(database: sqlite3.Connection) -> None:
    assert database.execute("SELECT owner, day, micro_won FROM day_totals WHERE micro_won <> 0").fetchall() == [
        ("*", "2026-11-23", 172),
        ("somebody", "2026-11-23", 172),
    ]
    held = "SELECT jobs, estimate_micro_won, billed_micro_won, held_micro_won FROM day_totals WHERE jobs > 0"
    assert database.execute(held).fetchall() == [(1, 56, 0, 172)]
    sums = "SELECT owner, open_jobs, uploads, upload_bytes FROM totals ORDER BY owner"
    assert database.execute(sums).fetchall() == [("*", 1, 1, 9), ("somebody", 1, 1, 9)]
    assert database.execute("SELECT * FROM job_uploads").fetchall() == [("upload-01", "job-0001")]


def test_a_month_s_sums_hold_the_jobs_that_were_there(database: sqlite3.Connection) -> None:
    sums = "SELECT owner, day, gpu, jobs, delivered, clips_micro_won FROM usage_totals ORDER BY owner"
    assert database.execute(sums).fetchall() == [
        ("*", "2026-11-23", "H200", 1, 0, 0),
        ("somebody", "2026-11-23", "H200", 1, 0, 0),
    ]
    database.execute("UPDATE jobs SET status = 'succeeded', billed_micro_won = 50, cost = '{}' WHERE id = 'job-0001'")
    assert database.execute(sums).fetchall()[1] == ("somebody", "2026-11-23", "H200", 1, 1, 50)


def test_the_sums_follow_the_statements_of_the_release_before(database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO ledger SELECT job_id, 'release', owner, day, -172, at FROM ledger WHERE TRUE"
                     " ON CONFLICT (job_id, kind) DO NOTHING")  # fmt: skip
    database.execute(
        "UPDATE jobs SET status = 'canceled', finished_at = '2026-11-23T01:02:03.000Z' WHERE id = 'job-0001'"
    )
    database.execute("DELETE FROM uploads")
    assert database.execute("SELECT SUM(open_jobs), SUM(uploads), SUM(upload_bytes) FROM totals").fetchone() == (
        0,
        0,
        0,
    )
    assert database.execute("SELECT DISTINCT micro_won FROM day_totals").fetchall() == [(0,)]
    assert database.execute("SELECT owner, hour, undone FROM hour_totals").fetchall() == [
        ("somebody", "2026-11-23T01", 1)
    ]
    assert database.execute("SELECT target FROM clearing").fetchall() == [("inputs/upload-01",)]


def test_an_operator_s_own_cap_stays(database: sqlite3.Connection) -> None:
    first, *others = [path.read_text(encoding="utf-8") for path in MIGRATIONS]
    with sqlite3.connect(":memory:") as own:
        own.executescript(first)
        own.execute("UPDATE limits SET micro_won = 7000000000 WHERE name = 'owner_day'")
        for sql in others:
            own.executescript(sql)
        assert own.execute("SELECT micro_won FROM limits WHERE name = 'owner_day'").fetchone() == (7_000_000_000,)
    own.close()
    (default,) = database.execute("SELECT micro_won FROM limits WHERE name = 'owner_day'").fetchone()
    assert default == 60_000_000_000


def test_a_job_of_before_cards_waits_for_one_without_a_deadline(database: sqlite3.Connection) -> None:
    waiting = "SELECT card, wanted_at FROM jobs INDEXED BY jobs_in_line WHERE status = 'queued' AND handed_at IS NULL"
    database.execute("UPDATE jobs SET handed_at = NULL")
    assert database.execute(waiting).fetchall() == [(None, None)]
    assert database.execute("SELECT DISTINCT served_at FROM totals").fetchall() == [(None,)]
