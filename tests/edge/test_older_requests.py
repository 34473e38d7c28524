"""Requests that were stored under an older contract are judged again before anything is sent."""

import json

import httpx

from tests.edge.asking import (
    job_in,
    leave_cards,
    ledger_of,
    problem,
    read,
    row_of,
    submit,
    submit_and_dispatch,
    until,
)
from tests.edge.edge import Edge
from tests.edge.failing import expire_and_sweep
from tests.edge.fake_gpu import FakeGpu, Json


def rewrite(edge: Edge, job_id: str, *, without: str = "", **fields: object) -> None:
    """As if the job had been stored by another release."""
    asked = json.loads(row_of(edge, job_id)["input"]) | fields
    asked.pop(without, None)
    edge.rows("UPDATE jobs SET input = ?2 WHERE id = ?1", job_id, json.dumps(asked))


def test_a_member_that_did_not_exist_then_gets_its_default(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    old = submit_and_dispatch(person, gpu, edge)["id"]
    rewrite(edge, old, without="borders")
    leave_cards(edge)
    again = job_in(person.post(f"/api/jobs/{old}/rerun", json={"seed": "same"}))
    until(lambda: bool(gpu.tickets_of(again["id"])))
    assert gpu.tickets_of(again["id"])[0]["request"]["borders"] == "cut"


def test_a_choice_that_is_gone_is_refused_in_words_and_costs_nothing(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    old = submit_and_dispatch(person, gpu, edge)["id"]
    rewrite(edge, old, seconds=3)
    problem(person.post(f"/api/jobs/{old}/rerun", json={"seed": "same"}), "invalid-job")


def test_a_job_that_waits_over_a_release_that_dropped_its_choice_ends_free(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    gpu.answering = False
    try:
        job_id = submit(person)["id"]
        until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    finally:
        gpu.answering = True
    rewrite(edge, job_id, seconds=3)
    expire_and_sweep(edge, job_id)
    ended = read_raw(person, job_id)
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/invalid-job")
    assert sum(ledger_of(edge, job_id).values()) == 0
    assert not gpu.tickets_of(job_id)
    rewrite(edge, job_id, seconds=2)
    assert read(person, job_id)["status"] == "failed"


def read_raw(person: httpx.Client, job_id: str) -> Json:
    """The answer as it is: its request is none of today's contract."""
    return person.get(f"/api/jobs/{job_id}").json()
