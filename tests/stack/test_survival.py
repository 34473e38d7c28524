"""Whichever process dies, an accepted job ends with one clip or one reason, and is charged at most once."""

import concurrent.futures

import httpx
import pytest

from infra.process.waiting import wait_until
from tests.stack.conftest import ENDED, Json, Person, Product

STAGES = (
    "starting", "encode_prompt", "encode_image", "stage_1", "upsample", "stage_2", "decode", "check", "upload",
    "before done",
)  # fmt: skip


def assert_charged_once(product: Product, job: Json) -> None:
    ledger = product.ledger(job["id"])
    assert ledger["release"] == -ledger["reserve"]
    # What lost attempts cost is the site's own.
    charged = sum(micro_won for kind, micro_won in ledger.items() if kind != "loss")
    assert charged == ledger.get("settle", 0) == job["cost"]["billed_micro_won"]


def shown_videos(product: Product, job_id: str) -> list[str]:
    rows = product.cloud.rows("SELECT video_key FROM jobs WHERE id = ? AND video_key IS NOT NULL", job_id)
    return [row["video_key"] for row in rows]


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_in_any_stage_costs_one_attempt_and_no_clip(
    product: Product, person: Person, stage: str
) -> None:
    submitted = person.submit(
        preset="aggressive_quality", prompt=f"die at {stage}. 눈을 깜빡인다", upload_id=person.upload()
    )
    job = person.wait(submitted["id"])
    assert job["status"] == "succeeded", job["problem"]
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["lost", "succeeded"]
    assert job["resolved"]["seed"] == submitted["seed"]
    assert shown_videos(product, job["id"]) == [f"jobs/{job['id']}/video-2.mp4"]
    assert_charged_once(product, job)


def test_a_worker_killed_after_the_marker_has_delivered(product: Product, person: Person) -> None:
    job = person.wait(person.submit(prompt="die at after done. 웃는다")["id"])
    assert job["status"] == "succeeded"
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["succeeded"]
    assert shown_videos(product, job["id"]) == [f"jobs/{job['id']}/video-1.mp4"]
    assert_charged_once(product, job)


def test_a_job_that_always_kills_its_worker_fails_with_a_reason_and_is_free(product: Product, person: Person) -> None:
    job = person.wait(person.submit(prompt="die always at stage_1. 웃는다")["id"])
    assert job["status"] == "failed"
    assert job["problem"]["type"] == "/problems/worker-lost"
    assert job["problem"]["charged_micro_won"] == job["cost"]["billed_micro_won"] == 0
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["lost", "lost"]
    assert_charged_once(product, job)


def test_a_job_submitted_while_the_gpu_service_is_down_is_dispatched_when_it_is_back(
    product: Product, person: Person
) -> None:
    def tried() -> bool:
        product.stack.tick()  # the job waits while the card of the test before still counts as alive
        (row,) = product.cloud.rows("SELECT dispatch_tries FROM jobs WHERE id = ?", submitted["id"])
        return row["dispatch_tries"] == 1

    product.stack.stop_gpu()
    try:
        submitted = person.submit()
        wait_until(tried, what="the ticket to be sent in vain", moved=lambda: None, every=0.5)
        assert person.job(submitted["id"])["status"] == "queued"
    finally:
        product.stack.start_gpu()
    product.cloud.expire_lease(submitted["id"])
    job = person.wait(submitted["id"])
    assert job["status"] == "succeeded", job["problem"]
    assert len(job["attempts"]) == 1
    assert_charged_once(product, job)


def test_jobs_in_line_survive_the_gpu_service(product: Product, person: Person) -> None:
    ids = [person.submit(preset="fast", seed=number)["id"] for number in range(4)]
    product.stack.stop_gpu()
    product.stack.start_gpu()
    for job_id in ids:
        job = person.wait(job_id)
        assert job["status"] == "succeeded", job["problem"]
        assert_charged_once(product, job)


def test_a_job_survives_a_restart_of_the_whole_stack(product: Product, person: Person) -> None:
    staying = {"preset": "aggressive_quality", "prompt": "stay at stage_1. 웃는다"}
    submitted = person.submit(**staying, upload_id=person.upload())
    assert person.wait(submitted["id"], stage="stage_1")["status"] == "running"
    product.stack.stop()
    product.stack.start()
    job = person.wait(submitted["id"])
    assert job["status"] == "succeeded", job["problem"]
    assert [attempt["outcome"] for attempt in job["attempts"]] == ["lost", "succeeded"]
    assert job["seed"] == submitted["seed"]
    assert_charged_once(product, job)


def test_the_cron_finds_a_lost_job_without_anybody_looking(product: Product, person: Person) -> None:
    job_id = person.submit(prompt="die at stage_1. 웃는다")["id"]
    row: Json = {}

    def has_ended() -> bool:
        nonlocal row
        product.end_lease_if_lost(job_id)
        product.stack.tick()
        (row,) = product.cloud.rows("SELECT status, stage, progress, attempt FROM jobs WHERE id = ?", job_id)
        return row["status"] in ENDED

    wait_until(has_ended, what=f"job {job_id}", moved=lambda: (row, product.stack.gpu_activity()), every=0.5)
    assert (row["status"], row["attempt"]) == ("succeeded", 2)


def test_twenty_equal_submits_at_once_are_one_job(product: Product, person: Person) -> None:
    body = {"preset": "draft", "seconds": 2, "prompt": "웃는다"}
    person.http.get("/api/jobs")  # so that all twenty are the same person

    def submit(_: int) -> httpx.Response:
        return person.http.post("/api/jobs", json=body, headers={"Idempotency-Key": "twenty-at-once"})

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(submit, range(20)))
    assert {answer.status_code for answer in answers} <= {200, 202}
    (job_id,) = {answer.json()["id"] for answer in answers}
    job = person.wait(job_id)
    assert job["status"] == "succeeded"
    assert len(product.cloud.rows("SELECT id FROM jobs WHERE id = ?", job_id)) == 1
    assert_charged_once(product, job)


def test_a_running_job_stops_within_a_step_when_canceled_and_bills_the_seconds_used(
    product: Product, person: Person
) -> None:
    staying = {"preset": "aggressive_quality", "prompt": "stay at stage_1. 웃는다"}
    job_id = person.submit(**staying, upload_id=person.upload())["id"]
    assert person.wait(job_id, stage="stage_1")["status"] == "running"
    answer = person.http.post(f"/api/jobs/{job_id}/cancel")
    assert answer.status_code in (200, 202), answer.text
    job = person.wait(job_id)
    assert job["status"] == "canceled"
    assert job["video"] is None
    assert product.ledger(job_id)["settle"] == job["cost"]["billed_micro_won"]
    assert 0 < job["cost"]["billed_micro_won"] <= job["cost"]["reserved_micro_won"]
    assert_charged_once(product, job)
    assert person.wait(person.submit()["id"])["status"] == "succeeded"
