"""A worker's events: signed, in time, of the right attempt and in order, or nothing changes."""

import secrets
import time
from base64 import b64encode

import httpx
import pytest

from gpu.core.pricing import attempt_cost
from tests.edge.asking import (
    finish,
    ledger_of,
    problem,
    put_marker,
    read,
    refused,
    row_of,
    submit,
    submit_and_dispatch,
    until,
)
from tests.edge.bodies import Json, clip, event, outcome
from tests.edge.edge import Edge, now
from tests.edge.fake_gpu import FakeGpu


def test_a_clip_from_start_to_end(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["call_id"] is not None)
    before = row_of(edge, job_id)["lease_until"]
    assert edge.send_event(event(job_id, 1, "started")).json() == {"applied": True, "cancel_requested": False}
    running = read(person, job_id)
    assert (running["status"], running["stage"]) == ("running", "starting")
    assert running["resolved"]["checkpoint"] == "tiny-19b"
    assert edge.send_event(event(job_id, 2)).status_code == 200
    running = read(person, job_id)
    assert (running["stage"], running["progress"]["step"], running["progress"]["steps"]) == ("stage_1", 3, 8)
    assert row_of(edge, job_id)["lease_until"] > before, "who is heard of keeps the job"
    done = outcome(job_id)
    assert edge.send_event(event(job_id, 3, "ended", outcome=done)).status_code == 200
    job = read(person, job_id)
    assert (job["status"], job["stage"], job["progress"], job["problem"]) == ("succeeded", None, None, None)
    assert job["video"] | done["video"] == job["video"]
    assert job["links"]["video"] == f"/api/jobs/{job_id}/video"
    assert job["links"]["cancel"] is None
    (attempt,) = job["attempts"]
    assert (attempt["outcome"], attempt["gpu_seconds"]) == ("succeeded", 10.0)
    assert job["cost"]["billed_micro_won"] == done["cost"]["micro_won"] > 0
    reserved = job["cost"]["reserved_micro_won"]
    assert ledger_of(edge, job_id) == {"reserve": reserved, "release": -reserved, "settle": done["cost"]["micro_won"]}


def test_what_the_attempt_used_is_on_the_job(person: httpx.Client, edge: Edge) -> None:
    job = submit(person)
    before = job["cost"]
    assert (before["gpu_seconds"], before["cold_start_seconds"], before["peak_vram_gib"]) == (None, None, None)
    cost = attempt_cost("H200", 10.0, 42.5).model_dump(mode="json") | {"peak_vram_gib": 61.25}
    edge.send_event(event(job["id"], 1, "ended", outcome=outcome(job["id"], cost=cost)))
    used = read(person, job["id"])["cost"]
    assert (used["gpu_seconds"], used["cold_start_seconds"], used["peak_vram_gib"]) == (10.0, 42.5, 61.25)


def test_never_more_than_was_reserved(person: httpx.Client, edge: Edge) -> None:
    job = submit(person)
    done = outcome(job["id"])
    done["cost"]["micro_won"] = job["cost"]["reserved_micro_won"] + 1
    edge.send_event(event(job["id"], 1, "ended", outcome=done))
    assert ledger_of(edge, job["id"])["settle"] == job["cost"]["reserved_micro_won"]


def test_a_failure_is_free_and_says_why(person: httpx.Client, edge: Edge) -> None:
    job = submit(person)
    edge.send_event(event(job["id"], 1, "started"))
    broken = outcome(job["id"], "failed")
    edge.send_event(event(job["id"], 2, "ended", outcome=broken))
    ended = read(person, job["id"])
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("failed", 0)
    assert ended["problem"]["type"] == "/problems/render-failed"
    assert ended["problem"]["title"] == "Making the clip failed"
    korean = person.get(f"/api/jobs/{job['id']}", headers={"accept-language": "ko-KR,en;q=0.5"}).json()
    assert korean["problem"]["title"] == "영상을 만들다가 문제가 생겼어요"
    # A worker writes its details in English alone.
    assert ended["problem"]["detail"] == "It failed in stage stage_2."
    assert korean["problem"]["detail"] == korean["problem"]["title"]
    assert ended["attempts"][0]["problem_type"] == "/problems/render-failed"
    reserved = job["cost"]["reserved_micro_won"]
    lost = broken["cost"]["micro_won"]
    assert ledger_of(edge, job["id"]) == {"reserve": reserved, "release": -reserved, "loss": lost}


def test_a_stop_that_nobody_asked_for_is_a_lost_attempt(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    job = submit_and_dispatch(person, gpu, edge)
    for attempt in (1, 2):
        until(lambda attempt=attempt: row_of(edge, job["id"])["call_id"] == f"{job['id']}.{attempt}")
        edge.send_event(event(job["id"], 1, "started", attempt))
        stopped = outcome(job["id"], "canceled", attempt)
        assert edge.send_event(event(job["id"], 2, "ended", attempt, outcome=stopped)).status_code == 200
    ended = read(person, job["id"])
    assert (ended["status"], ended["problem"]["type"]) == ("failed", "/problems/worker-lost")
    assert [attempt["outcome"] for attempt in ended["attempts"]] == ["lost", "lost"]
    assert ended["cost"]["billed_micro_won"] == 0
    assert ledger_of(edge, job["id"])["loss"] == 2 * outcome(job["id"], "canceled")["cost"]["micro_won"]


def test_the_end_may_be_all_that_arrives(person: httpx.Client, edge: Edge) -> None:
    job = submit(person)
    finish(edge, submit(person)["id"])
    assert edge.send_event(event(job["id"], 9, "ended", outcome=outcome(job["id"]))).status_code == 200
    assert read(person, job["id"])["status"] == "succeeded"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_an_event_without_a_signature(person: httpx.Client, edge: Edge, missing: str) -> None:
    job_id = submit(person)["id"]
    answer = edge.send_event(event(job_id, 1, "started"), headers={missing: ""})
    problem(answer, "event-unsigned")
    assert row_of(edge, job_id)["status"] == "queued"


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2," + "A" * 44},
        {"webhook-signature": "nonsense"},
        {"webhook-id": "another"},
        {"webhook-timestamp": "not-a-number"},
    ],
)
def test_an_event_with_a_wrong_signature(person: httpx.Client, edge: Edge, headers: dict[str, str]) -> None:
    job_id = submit(person)["id"]
    problem(edge.send_event(event(job_id, 1, "started"), headers=headers), "event-unsigned")
    assert row_of(edge, job_id)["status"] == "queued"


def test_an_event_signed_with_another_secret(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    other = "whsec_" + b64encode(secrets.token_bytes(32)).decode("ascii")
    problem(edge.send_event(event(job_id, 1, "started"), secret=other), "event-unsigned")
    assert row_of(edge, job_id)["status"] == "queued"


@pytest.mark.parametrize("offset_seconds", [-301, 3_600])
def test_an_event_out_of_its_time(person: httpx.Client, edge: Edge, offset_seconds: int) -> None:
    job_id = submit(person)["id"]
    problem(edge.send_event(event(job_id, 1, "started"), at=time.time() + offset_seconds), "event-stale")
    assert row_of(edge, job_id)["status"] == "queued"


def test_a_replay_changes_nothing(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["call_id"] is not None)
    started, step = event(job_id, 1, "started"), event(job_id, 2)
    ended = event(job_id, 3, "ended", outcome=outcome(job_id))
    for sent in (started, step, ended):
        assert edge.send_event(sent).status_code == 200
        before = row_of(edge, job_id)
        problem(edge.send_event(sent), "event-conflict")
        assert row_of(edge, job_id) == before
    assert len(ledger_of(edge, job_id)) == 3


def test_events_out_of_order(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["call_id"] is not None)
    assert edge.send_event(event(job_id, 5)).status_code == 200
    before = row_of(edge, job_id)
    refused(edge.send_event(event(job_id, 4, stage="starting")), "old-seq")
    refused(edge.send_event(event(job_id, 1, "started")), "old-seq")
    assert row_of(edge, job_id) == before


@pytest.mark.parametrize("attempt", [2, 9])
def test_an_event_of_another_attempt(person: httpx.Client, edge: Edge, attempt: int) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["call_id"] is not None)
    before = row_of(edge, job_id)
    refused(edge.send_event(event(job_id, 1, "started", attempt=attempt)), "other-attempt")
    done = outcome(job_id, attempt=attempt)
    refused(edge.send_event(event(job_id, 2, "ended", attempt=attempt, outcome=done)), "other-attempt")
    assert row_of(edge, job_id) == before


def test_after_the_end_nothing_moves(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    until(lambda: row_of(edge, job_id)["call_id"] is not None)
    edge.send_event(event(job_id, 1, "ended", outcome=outcome(job_id, "failed")))
    before = row_of(edge, job_id)
    for late in (event(job_id, 2), event(job_id, 3, "ended", outcome=outcome(job_id))):
        refused(edge.send_event(late), "ended")
    assert row_of(edge, job_id) == before
    assert "settle" not in ledger_of(edge, job_id), "a late success does not charge a job that failed"


def test_an_event_about_nobodys_job(edge: Edge) -> None:
    refused(edge.send_event(event("01abcdefgh", 1, "started")), "ended")


def test_signed_but_not_an_event(person: httpx.Client, edge: Edge) -> None:
    job_id = submit(person)["id"]
    for spoil in ({"type": "paused"}, {"seq": "1"}, {"progress": {"step": "1"}}, {"at": "2026-13-45T99:99:99.999Z"}):
        problem(edge.send_event(event(job_id, 1) | spoil), "invalid-job")
    problem(edge.send_event(event(job_id, 1, "ended")), "invalid-job")
    foreign = outcome(submit(person)["id"])
    problem(edge.send_event(event(job_id, 1, "ended", outcome=foreign)), "invalid-job")
    nobodys = outcome(job_id) | {"attempt": 0}
    problem(edge.send_event(event(job_id, 1, "ended") | {"outcome": nobodys}), "invalid-job")
    elsewhere = outcome(job_id, video_key="inputs/somebody-else")
    problem(edge.send_event(event(job_id, 1, "ended", outcome=elsewhere)), "invalid-job")
    assert row_of(edge, job_id)["status"] == "queued"


@pytest.mark.parametrize("spoil", [{"\ud800": 1}, {"resolved": {"\ud800": 1}}, {"fault": {"type": "\ud800"}}])
def test_half_a_character_in_a_name_or_text_is_no_fault_of_ours(person: httpx.Client, edge: Edge, spoil: Json) -> None:
    job_id = submit(person)["id"]
    spoiled = event(job_id, 1, "ended") | {"outcome": outcome(job_id, "failed") | spoil}
    assert edge.send_event(spoiled).status_code in (200, 422)
    put_marker(edge, "failed", outcome(job_id, "failed") | spoil)
    edge.expire_lease(job_id)
    edge.sweep()
    assert read(person, job_id)["status"] in ("queued", "failed")


def test_times_are_those_of_the_sites_clock(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    for skewed in ("2020-01-01T00:00:00.000Z", "2299-01-01T00:00:00.000Z"):
        job = submit_and_dispatch(person, gpu, edge)
        edge.send_event(event(job["id"], 1, "started", at=skewed))
        done = outcome(job["id"], finished_at=skewed)
        assert edge.send_event(event(job["id"], 2, "ended", at=skewed, outcome=done)).status_code == 200
        ended = read(person, job["id"])
        assert job["created_at"] <= ended["started_at"] <= ended["finished_at"] <= now()
        (attempt,) = ended["attempts"]
        assert (attempt["started_at"], attempt["finished_at"]) == (ended["started_at"], ended["finished_at"])


def test_an_event_needs_no_cookie_and_gets_none(person: httpx.Client, edge: Edge) -> None:
    answer = edge.send_event(event(submit(person, **clip())["id"], 1, "started"))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
