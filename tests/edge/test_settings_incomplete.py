"""A GPU service whose settings are incomplete ends a job at once, in words for its operator, and no second time."""

from collections.abc import Iterator

import httpx
import pytest

from tests.edge.asking import ledger_of, read, submit, submit_and_dispatch, until
from tests.edge.bodies import event
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu, Json

FAULT = {"type": "settings-incomplete", "detail": "In the GPU service, these must be set: R2_ENDPOINT."}


@pytest.fixture
def refusing_gpu(gpu: FakeGpu) -> Iterator[FakeGpu]:
    gpu.answering, gpu.problem = False, FAULT | {"type": "/problems/settings-incomplete", "status": 503}
    yield gpu
    gpu.answering, gpu.problem = True, {}


def check_end(job: Json, edge: Edge) -> None:
    problem = job["problem"]
    assert (job["status"], problem["type"]) == ("failed", "/problems/settings-incomplete")
    assert "operator" in problem["fix"] or "운영자" in problem["fix"]
    assert problem["detail"] == FAULT["detail"]
    assert not problem["retryable"]
    assert (len(job["attempts"]), job["cost"]["billed_micro_won"]) == (1, 0)
    assert sum(ledger_of(edge, job["id"]).values()) == 0


def test_a_container_without_its_settings_is_followed_by_no_other(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    gpu.set_state(job_id, 1, "gone")
    gpu.faults[f"{job_id}.1"] = FAULT
    edge.expire_lease(job_id)
    edge.sweep()
    check_end(read(person, job_id), edge)
    assert len(gpu.tickets_of(job_id)) == 1


def test_a_service_without_its_settings_is_asked_once(person: httpx.Client, edge: Edge, refusing_gpu: FakeGpu) -> None:
    job_id, before = submit(person)["id"], refusing_gpu.submits
    until(lambda: read(person, job_id)["status"] == "failed")
    check_end(read(person, job_id), edge)
    edge.sweep()
    assert refusing_gpu.submits <= before + 1


def test_a_fault_of_another_kind_is_a_lost_attempt_like_any(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    gpu.set_state(job_id, 1, "gone")
    gpu.faults[f"{job_id}.1"] = {"type": "render-failed", "detail": "It failed."}
    edge.expire_lease(job_id)
    edge.sweep()
    assert len(gpu.tickets_of(job_id)) == 2
