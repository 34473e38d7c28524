"""Canceling: at once for a queued job, by the worker's report for a running one; only the used time is billed."""

import httpx

from tests.edge.asking import (
    finish,
    job_in,
    ledger_of,
    problem,
    read,
    refused,
    row_of,
    submit,
    submit_and_dispatch,
    until,
)
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu


def test_a_queued_job_is_canceled_at_once_and_free(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    canceled = job_in(person.post(f"/api/jobs/{job['id']}/cancel"))
    assert (canceled["status"], canceled["cost"]["billed_micro_won"]) == ("canceled", 0)
    assert canceled["attempts"][0]["outcome"] == "canceled"
    until(lambda: f"{job['id']}.1" in gpu.canceled)
    assert ledger_of(edge, job["id"])["settle"] == 0
    # The worker may have begun in the same moment; its word comes too late.
    refused(edge.send_event(event(job["id"], 1, "started")), "ended")


def test_a_running_job_is_canceled_by_its_worker(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    edge.send_event(event(job["id"], 1, "started"))
    asked = job_in(person.post(f"/api/jobs/{job['id']}/cancel"))
    assert (asked["status"], asked["cancel_requested"]) == ("running", True)
    until(lambda: f"{job['id']}.1" in gpu.canceled)
    assert edge.send_event(event(job["id"], 2)).json() == {"applied": True, "cancel_requested": True}
    stopped = outcome(job["id"], "canceled")
    edge.send_event(event(job["id"], 3, "ended", outcome=stopped))
    ended = read(person, job["id"])
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("canceled", stopped["cost"]["micro_won"])
    assert ledger_of(edge, job["id"])["settle"] == stopped["cost"]["micro_won"]


def test_a_clip_that_is_done_before_the_wish_arrives_is_delivered(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    edge.send_event(event(job_id, 1, "started"))
    person.post(f"/api/jobs/{job_id}/cancel")
    edge.send_event(event(job_id, 2, "ended", outcome=outcome(job_id)))
    assert read(person, job_id)["status"] == "succeeded"


def test_asking_twice_is_fine(person: httpx.Client, edge: Edge) -> None:
    queued, running = submit(person)["id"], submit(person)["id"]
    edge.send_event(event(running, 1, "started"))
    for job_id in (queued, running):
        first = person.post(f"/api/jobs/{job_id}/cancel")
        before = row_of(edge, job_id)
        second = person.post(f"/api/jobs/{job_id}/cancel")
        assert (first.status_code, second.status_code) == (200, 200)
        assert row_of(edge, job_id)["version"] == before["version"]


def test_an_ended_job_cannot_be_canceled(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    finish(edge, job_id)
    problem(person.post(f"/api/jobs/{job_id}/cancel"), "job-not-cancelable")


def test_nobody_cancels_anothers_job(person: httpx.Client, stranger: httpx.Client) -> None:
    job_id = submit(person)["id"]
    problem(stranger.post(f"/api/jobs/{job_id}/cancel"), "job-not-found")
    assert read(person, job_id)["cancel_requested"] is False
