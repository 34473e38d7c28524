"""Submitting: the row before the ticket, one job per key, and the caps in won."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gpu.core.contract import Estimate, Job, Menu, Ticket, Usage
from gpu.core.presets import PRESETS
from gpu.core.pricing import all_estimates, estimate
from tests.edge.asking import (
    at_once,
    finish,
    job_in,
    ledger_of,
    pointers,
    problem,
    read,
    row_of,
    submit,
    submit_and_dispatch,
    until,
)
from tests.edge.bodies import clip, png
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu, Json

KEY = {"idempotency-key": "0f8fad5b-d9cb-469f-a165-70867728950e"}


def test_an_accepted_job_is_whole_and_says_where_it_is(person: httpx.Client) -> None:
    prompt = "  눈을 깜빡이고 😀 \n살짝 웃는다  "
    answer = person.post("/api/jobs", json=clip(prompt=prompt, seed=42))
    assert answer.status_code == 202
    job = job_in(answer)
    assert answer.headers["location"] == f"/api/jobs/{job['id']}"
    assert (job["status"], job["seed"], job["input"]["prompt"]) == ("queued", 42, prompt)
    assert job["input"]["ratio"] == "9:16", "defaults are filled in"
    assert read(person, job["id"])["input"] == job["input"]


def test_the_ticket_holds_what_the_person_wrote(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    picture = person.put("/api/uploads", content=png()).json()["id"]
    job = submit_and_dispatch(person, gpu, edge, upload_id=picture)
    (ticket,) = gpu.tickets_of(job["id"])
    Ticket.model_validate(ticket, strict=False)
    assert ticket["request"] == job["input"]
    assert ticket["inputs"] == [{"key": edge.picture_key(picture), "frame": "first"}]
    assert (ticket["attempt"], ticket["seed"]) == (1, job["seed"])
    assert ticket["reserved_micro_won"] == job["cost"]["reserved_micro_won"]
    assert (edge.secrets.gpu_key, edge.secrets.gpu_secret) in gpu.keys


def test_keyframes_come_in_their_order(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    first, middle, last = (person.put("/api/uploads", content=png()).json()["id"] for _ in range(3))
    fields = {"first_upload_id": first, "middle_upload_id": middle, "last_upload_id": last}
    job = submit_and_dispatch(person, gpu, edge, preset="keyframes", **fields)
    (ticket,) = gpu.tickets_of(job["id"])
    assert [item["frame"] for item in ticket["inputs"]] == ["first", "middle", "last"]
    assert [item["key"] for item in ticket["inputs"]] == [edge.picture_key(each) for each in (first, middle, last)]


def test_twenty_submits_with_one_key_are_one_job(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    person.get("/api/jobs")  # one owner for all
    answers = at_once(edge, person.build_request("POST", "/api/jobs", json=clip(), headers=KEY), 20)
    assert {status for status, _ in answers} == {202}
    (job_id,) = {Job.model_validate_json(body).id for _, body in answers}
    assert len(person.get("/api/jobs").json()["jobs"]) == 1
    until(lambda: row_of(edge, job_id)["call_id"] is not None)
    assert len(gpu.tickets_of(job_id)) == 1
    assert list(ledger_of(edge, job_id)) == ["reserve"]


def test_a_key_outlives_the_picture_it_was_used_with(person: httpx.Client, edge: Edge) -> None:
    body = clip(upload_id=person.put("/api/uploads", content=png()).json()["id"])
    first = job_in(person.post("/api/jobs", json=body, headers=KEY))
    edge.rows("UPDATE uploads SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", body["upload_id"])
    assert job_in(person.post("/api/jobs", json=body, headers=KEY))["id"] == first["id"]


def test_a_key_belongs_to_its_body_and_its_owner(person: httpx.Client, stranger: httpx.Client) -> None:
    first = job_in(person.post("/api/jobs", json=clip(seed=1), headers=KEY))
    reordered = dict(reversed(clip(seed=1, ratio="9:16").items()))
    assert job_in(person.post("/api/jobs", json=reordered, headers=KEY))["id"] == first["id"]
    problem(person.post("/api/jobs", json=clip(seed=2), headers=KEY), "idempotency-conflict")
    assert job_in(stranger.post("/api/jobs", json=clip(seed=2), headers=KEY))["id"] != first["id"]


@pytest.mark.parametrize("key", [b"short", b"x" * 129, b"with space in it", "한글열쇠".encode()])
def test_a_bad_key_is_refused(person: httpx.Client, key: bytes) -> None:
    problem(person.post("/api/jobs", json=clip(), headers={b"idempotency-key": key}), "idempotency-key-invalid")


def test_pictures_and_clips_of_others_do_not_exist(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    picture = stranger.put("/api/uploads", content=png()).json()["id"]
    body = problem(person.post("/api/jobs", json=clip(upload_id=picture)), "upload-not-found")
    assert pointers(body) == {"/upload_id"}
    own = person.put("/api/uploads", content=png()).json()["id"]
    frames = clip(preset="keyframes", first_upload_id=own, last_upload_id=picture)
    assert pointers(problem(person.post("/api/jobs", json=frames), "upload-not-found")) == {"/last_upload_id"}
    foreign = submit(stranger)
    finish(edge, foreign["id"])
    restyle = clip(preset="restyle", source_job_id=foreign["id"])
    problem(person.post("/api/jobs", json=restyle), "job-not-found")
    assert person.get("/api/jobs").json()["jobs"] == []


def test_restyle_takes_a_finished_clip_of_ones_own(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    source = submit(person)
    restyle = clip(preset="restyle", source_job_id=source["id"])
    problem(person.post("/api/jobs", json=restyle), "job-not-found")
    finish(edge, source["id"])
    job = submit_and_dispatch(person, gpu, edge, preset="restyle", source_job_id=source["id"])
    (ticket,) = gpu.tickets_of(job["id"])
    assert ticket["inputs"] == [{"key": f"jobs/{source['id']}/video-1.mp4", "frame": None}]


def test_a_part_is_asked_for_within_a_clip_of_one_s_own(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    source = submit(person)
    retake = {"preset": "retake", "source_job_id": source["id"], "start_seconds": 0.5, "end_seconds": 1.5}
    problem(person.post("/api/jobs", json=clip(**retake)), "job-not-found")
    finish(edge, source["id"])
    extend = {"preset": "extend", "source_job_id": source["id"], "seconds": 4, "whole_seconds": 4}
    for fields, pointer in (
        (retake | {"end_seconds": 2.5}, "/end_seconds"),
        (retake | {"seconds": 4}, "/seconds"),
        (retake | {"ratio": "1:1"}, "/ratio"),
        (retake | {"remake": "colours"}, "/remake"),
        (extend | {"whole_seconds": 6}, "/whole_seconds"),  # two and two more are four
        (extend | {"seconds": 2}, "/seconds"),
    ):
        assert pointers(problem(person.post("/api/jobs", json=clip(**fields)), "invalid-job")) == {pointer}
    for fields in (retake, extend):
        job = submit_and_dispatch(person, gpu, edge, **fields)
        (ticket,) = gpu.tickets_of(job["id"])
        assert ticket["inputs"] == [{"key": f"jobs/{source['id']}/video-1.mp4", "frame": None}]


def test_rerun_keeps_or_changes_the_seed(person: httpx.Client, stranger: httpx.Client) -> None:
    job = submit(person)
    same = job_in(person.post(f"/api/jobs/{job['id']}/rerun", json={"seed": "same"}))
    new = job_in(person.post(f"/api/jobs/{job['id']}/rerun", json={"seed": "new"}))
    assert (same["seed"], same["rerun_of"]) == (job["seed"], job["id"])
    assert new["seed"] != job["seed"]
    assert new["input"] | {"seed": None} == job["input"]
    problem(person.post(f"/api/jobs/{job['id']}/rerun", json={"seed": "other"}), "invalid-job")
    problem(stranger.post(f"/api/jobs/{job['id']}/rerun", json={"seed": "same"}), "job-not-found")


def test_a_draft_is_made_again_at_full_size(person: httpx.Client) -> None:
    draft = submit(person, preset="draft", tier="352p", seed=7, guidance=4.0)
    full: Json = {"preset": "aggressive_quality", "tier": "704p"}
    path = f"/api/jobs/{draft['id']}/rerun"
    made = job_in(person.post(path, json={"seed": "same", "quality": full}))
    assert made["input"] == draft["input"] | full
    assert (made["seed"], made["rerun_of"]) == (7, draft["id"])
    problem(person.post(path, json={"seed": "same", "quality": full | {"tier": "352p"}}), "invalid-job")
    problem(person.post(path, json={"seed": "same", "quality": {"preset": "keyframes", "tier": "704p"}}), "invalid-job")


def test_rerun_needs_its_picture_still(person: httpx.Client, edge: Edge) -> None:
    picture = person.put("/api/uploads", content=png()).json()["id"]
    job = submit(person, upload_id=picture)
    edge.rows("UPDATE uploads SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", picture)
    problem(person.post(f"/api/jobs/{job['id']}/rerun", json={"seed": "same"}), "upload-not-found")


def test_prices_are_those_of_python(person: httpx.Client) -> None:
    # The menu waits a second for the GPU service, not longer; on a slow machine the next one knows.
    until(lambda: person.get("/api/presets").json()["checkpoint"] is not None)
    menu = Menu.model_validate_json(person.get("/api/presets").content)
    assert menu.estimates == all_estimates()
    assert (menu.checkpoint, menu.is_tiny_model) == ("tiny-19b", True)
    choice = {"preset": "aggressive_quality", "ratio": "1:1", "seconds": 8, "tier": "1088p"}
    answer = Estimate.model_validate_json(person.post("/api/estimate", json=choice).content)
    assert answer == estimate(PRESETS["aggressive_quality"], "1:1", 8, "1088p")
    job = submit(person, preset="aggressive_quality", ratio="1:1", seconds=8, tier="1088p")
    assert job["cost"]["estimate_micro_won"] == answer.micro_won
    assert job["cost"]["reserved_micro_won"] == answer.high_micro_won


def test_an_estimate_for_what_does_not_exist_is_refused(person: httpx.Client) -> None:
    choice = {"preset": "draft", "ratio": "1:1", "seconds": 8, "tier": "1088p"}
    assert pointers(problem(person.post("/api/estimate", json=choice), "invalid-job")) == {"/tier"}


@pytest.fixture
def caps(edge: Edge) -> Iterator[None]:
    before = edge.rows("SELECT name, micro_won FROM limits")
    yield
    for row in before:
        edge.rows("UPDATE limits SET micro_won = ? WHERE name = ?", row["micro_won"], row["name"])


@pytest.mark.usefixtures("caps")
@pytest.mark.parametrize("cap", ["job", "owner_day"])
def test_a_cap_refuses_before_anything_is_written(person: httpx.Client, edge: Edge, cap: str) -> None:
    price = submit(person)["cost"]["reserved_micro_won"]
    limit = price - 1 if cap == "job" else 2 * price - 1
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = ?", limit, cap)
    body = problem(person.post("/api/jobs", json=clip(), headers=KEY), "cap-exceeded")
    assert body["errors"] == [{"pointer": "", "detail": f"cap: {cap}"}]
    assert len(person.get("/api/jobs").json()["jobs"]) == 1
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = ?", 2 * price, cap)
    assert person.post("/api/jobs", json=clip(), headers=KEY).status_code == 202, "the key was not used up"


@pytest.mark.usefixtures("caps")
def test_what_is_left_is_never_told_as_enough(person: httpx.Client, edge: Edge) -> None:
    price = submit(person)["cost"]["reserved_micro_won"]
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = 'owner_day'", 2 * price - 1)
    detail = problem(person.post("/api/jobs", json=clip()), "cap-exceeded")["detail"]
    _cap, left, needed, *_choices = (int(amount) for amount in re.findall(r"(\d+) won", detail))
    assert left < needed, detail


@pytest.mark.usefixtures("caps")
def test_the_last_won_is_shared_by_nobody(person: httpx.Client, edge: Edge) -> None:
    price = submit(person)["cost"]["reserved_micro_won"]
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = 'owner_day'", 4 * price)
    with ThreadPoolExecutor(12) as pool:
        sent = [pool.submit(person.post, "/api/jobs", json=clip()) for _ in range(12)]
        statuses = sorted(future.result().status_code for future in sent)
    assert statuses == [202] * 3 + [402] * 9


@pytest.mark.usefixtures("caps")
def test_the_site_cap_counts_every_owner(person: httpx.Client, stranger: httpx.Client, edge: Edge) -> None:
    submit(stranger)
    (spent,) = edge.rows("SELECT SUM(micro_won) AS micro_won FROM ledger")
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = 'site_day'", spent["micro_won"])
    body = problem(person.post("/api/jobs", json=clip()), "cap-exceeded")
    assert body["errors"][0]["detail"] == "cap: site_day"


def test_usage_adds_up(person: httpx.Client, edge: Edge) -> None:
    first, second = submit(person), submit(person)
    finish(edge, first["id"])
    usage = Usage.model_validate_json(person.get("/api/usage").content)
    assert usage.today.jobs == usage.this_month.jobs == 2
    assert usage.today.billed_micro_won == ledger_of(edge, first["id"])["settle"]
    assert usage.today.held_micro_won == second["cost"]["reserved_micro_won"]
    assert usage.day.startswith(usage.month)
    limits = {row["name"]: row["micro_won"] for row in edge.rows("SELECT name, micro_won FROM limits")}
    assert usage.limits.model_dump() == {f"{name}_micro_won": amount for name, amount in limits.items()}
