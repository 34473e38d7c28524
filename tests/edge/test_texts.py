"""Prompt help at the edge: a text in the same line and under the same caps as clips, and never shown as one."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gpu.core.contract import ActiveJobs, TextJob, TextOffer, Usage
from gpu.core.contract.fields import MAX_PROMPT_CHARACTERS
from gpu.core.hardware import MAX_CONTAINERS
from gpu.core.pricing import attempt_cost
from gpu.core.text_pricing import text_estimate
from tests.edge.asking import (
    finish,
    leave_cards,
    ledger_of,
    pointers,
    problem,
    put_marker,
    refused,
    row_of,
    submit,
    until,
)
from tests.edge.bodies import event, outcome, png
from tests.edge.edge import Edge
from tests.edge.fake_gpu import FakeGpu
from tests.edge.receiver import Receiver

Json = dict[str, Any]
WORDS = "바람에 머리카락이 흔들려요"
WRITTEN = "A close-up of a woman. Wind moves her hair."
KEY = {"idempotency-key": "text-key-0001"}
PRICE = text_estimate()


@pytest.fixture
def caps(edge: Edge) -> Iterator[None]:
    before = edge.rows("SELECT name, micro_won FROM limits")
    yield
    for row in before:
        edge.rows("UPDATE limits SET micro_won = ? WHERE name = ?", row["micro_won"], row["name"])


def text_in(answer: httpx.Response) -> Json:
    TextJob.model_validate_json(answer.content)
    return answer.json()


def ask(person: httpx.Client, **fields: object) -> Json:
    answer = person.post("/api/texts", json={"prompt": WORDS} | fields)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/texts/{answer.json()['id']}"
    return text_in(answer)


def ask_and_dispatch(person: httpx.Client, edge: Edge, **fields: object) -> Json:
    leave_cards(edge)
    text = ask(person, **fields)
    until(lambda: row_of(edge, text["id"])["call_id"] is not None)
    return text


def look(person: httpx.Client, text_id: str) -> Json:
    answer = person.get(f"/api/texts/{text_id}")
    assert answer.status_code == 200, answer.text
    return text_in(answer)


def written(job_id: str, attempt: int = 1, status: str = "succeeded", **fields: object) -> Json:
    """What a worker reports of a text."""
    body = outcome(job_id, status, attempt)
    members = ("resolved", "video_key", "video", "poster_key", "poster", "quality")
    return body | dict.fromkeys(members) | {"text": WRITTEN if status == "succeeded" else None} | fields


def write(edge: Edge, job_id: str, attempt: int = 1) -> Json:
    body = written(job_id, attempt)
    assert edge.send_event(event(job_id, 1, "started", attempt, resolved=None)).status_code == 200
    assert edge.send_event(event(job_id, 2, "ended", attempt, outcome=body)).status_code == 200
    return body


def upload(person: httpx.Client) -> str:
    answer = person.put("/api/uploads", content=png(), headers={"content-type": "image/png"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_a_text_is_a_job_from_press_to_bill(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    picture = upload(person)
    text = ask_and_dispatch(person, edge, upload_id=picture, seed=5)
    assert (text["status"], text["text"], text["seed"]) == ("queued", None, 5)
    cost = text["cost"]
    assert (cost["estimate_micro_won"], cost["reserved_micro_won"]) == (PRICE.micro_won, PRICE.high_micro_won)
    (ticket,) = gpu.tickets_of(text["id"])
    assert ticket["request"] == {"preset": "prompt_help", "prompt": WORDS, "upload_id": picture, "seed": 5}
    assert [item["frame"] for item in ticket["inputs"]] == ["first"]
    assert (ticket["gpu"], ticket["seed"]) == (PRICE.gpu, 5)
    body = write(edge, text["id"])
    done = look(person, text["id"])
    used = body["cost"]["micro_won"]
    assert (done["status"], done["text"], done["cost"]["billed_micro_won"]) == ("succeeded", WRITTEN, used)
    reserved = PRICE.high_micro_won
    assert ledger_of(edge, text["id"]) == {"reserve": reserved, "release": -reserved, "settle": used}


def test_its_won_counts_and_it_is_no_clip(person: httpx.Client, edge: Edge) -> None:
    clip = submit(person)
    finish(edge, clip["id"])
    text = ask(person)
    assert [job["id"] for job in person.get("/api/jobs").json()["jobs"]] == [clip["id"]]
    assert person.get("/api/jobs/active").json()["open"] == []
    used = write(edge, text["id"])["cost"]["micro_won"]
    paid = used + ledger_of(edge, clip["id"])["settle"]

    now = ActiveJobs.model_validate_json(person.get("/api/jobs/active").content)
    assert now.today is not None
    assert (now.today.billed_micro_won, now.today.month_billed_micro_won) == (paid, paid)
    usage = Usage.model_validate_json(person.get("/api/usage").content)
    assert usage.today.billed_micro_won == paid
    assert usage.usage.sums.billed_micro_won == paid
    assert (usage.usage.sums.delivered, usage.usage.sums.jobs) == (1, 1)
    assert usage.usage.sums.per_delivered_micro_won == paid
    (own,) = [row for row in usage.usage.presets if row.name == "prompt_help"]
    assert (own.jobs, own.delivered, own.billed_micro_won) == (1, 1, used)
    (day,) = person.get("/api/jobs/days").json()["days"]
    assert (day["jobs"], day["clips"]) == (1, 1)
    assert [job["id"] for job in person.get("/api/jobs", params={"q": "머리카락"}).json()["jobs"]] == []
    address = f"/api/jobs/{text['id']}"
    for answer in (person.get(address), person.delete(address), person.post(f"{address}/rerun", json={"seed": "same"})):
        problem(answer, "job-not-found")
    changed = person.post("/api/jobs/bulk", json={"action": "delete", "ids": [text["id"]]}).json()
    assert changed == {"done": [], "left": [text["id"]]}
    problem(person.get(f"/api/texts/{clip['id']}"), "job-not-found")
    exported = person.get("/api/export").json()
    assert [job["id"] for job in exported["jobs"]] == [clip["id"]]
    (kept,) = exported["texts"]
    assert (kept["id"], kept["text"], len(kept["ledger"])) == (text["id"], WRITTEN, 3)


def test_nobody_is_told_of_a_text_by_webhook(person: httpx.Client, edge: Edge) -> None:
    with Receiver() as receiver:
        webhook = person.post("/api/webhooks", json={"url": receiver.url}).json()
        write(edge, ask(person)["id"])
        clip = submit(person)
        finish(edge, clip["id"])
        told = f"/api/webhooks/{webhook['id']}/deliveries"
        until(lambda: len(person.get(told).json()["deliveries"]) > 0)
        assert [one["job_id"] for one in person.get(told).json()["deliveries"]] == [clip["id"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/prompt"),
        ({"prompt": ""}, "/prompt"),
        ({"prompt": "  \n "}, "/prompt"),
        ({"prompt": "가" * (MAX_PROMPT_CHARACTERS + 1)}, "/prompt"),
        ({"prompt": WORDS, "seconds": 8}, "/seconds"),
        ({"prompt": WORDS, "preset": "fast"}, "/preset"),
        ({"prompt": WORDS, "upload_id": "../x"}, "/upload_id"),
        ({"prompt": WORDS, "seed": -1}, "/seed"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_paid(
    person: httpx.Client, edge: Edge, body: Json, pointer: str
) -> None:
    (before,) = edge.rows("SELECT COUNT(*) AS rows FROM ledger")
    assert pointers(problem(person.post("/api/texts", json=body), "invalid-job")) == {pointer}
    assert edge.rows("SELECT COUNT(*) AS rows FROM ledger") == [before]


def test_a_picture_must_be_there_and_ones_own(person: httpx.Client, stranger: httpx.Client) -> None:
    for missing in ("nosuchpicture", upload(stranger)):
        body = problem(person.post("/api/texts", json={"prompt": WORDS, "upload_id": missing}), "upload-not-found")
        assert pointers(body) == {"/upload_id"}


def test_one_key_is_one_text(person: httpx.Client) -> None:
    bodies = [person.post("/api/texts", json={"prompt": WORDS}, headers=KEY).json() for _ in range(3)]
    assert len({body["id"] for body in bodies}) == 1
    problem(person.post("/api/texts", json={"prompt": "다른 말"}, headers=KEY), "idempotency-conflict")
    problem(person.post("/api/jobs", json={"preset": "fast", "prompt": WORDS}, headers=KEY), "idempotency-conflict")


@pytest.mark.usefixtures("caps")
@pytest.mark.parametrize("cap", ["job", "owner_day"])
def test_a_cap_counts_it_and_speaks_of_a_text(person: httpx.Client, edge: Edge, cap: str) -> None:
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = ?", PRICE.high_micro_won - 1, cap)
    body = problem(person.post("/api/texts", json={"prompt": WORDS}), "cap-exceeded")
    assert "this text may take" in body["detail"]
    assert body["choices"] == []
    edge.rows("UPDATE limits SET micro_won = ? WHERE name = ?", PRICE.high_micro_won, cap)
    ask(person)


def test_a_token_pays_for_it_and_needs_the_right(person: httpx.Client, edge: Edge) -> None:
    def token(*scopes: str) -> httpx.Client:
        made = person.post("/api/tokens", json={"name": "t", "scopes": scopes, "cap_won": 1_000, "days": 7})
        assert made.status_code == 201, made.text
        return edge.person(authorization=f"Bearer {made.json()['token']}")

    with token("read") as reads, token("read", "create") as makes:
        problem(reads.post("/api/texts", json={"prompt": WORDS}), "token-not-allowed")
        assert reads.get("/api/texts/offer").status_code == 200
        text = makes.post("/api/texts", json={"prompt": WORDS}).json()
    (row,) = edge.rows("SELECT spent_micro_won FROM tokens WHERE id = ?", row_of(edge, text["id"])["token_id"])
    assert row["spent_micro_won"] == PRICE.high_micro_won


def test_the_offer_counts_a_start_only_where_no_card_is_up(person: httpx.Client, edge: Edge) -> None:
    leave_cards(edge)
    cold = TextOffer.model_validate_json(person.get("/api/texts/offer").content)
    assert (cold.micro_won, cold.start_micro_won) == (PRICE.micro_won, PRICE.cold_start_micro_won)
    text = ask_and_dispatch(person, edge)
    warm = TextOffer.model_validate_json(person.get("/api/texts/offer").content)
    assert warm.start_micro_won == 0
    person.post(f"/api/texts/{text['id']}/cancel")


def test_a_text_and_a_clip_share_a_card_and_its_start(person: httpx.Client, edge: Edge) -> None:
    leave_cards(edge)
    reserved = [ask(person)["cost"]["reserved_micro_won"] for _ in range(MAX_CONTAINERS + 1)]
    assert reserved == [PRICE.high_micro_won] * MAX_CONTAINERS + [PRICE.micro_won]
    first = person.get("/api/gpu").json()["kinds"]
    assert [kind["gpu"] for kind in first] == [PRICE.gpu]


def test_a_queued_text_is_canceled_free_and_a_running_one_by_its_worker(person: httpx.Client, edge: Edge) -> None:
    queued = ask_and_dispatch(person, edge)
    stopped = text_in(person.post(f"/api/texts/{queued['id']}/cancel"))
    assert (stopped["status"], stopped["cost"]["billed_micro_won"]) == ("canceled", 0)
    running = ask_and_dispatch(person, edge)
    edge.send_event(event(running["id"], 1, "started", resolved=None))
    asked = text_in(person.post(f"/api/texts/{running['id']}/cancel"))
    assert (asked["status"], asked["cancel_requested"]) == ("running", True)
    end = written(running["id"], status="canceled")
    edge.send_event(event(running["id"], 2, "ended", outcome=end))
    ended = look(person, running["id"])
    assert (ended["status"], ended["cost"]["billed_micro_won"]) == ("canceled", end["cost"]["micro_won"])
    problem(person.post(f"/api/texts/{ask_done(person, edge)}/cancel"), "job-not-cancelable")


def ask_done(person: httpx.Client, edge: Edge) -> str:
    text = ask(person)
    write(edge, text["id"])
    return text["id"]


def test_what_was_written_is_found_in_the_bucket(person: httpx.Client, edge: Edge) -> None:
    text = ask_and_dispatch(person, edge)
    put_marker(edge, "done", written(text["id"]))
    edge.expire_lease(text["id"])
    edge.sweep()
    assert look(person, text["id"])["text"] == WRITTEN


def test_a_lost_worker_costs_an_attempt_and_no_text(person: httpx.Client, gpu: FakeGpu, edge: Edge) -> None:
    text = ask_and_dispatch(person, edge)
    edge.send_event(event(text["id"], 1, "started", resolved=None))
    gpu.forget(text["id"], 1)
    edge.expire_lease(text["id"])
    edge.sweep()
    until(lambda: len(gpu.tickets_of(text["id"])) == 2)
    again, before = reversed(gpu.tickets_of(text["id"]))
    assert (again["attempt"], again["seed"], again["request"]) == (2, before["seed"], before["request"])
    body = write(edge, text["id"], attempt=2)
    assert ledger_of(edge, text["id"])["settle"] == body["cost"]["micro_won"]


def test_out_of_memory_moves_it_to_the_larger_card_at_the_same_price(
    person: httpx.Client, gpu: FakeGpu, edge: Edge
) -> None:
    text = ask_and_dispatch(person, edge)
    short = written(text["id"], status="failed", fault={"type": "out-of-gpu-memory", "detail": "Full."})
    edge.send_event(event(text["id"], 5, "ended", outcome=short))
    until(lambda: len(gpu.tickets_of(text["id"])) == 2)
    assert gpu.tickets_of(text["id"])[1]["gpu"] == PRICE.larger_gpu
    dear = attempt_cost("B300", 60.0, 0.0).model_dump(mode="json")
    edge.send_event(event(text["id"], 1, "ended", 2, outcome=written(text["id"], 2, cost=dear)))
    assert look(person, text["id"])["cost"]["billed_micro_won"] == PRICE.micro_won


def test_an_end_without_a_text_or_clip_is_no_success(person: httpx.Client, edge: Edge) -> None:
    text = ask(person)
    bare = event(text["id"], 2, "ended", outcome=written(text["id"], text=None))
    problem(edge.send_event(bare), "invalid-job")
    assert look(person, text["id"])["status"] == "queued"
    write(edge, text["id"])
    refused(edge.send_event(event(text["id"], 3)), "ended")


def test_its_texts_go_when_its_time_is_over(person: httpx.Client, edge: Edge) -> None:
    text = ask_done(person, edge)
    edge.rows("UPDATE jobs SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id = ?", text)
    edge.sweep()
    row = row_of(edge, text)
    assert row["text"] is None
    assert WORDS not in row["input"]
    problem(person.get(f"/api/texts/{text}"), "job-not-found")


def test_strangers_see_none_of_it(person: httpx.Client, stranger: httpx.Client) -> None:
    text = ask(person)
    problem(stranger.get(f"/api/texts/{text['id']}"), "job-not-found")
    problem(stranger.post(f"/api/texts/{text['id']}/cancel"), "job-not-found")
