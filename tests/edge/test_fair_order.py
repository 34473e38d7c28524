"""An owner has a few tickets at the GPU service; further jobs are held at the site and follow, the oldest first."""

import httpx
import pytest

from tests.edge.asking import finish, job_in, ledger_of, read, row_of, submit, until
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge
from tests.edge.failing import expire_and_sweep
from tests.edge.fake_gpu import FakeGpu

PLACES = 4


def many(person: httpx.Client, edge: Edge, number: int) -> list[str]:
    """That many jobs, of which the first are at the GPU service."""
    jobs = [submit(person)["id"] for _ in range(number)]
    until(lambda: all(row_of(edge, job_id)["call_id"] for job_id in jobs[:PLACES]))
    return jobs


def handed(gpu: FakeGpu, jobs: list[str]) -> list[str]:
    return [job_id for job_id in jobs if gpu.tickets_of(job_id)]


def test_a_batch_waits_at_the_site_and_another_owner_does_not(
    person: httpx.Client, stranger: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    jobs = many(person, edge, 7)
    edge.sweep()
    assert handed(gpu, jobs) == jobs[:PLACES]
    assert {read(person, job_id)["status"] for job_id in jobs} == {"queued"}
    other = many(stranger, edge, 1)
    until(lambda: handed(gpu, other) == other)


@pytest.mark.usefixtures("gpu")
def test_the_poll_names_held_jobs_in_their_order_and_notices_a_handover(person: httpx.Client, edge: Edge) -> None:
    jobs = many(person, edge, 7)
    before = person.get("/api/jobs/active")
    assert (before.json()["open"], before.json()["held"]) == (jobs, jobs[PLACES:])
    edge.rows("UPDATE jobs SET handed_at = created_at WHERE id = ?", jobs[PLACES])  # the change of a handover alone
    after = person.get("/api/jobs/active", headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.json()["held"]) == (200, jobs[PLACES + 1 :])


@pytest.mark.parametrize("end", ["event", "cancel", "marker", "failure"])
def test_whatever_ends_a_job_hands_over_the_oldest_held_one(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, end: str
) -> None:
    jobs = many(person, edge, 6)
    match end:
        case "event":
            finish(edge, jobs[2])
        case "cancel":
            person.post(f"/api/jobs/{jobs[2]}/cancel")
        case "failure":
            edge.send_event(event(jobs[2], 1, "ended", outcome=outcome(jobs[2], "failed")))
        case _:
            edge.rows("UPDATE jobs SET deadline_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", jobs[2])
            expire_and_sweep(edge, jobs[2])
    until(lambda: handed(gpu, jobs) == jobs[: PLACES + 1])


def test_a_held_job_is_canceled_free_and_asks_no_card(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    jobs = many(person, edge, 6)
    canceled = job_in(person.post(f"/api/jobs/{jobs[4]}/cancel"))
    assert (canceled["status"], canceled["cost"]["billed_micro_won"]) == ("canceled", 0)
    assert sum(ledger_of(edge, jobs[4]).values()) == 0
    finish(edge, jobs[0])
    until(lambda: bool(gpu.tickets_of(jobs[5])))
    assert not gpu.tickets_of(jobs[4])
    assert not [call for call in gpu.canceled if call.startswith(jobs[4])]


def test_held_jobs_do_not_time_out_while_they_wait_for_their_owners_own(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    jobs = many(person, edge, 5)
    edge.rows("UPDATE jobs SET created_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", jobs[4])
    expire_and_sweep(edge, jobs[4])
    assert row_of(edge, jobs[4])["status"] == "queued"
    finish(edge, jobs[0])
    until(lambda: bool(gpu.tickets_of(jobs[4])))


def test_many_submits_at_once_take_no_place_too_many(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    jobs = many(person, edge, PLACES)
    for _ in range(8):
        jobs.append(submit(person)["id"])
    person.get("/api/jobs")
    edge.sweep()
    assert handed(gpu, jobs) == jobs[:PLACES]


def test_a_place_that_nobody_filled_is_filled_by_the_sweep(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    jobs = many(person, edge, 5)
    edge.rows("UPDATE jobs SET status = 'failed', billed_micro_won = 0 WHERE id = ?", jobs[1])
    edge.sweep()
    until(lambda: bool(gpu.tickets_of(jobs[4])))
