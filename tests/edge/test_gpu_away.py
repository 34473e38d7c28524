"""A GPU service that is away, hangs, or is somebody else: jobs wait for it, and no answer but its own ends one."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.edge.asking import ledger_of, put_marker, read, row_of, submit, submit_and_dispatch, until
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge
from tests.edge.failing import ago, end_its_time, expire_and_sweep, make_older, running
from tests.edge.fake_gpu import FakeGpu


@pytest.fixture
def away(gpu: FakeGpu) -> Iterator[FakeGpu]:
    """Refuses everything, until the test lets it answer."""
    gpu.answering = False
    yield gpu
    gpu.answering, gpu.swallowing, gpu.hanging, gpu.override = True, False, False, None


def test_a_job_waits_a_quarter_of_an_hour_for_a_service_that_refuses(
    person: httpx.Client, edge: Edge, away: FakeGpu
) -> None:
    job = submit(person)
    until(lambda: row_of(edge, job["id"])["dispatch_tries"] == 1)
    for tries in range(2, 9):
        expire_and_sweep(edge, job["id"])
        row = row_of(edge, job["id"])
        assert (row["status"], row["dispatch_tries"]) == ("queued", tries)
    make_older(edge, job["id"], minutes=16)
    expire_and_sweep(edge, job["id"])
    ended = read(person, job["id"])
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/gpu-unreachable")
    assert (ended["cost"]["billed_micro_won"], ended["problem"]["charged_micro_won"]) == (0, 0)
    assert sum(ledger_of(edge, job["id"]).values()) == 0
    submits = away.submits
    edge.sweep()
    assert away.submits == submits, "nobody asks again for a job that has ended"


def test_a_service_that_starts_no_container_for_now_holds_jobs_back(
    person: httpx.Client, edge: Edge, away: FakeGpu
) -> None:
    away.problem = {"type": "/problems/starts-failing", "detail": "Three starts were lost."}
    try:
        job_id = submit(person)["id"]
        until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
        make_older(edge, job_id, minutes=60)
        expire_and_sweep(edge, job_id)
        assert read(person, job_id)["status"] == "queued"
        end_its_time(edge, job_id)
        expire_and_sweep(edge, job_id)
    finally:
        away.problem = {}
    assert read(person, job_id)["problem"]["type"] == "/problems/starts-failing"


def test_a_lost_answer_is_followed_by_a_look_at_the_marker(person: httpx.Client, edge: Edge, away: FakeGpu) -> None:
    away.swallowing = True
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    put_marker(edge, "done", outcome(job_id))
    expire_and_sweep(edge, job_id)
    assert read(person, job_id)["status"] == "succeeded"


def test_a_clip_that_appears_after_the_end_takes_its_place(person: httpx.Client, edge: Edge, away: FakeGpu) -> None:
    job = submit(person)
    until(lambda: row_of(edge, job["id"])["dispatch_tries"] == 1)
    make_older(edge, job["id"], minutes=16)
    expire_and_sweep(edge, job["id"])
    assert read(person, job["id"])["status"] == "failed"
    assert away.answering is False
    done = outcome(job["id"])
    assert edge.send_event(event(job["id"], 9, "ended", outcome=done)).status_code == 200
    ended = read(person, job["id"])
    assert (ended["status"], ended["problem"]) == ("succeeded", None)
    reserved, used = job["cost"]["reserved_micro_won"], done["cost"]["micro_won"]
    assert ended["cost"]["billed_micro_won"] == used
    assert ledger_of(edge, job["id"]) == {"reserve": reserved, "release": -reserved, "settle": used}


@pytest.fixture
def people(edge: Edge) -> Iterator[list[httpx.Client]]:
    with ExitStack() as stack:
        yield [stack.enter_context(edge.person()) for _ in range(4)]


def test_a_hanging_service_is_asked_once_in_a_sweep_and_markers_come_first(
    people: list[httpx.Client], gpu: FakeGpu, edge: Edge, away: FakeGpu
) -> None:
    away.answering = True
    jobs = [submit_and_dispatch(person, gpu, edge)["id"] for person in people for _ in range(3)]
    delivered = submit_and_dispatch(people[0], gpu, edge)["id"]
    put_marker(edge, "done", outcome(delivered))
    for number, job_id in enumerate([*jobs, delivered]):
        edge.rows("UPDATE jobs SET lease_until = ?2 WHERE id = ?1", job_id, f"2020-01-01T00:00:{number:02d}.000Z")
    away.asked.clear()
    away.hanging = True
    edge.sweep()
    away.hanging = False
    assert read(people[0], delivered)["status"] == "succeeded"
    until(lambda: bool(away.asked))
    assert len(away.asked) <= 5, "no question after the first that got no answer; a few are on their way by then"
    assert {row_of(edge, job_id)["status"] for job_id in jobs} == {"queued"}


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (404, "text/plain", b"modal-http: app for invoked web endpoint is stopped"),
        (404, "application/json", b'{"type": "/problems/call-not-found"}'),
        (404, "application/problem+json", b'{"type": "/problems/route-not-found"}'),
        (404, "application/problem+json", b'{"type": "call-not-found"}'),
        (200, "application/json", b"null"),
        (500, "text/html", b"<h1>oops</h1>"),
        (302, "text/html", b""),
    ],
)
def test_only_the_services_own_word_means_gone(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, away: FakeGpu, status: int, kind: str, body: bytes
) -> None:
    away.answering = True
    job_id = running(person, gpu, edge)
    away.override = (status, kind, body)
    expire_and_sweep(edge, job_id)
    row = row_of(edge, job_id)
    assert (row["status"], row["attempt"]) == ("running", 1)


def test_an_endless_answer_is_not_read_to_its_end(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, away: FakeGpu
) -> None:
    away.answering = True
    job_id = running(person, gpu, edge)
    away.override = (200, "application/json", b" " * (64 * 1024 + 1) + b"{}")
    expire_and_sweep(edge, job_id)
    assert row_of(edge, job_id)["attempt"] == 1
    assert "longer than" in edge.process.log_tail()


def test_a_late_look_finds_what_came_after_the_end(person: httpx.Client, edge: Edge, away: FakeGpu) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    make_older(edge, job_id, minutes=16)
    expire_and_sweep(edge, job_id)
    put_marker(edge, "done", outcome(job_id))
    edge.sweep()
    assert read(person, job_id)["status"] == "failed", "not before its time"
    edge.rows("UPDATE jobs SET look_again_at = ?2 WHERE id = ?1", job_id, ago(seconds=1))
    edge.sweep()
    assert read(person, job_id)["status"] == "succeeded"
    assert row_of(edge, job_id)["look_again_at"] is None
    assert away.answering is False
