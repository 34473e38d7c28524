"""Whether Modal's bill of the last days is what the database has booked. A difference is money that nobody counted.

`python run.py bill` shows the days themselves. Days with a small bill are not judged: a job of midnight is booked on
the day on which it was asked for, and Modal bills the hour.
"""

from collections.abc import Sequence
from datetime import timedelta

from infra.language import localized
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
            localized(
                ko=f"{day.day} Modal 청구액은 {won(day.modal)}원인데 장부에는 {won(day.booked)}원이 "
                f"적혀 있어요 ({day.drift:+.0%})",
                en=f"on {day.day} Modal bills {won(day.modal)} won, and {won(day.booked)} won are booked "
                f"({day.drift:+.0%})",
            ),
            localized(
                ko="어느 항목이 다른지 보세요. 오늘 단가를 받아 오거나, 보고하지 않은 컨테이너의 로그를 읽어 보세요",
                en="look at which part differs: take today's prices, or read the logs of containers that did not "
                "report",
            ),
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
