"""A bucket on a bad day, seen from the GPU side: the clips come later, none fails and none is made twice in vain."""

import time

import pytest

from tests.drills.bucket_proxy import Kind
from tests.drills.conftest import Size
from tests.drills.crowd import Crowd
from tests.drills.drilled_stack import Drilled
from tests.drills.ends import count_ends
from tests.drills.figures import Figures

PER_SECOND = 20.0
FEW_TIMES = 3
"""Faults in a row that a client of a storage is expected to sit out by itself."""


@pytest.mark.parametrize("kind", ["refuses", "slow", "cuts uploads", "cuts downloads"])
def test_a_few_faults_of_the_bucket_cost_no_attempt(drilled: Drilled, size: Size, figures: Figures, kind: Kind) -> None:
    with Crowd(drilled, owners=2) as crowd:
        upload_id = crowd.upload()
        jobs = crowd.jobs()
        for _ in range(size.of(1, 5)):
            before = drilled.proxy.suffered
            drilled.proxy.suffer(kind, FEW_TIMES)
            crowd.submit(size.of(2, 4), PER_SECOND, owner=0, upload_id=upload_id)
            jobs = crowd.wait()
            drilled.proxy.recover()
            figures.count(faults_met=drilled.proxy.suffered - before)
        count_ends(figures, crowd, jobs)
        figures.look_for("second attempts", [job_id for job_id, row in jobs.items() if row["attempt"] > 1])
        figures.look_for("drills without a fault", [] if figures.done["faults met"] else [kind])
    figures.judge()


@pytest.mark.parametrize("kind", ["away", "refuses"])
@pytest.mark.parametrize("round_of", [0, 1], ids=["shorter", "longer"])
def test_a_bucket_that_is_out_of_reach_for_minutes_costs_no_clip(
    drilled: Drilled, size: Size, figures: Figures, kind: Kind, round_of: int
) -> None:
    seconds = (size.of(6, 90), size.of(12, 180))[round_of]
    with Crowd(drilled, owners=4) as crowd:
        drilled.proxy.suffer(kind)
        crowd.submit(size.of(4, 20), PER_SECOND)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            drilled.sweep()
            time.sleep(1.0)
        drilled.proxy.recover()
        figures.count(seconds_away=seconds)
        count_ends(figures, crowd, crowd.wait())
    figures.judge()
