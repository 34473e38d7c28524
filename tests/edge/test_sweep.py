"""The sweep on jobs without reports: reads the marker, asks the GPU service, waits, replaces, or gives up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.edge.asking import (
    at_once,
    leave_cards,
    ledger_of,
    put_marker,
    read,
    refused,
    row_of,
    submit,
    submit_and_dispatch,
    until,
)
from tests.edge.bodies import event, outcome
from tests.edge.conftest import LEASE_SECONDS
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu


def expire_and_sweep(edge: Edge, job_id: str) -> None:
    edge.expire_lease(job_id)
    edge.sweep()


def lost_once(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> str:
    """A job in its second attempt: the first began and was lost."""
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    until(lambda: row_of(edge, job_id)["call_id"] == f"{job_id}.2")
    return job_id


@pytest.fixture
def silent_gpu(gpu: FakeGpu) -> Iterator[FakeGpu]:
    gpu.answering = False
    yield gpu
    gpu.answering = True


def test_a_service_that_comes_back_gets_the_job(person: httpx.Client, edge: Edge, silent_gpu: FakeGpu) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    edge.sweep()
    assert row_of(edge, job_id)["dispatch_tries"] == 1, "not before its time"
    silent_gpu.answering = True
    expire_and_sweep(edge, job_id)
    assert [ticket["attempt"] for ticket in silent_gpu.tickets_of(job_id)] == [1]
    assert row_of(edge, job_id)["call_id"] == f"{job_id}.1"


@pytest.mark.usefixtures("silent_gpu")
def test_a_worker_at_work_proves_that_its_ticket_arrived(person: httpx.Client, edge: Edge) -> None:
    # The service took the ticket and only its answers get lost: what renders is not given up as unreachable.
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    expire_and_sweep(edge, job_id)
    assert edge.send_event(event(job_id, 1, "started")).status_code == 200
    expire_and_sweep(edge, job_id)
    assert (read(person, job_id)["status"], row_of(edge, job_id)["dispatch_tries"]) == ("running", 1)
    assert edge.send_event(event(job_id, 2, "ended", outcome=outcome(job_id))).status_code == 200
    assert read(person, job_id)["status"] == "succeeded"


def test_a_read_sweeps_the_readers_own_job(person: httpx.Client, edge: Edge, silent_gpu: FakeGpu) -> None:
    jobs: list[str] = []
    for _ in range(2):
        leave_cards(edge)
        jobs.append(submit(person)["id"])
        until(lambda: row_of(edge, jobs[-1])["dispatch_tries"] == 1)
    first, second = jobs
    silent_gpu.answering = True
    edge.expire_lease(first)
    read(person, first)
    until(lambda: row_of(edge, first)["call_id"] is not None)
    edge.expire_lease(second)
    person.get("/api/jobs")
    until(lambda: row_of(edge, second)["call_id"] is not None)


@pytest.mark.parametrize("state", ["pending", "running"])
def test_who_still_works_gets_a_longer_lease(person: httpx.Client, gpu: FakeGpu, edge: Edge, state: str) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    gpu.set_state(job_id, 1, state)
    before = datetime.now(UTC)
    expire_and_sweep(edge, job_id)
    row = row_of(edge, job_id)
    assert (row["status"], row["attempt"]) == ("queued", 1)
    # A whole lease: longer than the moment for which whoever looks has the job alone.
    assert datetime.fromisoformat(row["lease_until"]) >= before + timedelta(seconds=LEASE_SECONDS - 1)


@pytest.mark.parametrize("gone", ["gone", "finished", "forgotten"])
def test_a_lost_attempt_is_followed_by_one_with_the_same_seed(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, gone: str
) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    assert edge.send_event(event(job["id"], 1, "started")).status_code == 200
    if gone == "forgotten":
        gpu.forget(job["id"], 1)
    else:
        gpu.set_state(job["id"], 1, gone)
    expire_and_sweep(edge, job["id"])
    waiting = read(person, job["id"])
    assert (waiting["status"], waiting["stage"]) == ("queued", None)
    assert [attempt["outcome"] for attempt in waiting["attempts"]] == ["lost", "open"]
    first, second = gpu.tickets_of(job["id"])
    assert (second["attempt"], second["seed"]) == (2, first["seed"])
    refused(edge.send_event(event(job["id"], 7)), "other-attempt")
    assert edge.send_event(event(job["id"], 1, "started", attempt=2)).status_code == 200
    gpu.set_state(job["id"], 2, "gone")
    expire_and_sweep(edge, job["id"])
    ended = read(person, job["id"])
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/worker-lost")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["lost", "lost"]
    assert ended["cost"]["billed_micro_won"] == 0
    assert len(gpu.tickets_of(job["id"])) == 2


def test_a_delivered_clip_is_found_in_the_bucket(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    put_marker(edge, "done", outcome(job_id))
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    ended = read(person, job_id)
    assert (ended["status"], len(ended["attempts"])) == ("succeeded", 1)
    assert ledger_of(edge, job_id)["settle"] == outcome(job_id)["cost"]["micro_won"]
    # The event that was late is of no use any more, and does no harm.
    assert edge.send_event(event(job_id, 3, "ended", outcome=outcome(job_id))).status_code == 409
    assert len(ledger_of(edge, job_id)) == 3


def test_a_clip_of_the_lost_attempt_counts_after_all(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = lost_once(person, gpu, edge)
    first = outcome(job_id, attempt=1)
    put_marker(edge, "done", first)
    answer = edge.send_event(event(job_id, 1, "ended", attempt=2, outcome=first))
    assert answer.status_code == 200, answer.text
    ended = read(person, job_id)
    assert ended["status"] == "succeeded"
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["succeeded", "canceled"]
    assert ledger_of(edge, job_id)["settle"] == first["cost"]["micro_won"]


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_failure_is_found_in_the_bucket(person: httpx.Client, gpu: FakeGpu, edge: Edge, status: str) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    if status == "canceled":
        person.post(f"/api/jobs/{job_id}/cancel")
    put_marker(edge, "failed", outcome(job_id, status))
    expire_and_sweep(edge, job_id)
    assert read(person, job_id)["status"] == status


def test_an_old_attempts_failure_does_not_end_the_new_one(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = lost_once(person, gpu, edge)
    put_marker(edge, "failed", outcome(job_id, "failed", attempt=1))
    expire_and_sweep(edge, job_id)
    assert read(person, job_id)["status"] == "queued"


@pytest.mark.parametrize("where", ["gone", "running"])
def test_a_canceled_job_whose_worker_is_silent(person: httpx.Client, gpu: FakeGpu, edge: Edge, where: str) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    person.post(f"/api/jobs/{job_id}/cancel")
    gpu.set_state(job_id, 1, where)
    expire_and_sweep(edge, job_id)
    ended = read(person, job_id)
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("canceled", 0)
    assert len(gpu.tickets_of(job_id)) == 1


@pytest.mark.parametrize(("answering", "slug"), [(True, "deadline-exceeded"), (False, "gpu-unreachable")])
def test_no_attempt_lasts_for_ever(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, *, answering: bool, slug: str
) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    gpu.answering = answering
    try:
        expire_and_sweep(edge, job_id)
        assert read(person, job_id)["status"] == "running"
        edge.rows("UPDATE jobs SET deadline_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", job_id)
        expire_and_sweep(edge, job_id)
    finally:
        gpu.answering = True
    ended = read(person, job_id)
    assert (ended["status"], ended["problem"]["type"]) == ("failed", f"/problems/{slug}")
    assert ended["cost"]["billed_micro_won"] == 0


def test_many_sweeps_at_once_count_as_one_try(person: httpx.Client, edge: Edge, silent_gpu: FakeGpu) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    before = silent_gpu.submits
    edge.expire_lease(job_id)
    at_once(edge, person.build_request("GET", f"/api/jobs/{job_id}"), 12)
    until(lambda: row_of(edge, job_id)["dispatch_tries"] > 1)
    edge.sweep()
    assert (row_of(edge, job_id)["dispatch_tries"], silent_gpu.submits - before) == (2, 1)


def test_many_sweeps_at_once_make_one_attempt(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    gpu.set_state(job_id, 1, "gone")
    edge.expire_lease(job_id)
    at_once(edge, person.build_request("GET", f"/api/jobs/{job_id}"), 12)
    until(lambda: len(gpu.tickets_of(job_id)) == 2)
    assert row_of(edge, job_id)["attempt"] == 2
