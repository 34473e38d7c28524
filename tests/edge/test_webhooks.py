"""Webhooks: every end of a job is told, signed, tried again, and to public addresses alone."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gpu.core.contract import DeliveryList, NewWebhook, WebhookList, WebhookMessage
from tests.edge.asking import finish, pointers, problem, read, submit, until
from tests.edge.edge import Edge
from tests.edge.receiver import Message, Receiver

Json = dict[str, Any]
LONG_AGO = "2020-01-01T00:00:00.000Z"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def add(person: httpx.Client, url: str, *events: str) -> Json:
    answer = person.post("/api/webhooks", json={"url": url} | ({"events": events} if events else {}))
    assert answer.status_code == 201, answer.text
    NewWebhook.model_validate_json(answer.content)
    return answer.json()


def deliveries(person: httpx.Client, webhook: Json) -> list[Json]:
    answer = person.get(f"/api/webhooks/{webhook['id']}/deliveries")
    DeliveryList.model_validate_json(answer.content)
    return answer.json()["deliveries"]


def verified(message: Message, secret: str) -> Json:
    Webhook(secret).verify(message.body, message.headers)
    WebhookMessage.model_validate_json(message.body)
    return json.loads(message.body)


def make_due(edge: Edge, webhook: Json) -> None:
    """As if the pause before the next try had passed."""
    edge.rows("UPDATE deliveries SET next_at = ? WHERE webhook_id = ? AND next_at IS NOT NULL", LONG_AGO, webhook["id"])


def test_an_end_is_told_at_once_and_signed(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    job = submit(person, prompt="비밀 장면")
    finish(edge, job["id"])
    until(lambda: len(receiver.messages) == 1)
    body = verified(receiver.messages[0], webhook["secret"])
    assert (body["type"], body["data"]["job_id"], body["data"]["status"]) == ("job.succeeded", job["id"], "succeeded")
    assert body["data"]["billed_micro_won"] == read(person, job["id"])["cost"]["billed_micro_won"]
    assert "비밀" not in receiver.messages[0].body.decode("utf-8")
    until(lambda: deliveries(person, webhook)[0]["delivered_at"] is not None)
    edge.sweep()
    assert len(receiver.messages) == 1, "nothing is told twice"


def test_chosen_ends_alone_are_told(
    person: httpx.Client, stranger: httpx.Client, edge: Edge, receiver: Receiver
) -> None:
    webhook = add(person, receiver.url, "job.canceled")
    finish(edge, submit(person)["id"])
    canceled = submit(person)["id"]
    person.post(f"/api/jobs/{canceled}/cancel")
    stranger.post(f"/api/jobs/{submit(stranger)['id']}/cancel")
    until(lambda: len(receiver.messages) == 1)
    edge.sweep()
    (message,) = receiver.messages
    assert verified(message, webhook["secret"])["data"]["job_id"] == canceled
    assert [delivery["event"] for delivery in deliveries(person, webhook)] == ["job.canceled"]


def test_a_failed_try_is_repeated_as_the_same_message(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    receiver.status = 500
    finish(edge, submit(person)["id"])
    until(lambda: deliveries(person, webhook)[0]["last_status"] == 500)
    waiting = deliveries(person, webhook)[0]
    assert (waiting["tries"], waiting["delivered_at"]) == (1, None)
    assert waiting["next_at"] is not None
    assert person.get("/api/webhooks").json()["webhooks"][0]["failing_since"] is not None
    receiver.status = 200
    make_due(edge, webhook)
    edge.sweep()
    first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert deliveries(person, webhook)[0]["delivered_at"] is not None
    assert person.get("/api/webhooks").json()["webhooks"][0]["failing_since"] is None


def test_a_new_secret_signs_beside_the_old_one(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    changed = person.post(f"/api/webhooks/{webhook['id']}/rotate").json()
    assert changed["secret"] != webhook["secret"]
    finish(edge, submit(person)["id"])
    until(lambda: len(receiver.messages) == 1)
    for secret in (webhook["secret"], changed["secret"]):
        verified(receiver.messages[0], secret)
    edge.rows("UPDATE webhooks SET old_secret_until = ? WHERE id = ?", LONG_AGO, webhook["id"])
    finish(edge, submit(person)["id"])
    until(lambda: len(receiver.messages) == 2)
    verified(receiver.messages[1], changed["secret"])
    with pytest.raises(WebhookVerificationError):
        verified(receiver.messages[1], webhook["secret"])


def test_no_redirect_is_followed(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    receiver.status = 307
    finish(edge, submit(person)["id"])
    until(lambda: deliveries(person, webhook)[0]["last_status"] == 307)
    assert [message.path for message in receiver.messages] == ["/hook"]


def test_a_day_of_failure_disables_and_a_resent_message_enables(
    person: httpx.Client, edge: Edge, receiver: Receiver
) -> None:
    webhook = add(person, receiver.url)
    receiver.status = 503
    finish(edge, submit(person)["id"])
    until(lambda: deliveries(person, webhook)[0]["last_status"] == 503)
    edge.rows("UPDATE webhooks SET failing_since = ? WHERE id = ?", LONG_AGO, webhook["id"])
    make_due(edge, webhook)
    edge.sweep()
    (stopped,) = person.get("/api/webhooks").json()["webhooks"]
    assert stopped["disabled_at"] is not None
    (given_up,) = deliveries(person, webhook)
    assert (given_up["next_at"], given_up["failed_at"] is None) == (None, False)
    finish(edge, submit(person)["id"])
    assert len(deliveries(person, webhook)) == 1, "what is off gets no new messages"
    receiver.status = 200
    resent = person.post(f"/api/webhooks/{webhook['id']}/deliveries/{given_up['id']}/resend")
    assert resent.status_code == 202
    until(lambda: deliveries(person, webhook)[0]["delivered_at"] is not None)
    assert person.get("/api/webhooks").json()["webhooks"][0]["disabled_at"] is None


def test_who_is_gone_is_asked_no_more(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    receiver.status = 410
    finish(edge, submit(person)["id"])
    until(lambda: person.get("/api/webhooks").json()["webhooks"][0]["disabled_at"] is not None)
    assert deliveries(person, webhook)[0]["next_at"] is None


def test_the_last_try_is_the_last(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    receiver.status = 500
    finish(edge, submit(person)["id"])
    until(lambda: deliveries(person, webhook)[0]["last_status"] == 500)
    for _ in range(20):
        make_due(edge, webhook)
        edge.sweep()
    (given_up,) = deliveries(person, webhook)
    assert (given_up["tries"], given_up["next_at"]) == (8, None)
    assert given_up["failed_at"] is not None
    assert len(receiver.messages) == 8


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://10.0.0.1/",
        "https://example.com:22/",
        "http://example.com/",
        "hello",
        "https://a b/",
    ],
)
def test_an_address_that_is_not_public_is_refused(person: httpx.Client, url: str) -> None:
    body = problem(person.post("/api/webhooks", json={"url": url}), "invalid-job")
    assert pointers(body) == {"/url"}


def test_a_webhook_is_its_owners_alone(person: httpx.Client, stranger: httpx.Client, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    listed = person.get("/api/webhooks")
    assert len(WebhookList.model_validate_json(listed.content).webhooks) == 1
    assert webhook["secret"] not in listed.text
    path = f"/api/webhooks/{webhook['id']}"
    problem(stranger.delete(path), "webhook-not-found")
    problem(stranger.post(f"{path}/rotate"), "webhook-not-found")
    problem(stranger.get(f"{path}/deliveries"), "webhook-not-found")
    problem(stranger.post(f"{path}/deliveries/{'a' * 30}/resend"), "webhook-not-found")
    assert stranger.get("/api/webhooks").json() == {"webhooks": []}
    assert person.delete(path).status_code == 204
    assert person.get("/api/webhooks").json() == {"webhooks": []}


def test_webhooks_are_not_without_number(person: httpx.Client, receiver: Receiver) -> None:
    for _ in range(5):
        add(person, receiver.url)
    problem(person.post("/api/webhooks", json={"url": receiver.url}), "too-many")


def test_a_receiver_that_is_back_soon_has_what_it_missed(person: httpx.Client, edge: Edge, receiver: Receiver) -> None:
    webhook = add(person, receiver.url)
    receiver.status = 500
    jobs = {submit(person)["id"] for _ in range(10)}
    for job_id in jobs:
        finish(edge, job_id)
    until(lambda: all(one["last_status"] == 500 for one in deliveries(person, webhook)))
    receiver.status = 200
    before = len(receiver.messages)
    make_due(edge, webhook)
    edge.sweep()
    told = {json.loads(message.body)["data"]["job_id"] for message in receiver.messages[before:]}
    assert told == jobs
