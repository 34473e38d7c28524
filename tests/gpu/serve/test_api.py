"""The HTTP side of the GPU service: keys, forms, and the same words for every refusal."""

import json
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest
import uvicorn

from gpu import VERSION
from gpu.core.contract import Call, GpuVersion, PictureRead, PictureToRead, Problem, SoundRead, SoundToRead, Ticket
from gpu.core.contract.fields import MAX_JSON_BYTES
from gpu.core.contract.schema import contract_digest
from gpu.core.problems import PictureRefused, SoundRefused
from gpu.serve.api import create_app
from gpu.serve.settings import Settings
from infra.process.waiting import STALLED_AFTER_SECONDS
from tests.gpu.serve.surroundings import MakeTicket

Serve = Callable[[Settings], httpx.Client]
KEYS = {"Modal-Key": "열쇠-key", "Modal-Secret": "secret"}
HEADERS = {name.encode("ascii"): value.encode("utf-8") for name, value in KEYS.items()}


class ListDispatcher:
    """Accepts everything and renders nothing."""

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.canceled: list[str] = []
        self.breaks = False

    def submit(self, ticket: Ticket) -> Call:
        if self.breaks:
            raise RuntimeError("password hunter2 at /root")
        self.tickets.append(ticket)
        return Call(call_id="call1", job_id=ticket.job_id, attempt=ticket.attempt, state="pending")

    def state(self, call_id: str) -> Call | None:
        if call_id != "call1" or not self.tickets:
            return None
        return Call(call_id=call_id, job_id=self.tickets[0].job_id, attempt=1, state="running")

    def cancel(self, call_id: str) -> Call | None:
        self.canceled.append(call_id)
        return self.state(call_id)


class ListReader:
    """Knows one picture and one file that is none."""

    def read(self, asked: PictureToRead) -> PictureRead:
        if asked.key != "inputs/raw/good":
            raise PictureRefused("The picture is damaged.")
        return PictureRead(key="inputs/abc.png", width=80, height=64, bytes=99)


@pytest.fixture
def dispatcher() -> ListDispatcher:
    return ListDispatcher()


@pytest.fixture
def reader() -> ListReader:
    return ListReader()


class ListSounds:
    """Knows one sound."""

    def read(self, asked: SoundToRead) -> SoundRead:
        if asked.key != "inputs/raw/good":
            raise SoundRefused("The sound is damaged.", (("/reason", "damaged"),))
        return SoundRead(key="inputs/abc.wav", bytes=99, seconds=1.5, channels=1)


@pytest.fixture
def plain_settings(settings: Settings) -> Settings:
    return replace(settings, proxy_key=KEYS["Modal-Key"], proxy_secret=KEYS["Modal-Secret"])


@pytest.fixture
def serve(dispatcher: ListDispatcher, reader: ListReader) -> Generator[Serve]:
    """Serves the app over HTTP on a free port; the clients it returns send no keys of their own."""
    with ExitStack() as running:

        def start(settings: Settings) -> httpx.Client:
            listening = running.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = uvicorn.Server(
                uvicorn.Config(
                    create_app(dispatcher, reader, ListSounds(), settings, "0123456789ab"), log_level="critical"
                )
            )
            thread = threading.Thread(target=server.run, args=([listening],))
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join()

            running.callback(stop)
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            return running.enter_context(httpx.Client(base_url=url, timeout=STALLED_AFTER_SECONDS, trust_env=False))

        yield start


@pytest.fixture
def client(serve: Serve, plain_settings: Settings) -> httpx.Client:
    client = serve(plain_settings)
    client.headers.update(HEADERS)
    return client


def refused(answer: httpx.Response, status: int, slug: str) -> Problem:
    """The answer as a problem, which every refusal is."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.status, problem.type) == (status, status, f"/problems/{slug}")
    return problem


def test_a_ticket_is_taken_shown_and_canceled(
    client: httpx.Client, dispatcher: ListDispatcher, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket()
    answer = client.post("/jobs", json=json.loads(ticket.model_dump_json()))
    assert answer.status_code == 202
    assert Call.model_validate_json(answer.content).state == "pending"
    assert dispatcher.tickets == [ticket]
    assert client.get("/jobs/call1").json()["state"] == "running"
    assert client.delete("/jobs/call1").status_code == 202
    assert dispatcher.canceled == ["call1"]


def test_an_unknown_call_is_not_found(client: httpx.Client) -> None:
    refused(client.get("/jobs/nobody"), 404, "call-not-found")
    refused(client.delete("/jobs/nobody"), 404, "call-not-found")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"Modal-Key": HEADERS[b"Modal-Key"]},
        {b"Modal-Secret": HEADERS[b"Modal-Secret"]},
        {**HEADERS, b"Modal-Secret": b"secrets"},
        {**HEADERS, b"Modal-Key": b"wrong"},
        {b"Modal-Key": b"", b"Modal-Secret": b""},
    ],
)
def test_without_both_keys_nothing_is_told(
    serve: Serve,
    dispatcher: ListDispatcher,
    plain_settings: Settings,
    make_ticket: MakeTicket,
    headers: dict[bytes, bytes],
) -> None:
    stranger = serve(plain_settings)
    stranger.headers.update(headers)
    refused(stranger.post("/jobs", content=make_ticket().model_dump_json()), 401, "proxy-key-refused")
    refused(stranger.get("/jobs/call1"), 401, "proxy-key-refused")
    refused(stranger.delete("/jobs/call1"), 401, "proxy-key-refused")
    assert (dispatcher.tickets, dispatcher.canceled) == ([], [])
    assert stranger.get("/version").status_code == 200


def test_where_no_keys_are_set_the_platform_in_front_has_checked_them(
    serve: Serve, settings: Settings, make_ticket: MakeTicket
) -> None:
    inside = serve(settings)
    assert inside.post("/jobs", json=json.loads(make_ticket().model_dump_json())).status_code == 202


def test_the_version_names_commit_contract_app_and_weights(client: httpx.Client) -> None:
    version = GpuVersion.model_validate_json(client.get("/version").content)
    assert version == GpuVersion(
        service="gpu",
        build="test",
        contract=contract_digest(),
        app_version=VERSION,
        checkpoint="tiny-19b",
        weights_revision="0123456789ab",
        visible_mark=False,
        image=None,
        code=None,
    )


def test_the_version_names_what_a_deploy_was_told_and_made_of(serve: Serve, settings: Settings) -> None:
    deployed = replace(settings, visible_mark=True, image="0123456789ab", code="ba9876543210")
    version = GpuVersion.model_validate_json(serve(deployed).get("/version").content)
    assert (version.visible_mark, version.image, version.code) == (True, "0123456789ab", "ba9876543210")


def test_faults_are_pointed_at(client: httpx.Client, dispatcher: ListDispatcher, make_ticket: MakeTicket) -> None:
    body = json.loads(make_ticket().model_dump_json())
    body["request"]["prompt"] = " "
    body["attempt"] = 0
    body["of_a_later_release"] = body["request"]["of_a_later_release"] = 1  # ignored
    problem = refused(client.post("/jobs", json=body), 422, "invalid-job")
    assert sorted(error.pointer for error in problem.errors) == ["/attempt", "/request/prompt"]
    assert dispatcher.tickets == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"job_id": "\\ud800"}', b"[" * 10_000])
def test_what_is_not_json_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/jobs", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    refused(answer, answer.status_code, "not-json" if answer.status_code == 400 else "invalid-job")


def test_other_content_types_and_sizes_are_refused(client: httpx.Client) -> None:
    refused(client.post("/jobs", content=b"{}", headers={"content-type": "text/plain"}), 415, "wrong-content-type")
    large = b" " * (MAX_JSON_BYTES + 1)
    refused(client.post("/jobs", content=large, headers={"content-type": "application/json"}), 413, "body-too-large")


def test_other_addresses_and_methods_are_problems_too(client: httpx.Client) -> None:
    refused(client.get("/openapi.json"), 404, "route-not-found")
    refused(client.get("/docs"), 404, "route-not-found")
    answer = client.put("/jobs")
    refused(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


def test_a_bug_says_nothing_about_itself(
    client: httpx.Client, dispatcher: ListDispatcher, make_ticket: MakeTicket
) -> None:
    dispatcher.breaks = True
    answer = client.post("/jobs", json=json.loads(make_ticket().model_dump_json()))
    refused(answer, 500, "internal")
    assert "hunter2" not in answer.text


def test_a_picture_is_read_or_its_problem_said(serve: Serve, plain_settings: Settings) -> None:
    client = serve(plain_settings)
    assert client.post("/pictures", json={"key": "inputs/raw/good"}).status_code == 401

    answer = client.post("/pictures", json={"key": "inputs/raw/good"}, headers=HEADERS)
    assert answer.status_code == 201
    assert answer.json() == {"key": "inputs/abc.png", "width": 80, "height": 64, "bytes": 99, "faces": []}

    refused = client.post("/pictures", json={"key": "inputs/raw/bad"}, headers=HEADERS)
    assert (refused.status_code, Problem.model_validate_json(refused.content).detail) == (
        422,
        "The picture is damaged.",
    )
    assert client.post("/pictures", json={"key": "jobs/x/done.json"}, headers=HEADERS).status_code == 422
