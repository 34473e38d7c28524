"""Helpers for tests of what fails: time that has passed, sweeps, and attempts that nobody heard of."""

from datetime import UTC, datetime, timedelta

import httpx

from tests.edge.asking import row_of, submit_and_dispatch, until
from tests.edge.bodies import event
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu


def ago(**span: float) -> str:
    """A moment before now, as the database writes it."""
    return (datetime.now(UTC) - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def expire_and_sweep(edge: Edge, job_id: str) -> None:
    edge.expire_lease(job_id)
    edge.sweep()


def make_older(edge: Edge, job_id: str, **span: float) -> None:
    """As if the job had been handed over so long ago."""
    edge.rows("UPDATE jobs SET handed_at = ?2 WHERE id = ?1", job_id, ago(**span))


def end_its_time(edge: Edge, job_id: str) -> None:
    """As if the job had waited, or run, for as long as it may."""
    edge.rows("UPDATE jobs SET deadline_at = ?2 WHERE id = ?1", job_id, ago(seconds=1))


def running(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> str:
    """A job whose first attempt has begun."""
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    assert edge.send_event(event(job_id, 1, "started")).status_code == 200
    return job_id


def lose(gpu: FakeGpu, edge: Edge, job_id: str, attempt: int) -> None:
    """The attempt began and its worker is gone."""
    until(lambda: row_of(edge, job_id)["call_id"] == f"{job_id}.{attempt}")
    edge.send_event(event(job_id, 1, "started", attempt))
    gpu.set_state(job_id, attempt, "gone")
    expire_and_sweep(edge, job_id)
