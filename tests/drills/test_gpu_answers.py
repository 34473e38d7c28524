"""A GPU service that hangs, lies or is not itself: no job ends by it, nothing is charged, and the clip comes later."""

from collections.abc import Iterator

import pytest

from tests.drills.conftest import Size
from tests.drills.figures import Figures
from tests.drills.invariants import faults_now
from tests.drills.lying_gpu import LIES, LyingGpu
from tests.edge.asking import leave_cards, row_of, submit, until
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge

LAST_SEQ = 9


@pytest.fixture(autouse=True)
def honest_again(drilled_edge: Edge, gpu: LyingGpu) -> Iterator[None]:
    leave_cards(drilled_edge)
    yield
    gpu.stop_lying()


def look(edge: Edge, job_id: str) -> None:
    """The sweep looks at a job that nobody has heard of for long."""
    edge.expire_lease(job_id)
    edge.sweep()


def deliver(edge: Edge, job_id: str) -> None:
    body = outcome(job_id)
    edge.put(body["video_key"], b"v" * body["video"]["bytes"], "video/mp4")
    edge.put(body["poster_key"], b"p" * body["poster"]["bytes"], "image/jpeg")
    assert edge.send_event(event(job_id, LAST_SEQ, "ended", outcome=body)).status_code == 200


@pytest.mark.parametrize("has_begun", [False, True], ids=["before the ticket arrives", "while it is rendered"])
@pytest.mark.parametrize("lie", LIES)
def test_no_answer_of_a_lying_service_ends_a_job(
    drilled_edge: Edge, gpu: LyingGpu, size: Size, figures: Figures, lie: str, has_begun: bool
) -> None:
    edge = drilled_edge
    with edge.person() as person:
        if has_begun:
            job_id = submit(person)["id"]
            until(lambda: row_of(edge, job_id)["call_id"] is not None)
            assert edge.send_event(event(job_id, 1, "started")).status_code == 200
            gpu.begin(LIES[lie])
        else:
            gpu.begin(LIES[lie])
            job_id = submit(person)["id"]
        looks = 1 if lie == "hangs" and not size.is_whole else size.of(3, 6)
        for _ in range(looks):
            look(edge, job_id)
        gpu.stop_lying()
        figures.count(jobs=1, looks=looks)
        row = row_of(edge, job_id)
        is_open = row["status"] in ("queued", "running")
        figures.look_for("ended by a lie", [] if is_open else [f"{row['status']}, {row['problem_slug']}"])
        figures.look_for("replaced by a lie", [f"attempt {row['attempt']}"] if row["attempt"] > 1 else [])
        figures.judge()
        look(edge, job_id)
        until(lambda: row_of(edge, job_id)["call_id"] is not None)
        deliver(edge, job_id)
        figures.look_for("wrong in the database", faults_now(edge))
        assert person.get(f"/api/jobs/{job_id}").json()["status"] == "succeeded"
    figures.judge()
