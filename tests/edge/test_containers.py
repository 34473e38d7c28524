"""Containers report what they cost; a late, repeated or forged report changes nothing."""

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest

from gpu.core.pricing import price
from tests.edge.asking import problem
from tests.edge.edge import Edge, now
from tests.edge.failing import ago

Json = dict[str, Any]


def report(**fields: object) -> Json:
    """A container of ten minutes, two of them at work."""
    body: Json = {
        "container_id": f"ta-{secrets.token_hex(8)}",
        "gpu": "H200",
        "checkpoint": "ltx-2-19b",
        "deploy": "test",
        "opened_at": ago(minutes=10),
        "ready_at": ago(minutes=9),
        "closed_at": None,
        "at": now(),
        "boot_seconds": 60.0,
        "busy_seconds": 120.0,
        "idle_seconds": 420.0,
        "total_micro_won": 1_000_000_000,
        "jobs_micro_won": 250_000_000,
    }
    return body | fields


def stored(edge: Edge, sent: Json) -> Json:
    (row,) = edge.rows("SELECT * FROM containers WHERE container_id = ?", sent["container_id"])
    return row


def test_a_report_is_kept_with_what_no_attempt_paid_for(edge: Edge) -> None:
    sent = report()
    assert edge.send_report(sent).json() == {"applied": True}
    row = stored(edge, sent)
    assert {name: row[name] for name in sent} == sent
    opened = datetime.fromisoformat(sent["opened_at"]) + timedelta(hours=9)
    assert (row["unassigned_micro_won"], row["day"]) == (750_000_000, opened.date().isoformat())


def test_a_later_report_takes_the_place_and_an_earlier_one_does_not(edge: Edge) -> None:
    first = report(at=ago(minutes=2), total_micro_won=500_000_000)
    last = first | {"at": now(), "closed_at": now(), "total_micro_won": 900_000_000, "jobs_micro_won": 900_000_000}
    for sent in (first, first, last, first, last):
        assert edge.send_report(sent).status_code == 200
    row = stored(edge, first)
    assert (row["total_micro_won"], row["unassigned_micro_won"], row["closed_at"]) == (
        900_000_000,
        0,
        last["closed_at"],
    )


def test_a_container_that_is_silent_for_long_is_closed_at_its_last_report(edge: Edge) -> None:
    silent, heard = report(opened_at=ago(hours=3), ready_at=None, at=ago(hours=2)), report()
    for sent in (silent, heard):
        edge.send_report(sent)
    edge.sweep()
    assert (stored(edge, silent)["closed_at"], stored(edge, heard)["closed_at"]) == (silent["at"], None)
    # It was only out of reach: what it reports now is true.
    edge.send_report(silent | {"at": now(), "total_micro_won": 1_100_000_000})
    assert (stored(edge, silent)["closed_at"], stored(edge, silent)["total_micro_won"]) == (None, 1_100_000_000)


def test_no_container_costs_more_than_its_life(edge: Edge) -> None:
    second = price("H200", 0.0, 1.0).cold_start
    for opened_at, seconds in ((ago(minutes=10), 602), ("2001-01-01T00:00:00.000Z", 26 * 3_600)):
        sent = report(opened_at=opened_at, total_micro_won=999_000_000_000)
        edge.send_report(sent)
        assert 0 < stored(edge, sent)["total_micro_won"] <= seconds * second


def test_a_clock_that_is_ahead_names_no_time_to_come(edge: Edge) -> None:
    ahead = "2299-01-01T00:00:00.000Z"
    sent = report(opened_at=ahead, ready_at=ahead, closed_at=ahead, at=ahead)
    edge.send_report(sent)
    row = stored(edge, sent)
    assert max(row["opened_at"], row["ready_at"], row["closed_at"], row["at"]) <= now()


def test_a_forged_report(edge: Edge) -> None:
    sent = report()
    other = "whsec_" + b64encode(secrets.token_bytes(32)).decode("ascii")
    problem(edge.send_report(sent, secret=other), "event-unsigned")
    assert edge.rows("SELECT 1 FROM containers WHERE container_id = ?", sent["container_id"]) == []


@pytest.mark.parametrize(
    "spoil",
    [{"total_micro_won": -1}, {"total_micro_won": 2**53}, {"at": "2026-02-30T00:00:00.000Z"}, {"busy_seconds": "1"}],
)
def test_signed_but_not_a_report(edge: Edge, spoil: Json) -> None:
    problem(edge.send_report(report() | spoil), "invalid-job")
