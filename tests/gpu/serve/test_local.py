"""The GPU service as a person starts it: real processes, the real pipelines on the tiny model set, a real bucket."""

import io
import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import httpx
import psutil
import pytest

from gpu.core.contract import Call, CardOrder, Ticket
from gpu.serve.local import server
from gpu.serve.settings import Settings, SettingsError
from gpu.serve.storage import Storage
from infra.dev.ports import free_port
from infra.dev.stack import wait_until_answers
from infra.process.activity import activity
from infra.process.processes import Process
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT
from tests.gpu.serve.surroundings import DYING, EVENT_SECRET, STAYING, EventSite, MakeTicket, until


@dataclass
class Service:
    process: Process
    client: httpx.Client
    site: EventSite
    bucket: Storage
    state: Path

    def submit(self, ticket: Ticket) -> Call:
        answer = self.client.post("/jobs", json=json.loads(ticket.model_dump_json()))
        assert answer.status_code == 202
        return Call.model_validate_json(answer.content)

    def call_state(self, call: Call) -> str:
        return self.client.get(f"/jobs/{call.call_id}").json()["state"]

    def worker_pid(self) -> int:
        return int((self.state / "worker.pid").read_text(encoding="utf-8"))

    def until(self, happened: Callable[[], bool]) -> None:
        """Waits for something that this service brings about."""
        until(happened, moved=lambda: (len(self.site.events), activity(self.process.pid, self.process.log)))

    def until_rendering(self, ticket: Ticket) -> None:
        told = (ticket.job_id, "stage_1")
        self.until(lambda: any((event.job_id, event.stage) == told for event in list(self.site.events)))


@pytest.fixture(scope="module")
def service(r2_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with running(r2_endpoint, tmp_path_factory.mktemp("GPU 서비스")) as service:
        yield service


@contextmanager
def running(r2_endpoint: str, state: Path) -> Generator[Service]:
    listening = EventSite()
    port = free_port()
    environment = {
        "CLIPWRIGHT_SITE_URL": listening.url,
        "CLIPWRIGHT_EVENT_SECRET": EVENT_SECRET,
        "CLIPWRIGHT_CHECKPOINT": "tiny-19b",
        "CLIPWRIGHT_STATE": str(state),
        "CLIPWRIGHT_HEARTBEAT_SECONDS": "0.1",
        "CLIPWRIGHT_BILL_AS": "H200",
        "R2_ENDPOINT": r2_endpoint,
        "R2_BUCKET": "media",
        "R2_ACCESS_KEY_ID": "testkey",
        "R2_SECRET_ACCESS_KEY": "testsecret",
        "PYTHONPATH": str(DYING),
    }
    process = Process(
        "gpu.serve.local.server",
        [sys.executable, "-X", "utf8", "-m", "gpu.serve.local.server", "--port", str(port)],
        env=environment,
        cwd=ROOT,
        log=state / "gpu.log",
        record=state / "gpu.process.json",
    )
    process.start()
    bucket = Storage(Settings.from_environment(environment))
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, trust_env=False, timeout=STALLED_AFTER_SECONDS) as client:
        try:
            wait_until_answers(process, f"{url}/version", {})
            yield Service(process, client, listening, bucket, state)
        finally:
            process.stop()
            listening.close()


def test_a_ticket_becomes_a_clip_and_twice_the_same_ticket_one_call(service: Service, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(preset="aggressive_quality")
    call = service.submit(ticket)
    assert service.submit(ticket).call_id == call.call_id
    service.until(lambda: service.call_state(call) == "finished")
    outcome = service.bucket.done(ticket.job_id)
    assert outcome is not None
    assert outcome.video_key is not None
    assert outcome.video is not None
    assert outcome.resolved is not None
    assert outcome.cost.micro_won > 0
    data = service.bucket.read(outcome.video_key, 10_000_000)
    assert data is not None
    with av.open(io.BytesIO(data), "r") as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == outcome.video.num_frames == outcome.resolved.num_frames
    told = [event for event in service.site.events if event.job_id == ticket.job_id]
    assert (told[0].type, told[-1].type) == ("started", "ended")
    assert {"stage_1", "decode"} <= {event.stage for event in told}
    assert service.call_state(service.submit(ticket)) == "finished"


def test_a_card_s_tickets_follow_each_other_and_are_calls_until_another_call_waits(
    service: Service, make_ticket: MakeTicket
) -> None:
    one, card = make_ticket(), "card0000000001"
    first, second, after = (one.model_copy(update={"job_id": f"{one.job_id}{number}"}) for number in range(3))
    service.site.orders = [CardOrder(ticket=second), *[CardOrder(ask_again_seconds=0.5)] * 1_000]
    asked = len(service.site.asks)
    call = service.submit(first.model_copy(update={"card": card}))
    token = call.call_id.removeprefix(f"{first.job_id}.1.")
    later = call.model_copy(update={"call_id": f"{second.job_id}.1.{token}"})
    service.until(lambda: service.call_state(call) == "finished")
    service.until(lambda: service.client.get(f"/jobs/{later.call_id}").status_code == 200)
    service.until(lambda: service.call_state(later) == "finished")
    service.until(lambda: len(service.site.asks) > asked + 2)  # it waits for somebody
    other = service.submit(after)
    service.until(lambda: service.call_state(other) == "finished")
    assert [service.bucket.done(each.job_id) is not None for each in (first, second, after)] == [True] * 3
    assert service.site.asks[-1].is_leaving
    assert {ask.card for ask in service.site.asks[asked:]} == {card}
    service.site.orders.clear()


def test_canceled_calls_end_as_canceled_whether_they_wait_or_run(service: Service, make_ticket: MakeTicket) -> None:
    running, waiting = make_ticket(prompt=STAYING), make_ticket()
    waiting = waiting.model_copy(update={"job_id": "waiting" + waiting.job_id})
    first, second = service.submit(running), service.submit(waiting)
    assert service.client.delete(f"/jobs/{second.call_id}").status_code == 202
    service.until_rendering(running)
    assert service.client.delete(f"/jobs/{first.call_id}").status_code == 202
    service.until(lambda: {service.call_state(first), service.call_state(second)} == {"finished"})
    for ticket in (running, waiting):
        outcome = service.bucket.failed(ticket.job_id)
        assert outcome is not None
        assert outcome.status == "canceled"
        assert service.bucket.done(ticket.job_id) is None


def test_a_killed_worker_takes_one_call_with_it_and_the_line_goes_on(service: Service, make_ticket: MakeTicket) -> None:
    doomed = make_ticket(preset="aggressive_quality", prompt=STAYING)
    again = doomed.model_copy(update={"attempt": 2})
    after = again.model_copy(update={"job_id": "after" + doomed.job_id})
    first, second = service.submit(doomed), service.submit(after)
    service.until_rendering(doomed)
    pid = service.worker_pid()
    psutil.Process(pid).kill()
    service.until(lambda: service.call_state(first) == "gone")
    assert service.bucket.done(doomed.job_id) is service.bucket.failed(doomed.job_id) is None
    retry = service.submit(again)
    service.until(lambda: service.call_state(second) == service.call_state(retry) == "finished")
    assert service.worker_pid() != pid
    delivered, others = service.bucket.done(doomed.job_id), service.bucket.done(after.job_id)
    assert delivered is not None
    assert others is not None
    assert (delivered.attempt, delivered.status, others.status) == (2, "succeeded", "succeeded")
    assert delivered.video is not None
    assert others.video is not None
    # The same settings and seed, so the same frames. The file around them need not be the same to the byte.
    assert delivered.video.frames_hash == others.video.frames_hash


def test_an_attempt_that_nobody_began_is_taken_again_after_a_restart(
    r2_endpoint: str, tmp_path: Path, make_ticket: MakeTicket
) -> None:
    """The site sends the same attempt again: the service has forgotten its line, and the call is gone."""
    running_one = make_ticket(prompt=STAYING)
    waiting = make_ticket().model_copy(update={"job_id": "waiting" + running_one.job_id})
    with running(r2_endpoint, tmp_path) as service:
        service.submit(running_one)
        call = service.submit(waiting)
        service.until_rendering(running_one)
    with running(r2_endpoint, tmp_path) as service:
        assert service.client.get(f"/jobs/{call.call_id}").json()["type"] == "/problems/call-not-found"
        again = service.submit(waiting)
        service.until(lambda: service.call_state(again) == "finished")
        done = service.bucket.done(waiting.job_id)
        assert done is not None
        assert done.attempt == 1
        assert service.site.reports[-1].ready_at is not None


def test_a_call_that_is_gone_is_a_new_call_when_its_attempt_is_sent_again(
    settings: Settings, make_ticket: MakeTicket
) -> None:
    dispatcher = server.LocalDispatcher(settings)
    first = dispatcher.submit(make_ticket())
    dispatcher._close(first.call_id, "gone")  # pyright: ignore[reportPrivateUsage] (as when its worker dies)
    again = dispatcher.submit(make_ticket())
    assert again.call_id != first.call_id
    assert (again.state, dispatcher.submit(make_ticket())) == ("pending", again)


def test_a_killed_service_leaves_no_worker_behind(r2_endpoint: str, tmp_path: Path, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(prompt=STAYING)
    with running(r2_endpoint, tmp_path) as service:
        service.submit(ticket)
        service.until_rendering(ticket)
        pid = service.worker_pid()
        os.kill(service.process.pid, 9 if os.name != "nt" else 15)
        until(lambda: not psutil.pid_exists(pid))


def test_a_machine_that_refuses_a_process_is_asked_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right after a worker was killed for memory there may be none for the next one; tickets are taken meanwhile."""
    asked: list[int] = []

    def refused() -> None:
        asked.append(len(asked))
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(server, "start_worker", refused)
    monkeypatch.setattr(server, "FIRST_PAUSE_SECONDS", 0.01)
    dispatcher = server.LocalDispatcher(settings)
    dispatcher.start()
    try:
        until(lambda: len(asked) > 2)
    finally:
        dispatcher.stop()


def test_what_is_missing_in_the_environment_is_named_all_at_once() -> None:
    with pytest.raises(SettingsError) as missing:
        Settings.from_environment({"CLIPWRIGHT_PROXY_KEY": "half", "R2_BUCKET": "media"})
    for name in ("CLIPWRIGHT_SITE_URL", "CLIPWRIGHT_STATE", "R2_ENDPOINT", "CLIPWRIGHT_PROXY_SECRET"):
        assert name in str(missing.value)
    assert "R2_BUCKET" not in str(missing.value)
