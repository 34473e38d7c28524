"""Attempts that nobody began: sent again under the same number for as long as a job may wait; no try is used up."""

import httpx
import pytest

from tests.edge.asking import ledger_of, read, row_of, submit_and_dispatch, until
from tests.edge.bodies import event
from tests.edge.edge import Edge
from tests.edge.failing import end_its_time, expire_and_sweep, lose
from tests.edge.fake_gpu import FakeGpu


@pytest.mark.parametrize("how", ["gone", "forgotten"])
def test_a_call_that_nobody_began_is_sent_again_as_the_same_attempt(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, how: str
) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    for times in range(2, 8):
        if how == "forgotten":
            gpu.forget(job_id, 1)
        else:
            gpu.set_state(job_id, 1, "gone")
        expire_and_sweep(edge, job_id)
        if row_of(edge, job_id)["call_id"] is None:  # from the second time on it waits before it is sent
            expire_and_sweep(edge, job_id)
        assert gpu.received.count(f"{job_id}.1") == times
    row = row_of(edge, job_id)
    assert (row["status"], row["attempt"], row["call_id"]) == ("queued", 1, f"{job_id}.1")
    assert [attempt["outcome"] for attempt in read(person, job_id)["attempts"]] == ["open"]


def test_pauses_grow_between_the_tries(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    leases: list[str] = []
    for _ in range(2):
        leases.append(row_of(edge, job_id)["lease_until"])
        edge.sweep()
        assert gpu.received.count(f"{job_id}.1") == 2, "not before its time"
        expire_and_sweep(edge, job_id)
        gpu.set_state(job_id, 1, "gone")
        expire_and_sweep(edge, job_id)
        gpu.received.remove(f"{job_id}.1")
    assert leases[0] < leases[1]


def test_an_attempt_that_was_claimed_is_lost_even_if_no_event_arrived(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.put(f"jobs/{job_id}/claim-1.json", b"{}")
    gpu.set_state(job_id, 1, "gone")
    expire_and_sweep(edge, job_id)
    until(lambda: row_of(edge, job_id)["call_id"] == f"{job_id}.2")
    assert [attempt["outcome"] for attempt in read(person, job_id)["attempts"]] == ["lost", "open"]


@pytest.mark.parametrize("began", [True, False])
def test_an_attempt_that_a_machine_at_fault_gave_back_is_no_try(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, *, began: bool
) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    for turn in (1, 2, 3):
        if began:
            assert edge.send_event(event(job_id, turn * 100_000, "started")).status_code == 200
        edge.put(f"jobs/{job_id}/claim-1.json", b'{"released": true}')
        gpu.set_state(job_id, 1, "gone")
        expire_and_sweep(edge, job_id)
        if row_of(edge, job_id)["call_id"] is None:
            expire_and_sweep(edge, job_id)
        waiting = read(person, job_id)
        assert (waiting["status"], waiting["stage"], len(waiting["attempts"])) == ("queued", None, 1)
        assert gpu.received.count(f"{job_id}.1") == turn + 1


def test_nobody_is_said_to_be_lost_who_never_began(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    gpu.set_state(job_id, 1, "gone")
    end_its_time(edge, job_id)
    expire_and_sweep(edge, job_id)
    ended = read(person, job_id)
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/queue-timeout")
    assert sum(ledger_of(edge, job_id).values()) == 0


def test_a_wait_has_its_own_end_and_a_run_its_own(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    waiting = submit_and_dispatch(person, gpu, edge)["id"]
    end_its_time(edge, waiting)
    began = submit_and_dispatch(person, gpu, edge)["id"]
    end_its_time(edge, began)
    edge.send_event(event(began, 1, "started"))
    for job_id in (waiting, began):
        expire_and_sweep(edge, job_id)
    ended = read(person, waiting)
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/queue-timeout")
    assert f"{waiting}.1" in gpu.canceled
    assert read(person, began)["status"] == "running", "its time counts from its start"


def test_the_second_attempt_too_is_sent_again_until_it_begins(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    lose(gpu, edge, job_id, 1)
    gpu.set_state(job_id, 2, "gone")
    expire_and_sweep(edge, job_id)
    assert (read(person, job_id)["status"], row_of(edge, job_id)["attempt"]) == ("queued", 2)
    assert gpu.received.count(f"{job_id}.2") == 2
    lose(gpu, edge, job_id, 2)
    assert read(person, job_id)["problem"]["type"] == "/problems/worker-lost"
