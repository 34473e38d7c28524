"""A worker's machine whose disk is full or whose clock is off: its jobs go on elsewhere or later, and none fails."""

import pytest

from infra.process.waiting import wait_until
from tests.drills.conftest import Size
from tests.drills.crowd import Crowd
from tests.drills.drilled_stack import Drilled
from tests.drills.ends import count_ends
from tests.drills.figures import Figures

PER_SECOND = 20.0
MINUTE = 60


def test_a_full_disk_fails_no_job(drilled: Drilled, size: Size, figures: Figures) -> None:
    count = size.of(2, 10)
    with Crowd(drilled, owners=2) as crowd:
        drilled.break_worker(disk_is_full=True)
        try:
            crowd.submit(count, PER_SECOND)
            wait_until(
                lambda: drilled.sweep() and tried(crowd) > 0,
                what="the first job to meet the full disk",
                moved=drilled.stack.gpu_activity,
                every=0.5,
            )
            for _ in range(size.of(5, 30)):
                drilled.sweep()
        finally:
            drilled.break_worker()
        count_ends(figures, crowd, crowd.wait())
    figures.judge()


def tried(crowd: Crowd) -> int:
    """Jobs of which a worker has spoken."""
    rows = crowd.jobs().values()
    return sum(row["attempt"] > 1 or bool(row["started_at"] or row["finished_at"]) for row in rows)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_clock_that_is_off_fails_no_job(drilled: Drilled, size: Size, figures: Figures, minutes: int) -> None:
    """Short of the five minutes by which a signature may be off: it is the times in the bodies that are wrong."""
    drilled.break_worker(clock_is_off_by=minutes * MINUTE - (10 if minutes > 0 else -10))
    try:
        drilled.new_worker()
        with Crowd(drilled, owners=2) as crowd:
            crowd.submit(size.of(2, 20), PER_SECOND)
            jobs = crowd.wait()
            count_ends(figures, crowd, jobs)
            odd = [
                job_id
                for job_id, row in jobs.items()
                if not row["created_at"] <= (row["started_at"] or row["created_at"]) <= (row["finished_at"] or "")
            ]
            figures.look_for("finished before begun", odd)
    finally:
        drilled.break_worker()
        drilled.new_worker()
    figures.judge()
