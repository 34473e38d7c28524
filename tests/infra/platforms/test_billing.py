"""Modal's bill beside the ledger, to the won: Modal's own program prints a recorded report, SQLite has the rows."""

import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gpu.core.hardware import WON_PER_USD
from infra.platforms import billing
from infra.platforms.billing import MICRO, DayBill, bills, lines_of, modal_days
from infra.platforms.programs import STAND_INS
from infra.preflight.checks import bill
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.settings import ROOT

# Hours of UTC: 14:00 is 23:00 in Seoul, 15:00 the next day's first hour. Only Modal's answer is replaced: its program
# reads the command line and prints the rows.
MODAL = """
from datetime import UTC, datetime
from decimal import Decimal

import modal.cli.billing as program
from modal.__main__ import main
from modal.types import BillingReportItem

HOURS = ((13, "1.25"), (14, "0.5000004"), (15, "2.75"))


def item(object_id, app, environment, hour, cost):
    at = datetime(2026, 11, 24, hour, tzinfo=UTC)
    return BillingReportItem(object_id, app, environment, at, Decimal(cost), {}, {})


class Billing:
    async def report(self, **_):
        ours = [item("ap-1", "clipwright", "main", hour, cost) for hour, cost in HOURS]
        preview = item("ap-2", "clipwright", "preview", 14, "9")
        return [*ours, preview, item("ap-3", "something else", "main", 14, "9")]


class Workspace:
    billing = Billing()

    @classmethod
    def from_context(cls):
        return cls()


program._Workspace = Workspace
main()
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "modal_reports.py").write_text(MODAL, encoding="utf-8")
    # The stand-in is called modal.py, which must not hide the package of that name.
    starts = "import runpy, sys; folder = sys.path.pop(0); runpy.run_path(folder + '/modal_reports.py')"
    (tmp_path / "modal.py").write_text(starts, encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "dollars"),
    [("production", {"2026-11-24": "1.7500004", "2026-11-25": "2.75"}), ("preview", {"2026-11-24": "9"})],
)
def test_hours_of_one_app_become_days_of_seoul_to_the_micro_won(
    programs: Path, environment: str, dollars: dict[str, str]
) -> None:
    del programs
    found = modal_days(ground_of(ROOT, environment), date(2026, 11, 24), date(2026, 11, 25))
    assert found == {day: round(Decimal(cost) * WON_PER_USD * MICRO) for day, cost in dollars.items()}


D1 = """
CREATE TABLE ledger (job_id TEXT, kind TEXT, owner TEXT, day TEXT, micro_won INTEGER);
CREATE TABLE containers (container_id TEXT, day TEXT, total_micro_won INTEGER, unassigned_micro_won INTEGER);
INSERT INTO ledger VALUES ('a', 'reserve', 'me', '2026-11-24', 128000000),
  ('a', 'release', 'me', '2026-11-24', -128000000),
  ('a', 'settle', 'me', '2026-11-24', 37600001), ('b', 'loss', 'site', '2026-11-24', 121000000),
  ('c', 'settle', 'me', '2026-11-25', 5), ('d', 'settle', 'me', '2026-11-26', 7);
INSERT INTO containers VALUES ('x', '2026-11-24', 300000000, 140000000), ('y', '2026-11-24', 2000000, 2000000);
"""
WRANGLER = """
import json, sqlite3, sys
database = sqlite3.connect(":memory:")
database.row_factory = sqlite3.Row
database.executescript({schema!r})
rows = [dict(row) for row in database.execute(sys.argv[sys.argv.index("--command") + 1])]
print("a note", json.dumps([{{"results": rows, "success": True, "meta": {{}}}}]))
"""


def test_a_day_is_laid_side_by_side(programs: Path) -> None:
    (programs / "wrangler.py").write_text(WRANGLER.format(schema=D1), encoding="utf-8")
    ground = ground_of(ROOT, "production")
    first, second = bills(ground, date(2026, 11, 24), date(2026, 11, 25))
    paid = round(Decimal("1.7500004") * WON_PER_USD * MICRO)
    assert first == DayBill("2026-11-24", paid, 37_600_001, 121_000_000, 302_000_000, 142_000_000)
    assert first.booked == 300_600_001
    assert (second.day, second.booked, second.containers) == ("2026-11-25", 5, 0)
    shown = "\n".join(lines_of([first, second]))
    assert f"{paid / MICRO:,.0f}" in shown and "301" in shown and "142" in shown


def test_a_bill_that_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "modal.py").write_text("print('token expired'); raise SystemExit(1)", encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(tmp_path))
    with pytest.raises(InfraError, match="Modal's bill cannot be read: token expired"):
        bills(ground_of(ROOT, "production"), date(2026, 11, 24), date(2026, 11, 24))


@pytest.mark.parametrize(
    ("paid", "booked", "is_found"),
    [(10_000, 10_000, False), (10_000, 9_000, False), (10_000, 8_999, True), (10_000, 11_001, True), (0, 5_000, True),
     (900, 0, False), (5_000, 0, True)],
)  # fmt: skip
def test_more_than_a_tenth_is_a_finding_that_blocks_nothing(paid: int, booked: int, is_found: bool) -> None:
    found = bill.evaluate([DayBill("2026-11-24", modal=paid * MICRO, billed=booked * MICRO)])
    assert [finding.severity for finding in found] == (["warning"] if is_found else [])


def test_the_statement_is_one_that_the_products_own_schema_takes() -> None:
    with sqlite3.connect(":memory:") as database:
        for path in sorted((ROOT / "functions" / "migrations").glob("*.sql")):
            database.executescript(path.read_text(encoding="utf-8"))
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        part = billing.STATEMENT if "containers" in tables else billing.STATEMENT.partition("UNION")[0]
        assert database.execute(part.format(first="2026-11-24", last="2026-11-24")).fetchall() == []
    database.close()
