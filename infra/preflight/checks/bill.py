"""Whether Modal's bill of the last days is what the database has booked. A difference is money that nobody counted.

`python run.py bill` shows the days themselves. Days with a small bill are not judged: a job of midnight is booked on
the day on which it was asked for, and Modal bills the hour.
"""

from collections.abc import Sequence
from datetime import timedelta

from infra.platforms.billing import MICRO, DayBill, bills, won
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding
from infra.reflection.release_log import read_log

DAYS = 7
LIMIT = 0.10
SMALL_WON = 1_000


def probe(ground: Ground) -> tuple[DayBill, ...]:
    """The last whole days; none before the first release."""
    log = read_log(ground.root).latest()
    if not any(row.outcome == "live" and row.environment == ground.target.name for row in log):
        return ()
    last = ground.today - timedelta(days=1)
    return tuple(bills(ground, last - timedelta(days=DAYS - 1), last))


def evaluate(days: Sequence[DayBill]) -> list[Finding]:
    return [
        Finding(
            "warning",
            f"on {day.day} Modal bills {won(day.modal)} won, and {won(day.booked)} won are booked ({day.drift:+.0%})",
            "look at which part differs: take today's prices, or read the logs of containers that did not report",
            (f"python run.py bill --day {day.day}", "python run.py prices"),
        )
        for day in days
        if max(day.modal, day.booked) >= SMALL_WON * MICRO and abs(day.drift) > LIMIT
    ]


CHECKS: Sequence[Check[tuple[DayBill, ...]]] = (
    Check(
        "bill",
        "Money",
        "Modal's bill is what was booked",
        "Modal 청구액이 장부와 같은지",
        probe,
        evaluate,
        needs="network",
    ),
)
