"""A card that was too small after all: one more attempt on a larger one, at the price that was named, or a free end.

The news comes as an event or lies in the bucket for the sweep; both must do the same.
"""

from typing import Any

import httpx
import pytest

from gpu.core.presets import PRESETS
from gpu.core.pricing import attempt_cost, estimate
from tests.edge.asking import (
    at_once,
    job_in,
    ledger_of,
    problem,
    put_marker,
    read,
    row_of,
    submit_and_dispatch,
    until,
)
from tests.edge.bodies import event, outcome
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu

Json = dict[str, Any]
NEWS = ("event", "marker")


def short_of_memory(job_id: str, attempt: int = 1) -> Json:
    fault = {"type": "out-of-gpu-memory", "detail": "It ran out of memory in stage stage_2."}
    return outcome(job_id, "failed", attempt, fault=fault)


def bring(edge: Edge, news: str, body: Json) -> None:
    """Lets the site know of an outcome, by the worker's event or by the marker that a sweep finds."""
    if news == "event":
        assert edge.send_event(event(body["job_id"], 5, "ended", body["attempt"], outcome=body)).status_code == 200
        return
    put_marker(edge, "failed", body)
    edge.expire_lease(body["job_id"])
    edge.sweep()


def dispatched(gpu: FakeGpu, edge: Edge, job_id: str, attempt: int) -> bool:
    return len(gpu.tickets_of(job_id)) == attempt and row_of(edge, job_id)["call_id"] == f"{job_id}.{attempt}"


@pytest.mark.parametrize("news", NEWS)
def test_the_job_goes_on_once_on_the_larger_card(person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    first = short_of_memory(job["id"])
    edge.send_event(event(job["id"], 1, "started"))
    bring(edge, news, first)
    until(lambda: dispatched(gpu, edge, job["id"], 2))
    small, large = gpu.tickets_of(job["id"])
    asked = small["request"]
    quoted = estimate(PRESETS[asked["preset"]], asked["ratio"], asked["seconds"], asked["tier"])
    assert (small["gpu"], large["gpu"]) == (quoted.gpu, quoted.larger_gpu)
    assert row_of(edge, job["id"])["gpu"] == large["gpu"]
    same = ("request", "seed", "inputs", "reserved_micro_won")
    assert {name: large[name] for name in same} == {name: small[name] for name in same}
    waiting = read(person, job["id"])
    assert (waiting["status"], waiting["stage"], waiting["progress"]) == ("queued", None, None)
    assert (waiting["problem"], waiting["finished_at"]) == (None, None)
    assert waiting["cost"] == job["cost"], "nothing is released and nothing billed on the way"
    before, now = waiting["attempts"]
    assert (before["outcome"], before["problem_type"]) == ("failed", "/problems/out-of-gpu-memory")
    assert (before["gpu"], before["gpu_seconds"]) == ("H200", 10.0)
    assert (now["outcome"], now["gpu"]) == ("open", large["gpu"])
    assert ledger_of(edge, job["id"]) == {"reserve": job["cost"]["reserved_micro_won"]}


@pytest.mark.parametrize("news", NEWS)
def test_who_pays_for_the_second_attempt(person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    first = short_of_memory(job["id"])
    bring(edge, news, first)
    named, reserved = job["cost"]["estimate_micro_won"], job["cost"]["reserved_micro_won"]
    used = attempt_cost("B200", 10.0, 20.0)
    assert named < used.micro_won
    done = outcome(job["id"], attempt=2, cost=used.model_dump(mode="json"))
    assert edge.send_event(event(job["id"], 1, "ended", 2, outcome=done)).status_code == 200
    ended = read(person, job["id"])
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("succeeded", named)
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["failed", "succeeded"]
    lost = first["cost"]["micro_won"] + used.micro_won - named
    assert ledger_of(edge, job["id"]) == {"reserve": reserved, "release": -reserved, "settle": named, "loss": lost}
    (row,) = edge.rows("SELECT owner, day FROM ledger WHERE job_id = ? AND kind = 'loss'", job["id"])
    assert row == {"owner": "site", "day": row_of(edge, job["id"])["day"]}


def test_a_cheaper_second_attempt_is_billed_as_used(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    bring(edge, "event", short_of_memory(job["id"]))
    used = attempt_cost("B200", 0.5, 0.0)
    done = outcome(job["id"], attempt=2, cost=used.model_dump(mode="json"))
    edge.send_event(event(job["id"], 1, "ended", 2, outcome=done))
    assert read(person, job["id"])["cost"]["billed_micro_won"] == used.micro_won


@pytest.mark.parametrize("news", NEWS)
def test_a_second_time_ends_the_job_free_of_charge(person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    first, second = short_of_memory(job["id"]), short_of_memory(job["id"], attempt=2)
    for body in (first, second):
        bring(edge, news, body)
    ended = read(person, job["id"])
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/out-of-gpu-memory")
    assert (ended["cost"]["billed_micro_won"], ended["problem"]["charged_micro_won"]) == (0, 0)
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["failed", "failed"]
    reserved = job["cost"]["reserved_micro_won"]
    lost = first["cost"]["micro_won"] + second["cost"]["micro_won"]
    assert ledger_of(edge, job["id"]) == {"reserve": reserved, "release": -reserved, "loss": lost}
    assert len(gpu.tickets_of(job["id"])) == 2


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("card", ["B200", "L40S", "a card of last year"])
def test_on_a_card_that_is_not_quoted_now_there_is_no_second_attempt(
    person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str, card: str
) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    edge.rows("UPDATE jobs SET gpu = ? WHERE id = ?", card, job["id"])
    bring(edge, news, short_of_memory(job["id"]))
    ended = read(person, job["id"])
    assert (ended["status"], len(ended["attempts"])) == ("failed", 1)


@pytest.mark.parametrize("news", NEWS)
def test_after_a_lost_attempt_there_is_no_third(person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    edge.send_event(event(job["id"], 1, "started"))
    gpu.set_state(job["id"], 1, "gone")
    edge.expire_lease(job["id"])
    edge.sweep()
    bring(edge, news, short_of_memory(job["id"], attempt=2))
    ended = read(person, job["id"])
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/out-of-gpu-memory")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["lost", "failed"]


def test_another_failure_is_not_tried_on_a_larger_card(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    broken = outcome(job["id"], "failed", fault={"type": "weights-unusable", "detail": "a file is missing"})
    bring(edge, "event", broken)
    assert read(person, job["id"])["status"] == "failed"
    assert len(gpu.tickets_of(job["id"])) == 1


def test_the_first_attempts_words_come_too_late(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    first = short_of_memory(job_id)
    bring(edge, "event", first)
    until(lambda: dispatched(gpu, edge, job_id, 2))
    before = row_of(edge, job_id)
    late = (event(job_id, 1, "started"), event(job_id, 4), event(job_id, 5, "ended", outcome=first))
    for sent in (*late, event(job_id, 1_000_000, "ended", outcome=first)):
        problem(edge.send_event(sent), "event-conflict")
    assert row_of(edge, job_id) == before
    assert edge.send_event(event(job_id, 1, "started", 2)).status_code == 200
    assert read(person, job_id)["status"] == "running"


def test_an_event_that_is_older_than_the_last_one_moves_nothing(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 9))
    before = row_of(edge, job_id)
    problem(edge.send_event(event(job_id, 5, "ended", outcome=short_of_memory(job_id))), "event-conflict")
    assert row_of(edge, job_id) == before


def test_the_first_attempts_marker_does_not_end_the_second(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    bring(edge, "marker", short_of_memory(job_id))
    for _ in range(2):
        edge.expire_lease(job_id)
        edge.sweep()
    assert (read(person, job_id)["status"], row_of(edge, job_id)["attempt"]) == ("queued", 2)
    assert len(gpu.tickets_of(job_id)) == 2


def test_event_and_sweeps_at_once_make_one_attempt(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    first = short_of_memory(job_id)
    put_marker(edge, "failed", first)
    edge.expire_lease(job_id)
    at_once(edge, person.build_request("GET", f"/api/jobs/{job_id}"), 8)
    edge.send_event(event(job_id, 5, "ended", outcome=first))
    until(lambda: dispatched(gpu, edge, job_id, 2))
    edge.sweep()
    assert row_of(edge, job_id)["attempt"] == 2
    assert len(edge.rows("SELECT attempt FROM attempts WHERE job_id = ?", job_id)) == 2


def test_a_service_that_is_down_gets_the_second_attempt_later(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    gpu.answering = False
    try:
        bring(edge, "event", short_of_memory(job_id))
        until(lambda: row_of(edge, job_id)["dispatch_tries"] == 1)
    finally:
        gpu.answering = True
    edge.expire_lease(job_id)
    edge.sweep()
    assert dispatched(gpu, edge, job_id, 2)


@pytest.mark.parametrize("news", NEWS)
def test_who_asked_to_stop_gets_no_second_attempt(person: httpx.Client, gpu: FakeGpu, edge: Edge, news: str) -> None:
    job_id = submit_and_dispatch(person, gpu, edge)["id"]
    edge.send_event(event(job_id, 1, "started"))
    person.post(f"/api/jobs/{job_id}/cancel")
    bring(edge, news, short_of_memory(job_id))
    ended = read(person, job_id)
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("failed", 0)
    assert len(gpu.tickets_of(job_id)) == 1


def test_it_can_be_canceled_between_the_two(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    first = short_of_memory(job["id"])
    bring(edge, "event", first)
    until(lambda: dispatched(gpu, edge, job["id"], 2))
    canceled = job_in(person.post(f"/api/jobs/{job['id']}/cancel"))
    assert (canceled["status"], canceled["cost"]["billed_micro_won"]) == ("canceled", 0)
    assert [attempt["outcome"] for attempt in canceled["attempts"]] == ["failed", "canceled"]
    until(lambda: f"{job['id']}.2" in gpu.canceled)
    reserved = job["cost"]["reserved_micro_won"]
    money = ledger_of(edge, job["id"])
    # The second ticket lay at the GPU service for a moment, which counts as the site's too.
    assert money.pop("loss") >= first["cost"]["micro_won"]
    assert money == {"reserve": reserved, "release": -reserved, "settle": 0}


def test_a_loss_counts_against_the_sites_day_and_not_the_owners(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    def spent(owner: str) -> int:
        rows = edge.rows("SELECT SUM(micro_won) AS spent FROM ledger WHERE owner = ?", owner)
        return rows[0]["spent"] or 0

    job = submit_and_dispatch(person, gpu, edge)
    owner, before = row_of(edge, job["id"])["owner"], spent("site")
    for attempt in (1, 2):
        bring(edge, "event", short_of_memory(job["id"], attempt))
    assert spent(owner) == 0
    assert spent("site") - before == 2 * short_of_memory(job["id"])["cost"]["micro_won"]
