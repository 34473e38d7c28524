"""The GPU class inside Modal's own container program: it enters, runs, is canceled and interrupted, and leaves."""

import os
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from gpu.core.contract import CardOrder, Ticket
from gpu.serve.modal.app import DEFAULT_GPU
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.settings import ROOT
from tests.gpu.serve import modal_container
from tests.gpu.serve.modal_container import Rented, container, deployed
from tests.gpu.serve.surroundings import ROW, STAYING, EventSite, MakeTicket, machine_values, secret_values, until
from tests.programs import wait_for_end

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def kept(settings: Settings) -> dict[str, str]:
    """The values in the named secrets."""
    return secret_values(settings)


@pytest.fixture
def machine(settings: Settings) -> dict[str, str]:
    return machine_values(settings)


@pytest.fixture
def rented() -> Rented:
    return Rented()


@pytest.fixture
def start(rented: Rented, kept: dict[str, str], machine: dict[str, str], tmp_path: Path) -> Generator[Start]:
    """Starts containers of the app, one after another."""
    with ExitStack() as running:
        service, environment = running.enter_context(deployed(rented, tmp_path, ROW))
        settings = modal_container.Settings(kept, machine)
        yield lambda: running.enter_context(container(rented, service, environment, settings, tmp_path))
        assert service.missing == []


LOSES_ITS_CARD = """
from gpu.serve.modal.container import Container
ran = Container._ran
def and_loses_it(self, worker, ticket):
    end = ran(self, worker, ticket)
    self.is_spent = True
    return end
Container._ran = and_loses_it
"""


def test_it_leaves_by_itself_once_its_card_is_lost(
    start: Start, rented: Rented, machine: dict[str, str], make_ticket: MakeTicket, tmp_path: Path
) -> None:
    (tmp_path / "losing").mkdir()
    (tmp_path / "losing" / "sitecustomize.py").write_text(LOSES_ITS_CARD, encoding="utf-8")
    machine["PYTHONPATH"] = os.pathsep.join((str(tmp_path / "losing"), str(ROOT)))
    process = start()
    rented.submit(make_ticket(seconds=2))
    assert rented.result() == "finished", log(tmp_path)
    assert wait_for_end(process) == 0, log(tmp_path)  # though nobody here ended it


def submit_and_watch(rented: Rented, site: EventSite, ticket: Ticket) -> str:
    """Delivers a ticket that is STAYING, and waits until it is being rendered. Returns the input's id."""
    name = rented.submit(ticket)
    until(lambda: any(event.stage == "stage_1" for event in list(site.events)), moved=rented.activity)
    return name


def taken_away(process: "subprocess.Popen[bytes]") -> None:
    """The platform interrupts a container, and does not wait for ever. One that stays writes down what it does."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STALLED_AFTER_SECONDS)
        return
    process.send_signal(signal.SIGABRT)
    process.wait()


def log(folder: Path) -> str:
    return (folder / "container.log").read_text(encoding="utf-8", errors="replace")


def test_it_enters_runs_clip_after_clip_and_leaves(
    start: Start,
    rented: Rented,
    bucket: Storage,
    site: EventSite,
    settings: Settings,
    make_ticket: MakeTicket,
    tmp_path: Path,
) -> None:
    process = start()
    first = make_ticket(seconds=2)
    second = first.model_copy(update={"job_id": first.job_id[::-1]})
    for ticket in (first, second):
        rented.submit(ticket)
        assert rented.result() == "finished", log(tmp_path)
    rented.end()
    assert wait_for_end(process) == 0, log(tmp_path)
    done = [bucket.done(ticket.job_id) for ticket in (first, second)]
    assert [outcome.cost.cold_start_seconds > 0 for outcome in done if outcome] == [True, False]
    assert site.types().count("ended") == 2
    assert rented.failures == []
    assert rented.committed  # Modal commits the volumes at the end, so what was compiled is kept
    assert not (settings.state / "scratch").exists()  # the exit hook ran


def test_it_makes_all_that_the_site_gives_its_card_in_one_call_and_leaves_by_itself(
    start: Start, rented: Rented, bucket: Storage, site: EventSite, make_ticket: MakeTicket, tmp_path: Path
) -> None:
    one = make_ticket(seconds=2).model_copy(update={"gpu": DEFAULT_GPU})
    tickets = [one.model_copy(update={"job_id": f"{one.job_id}{number}"}) for number in range(3)]
    site.gives(*tickets[1:])
    process = start()
    rented.submit(tickets[0].model_copy(update={"card": "card0000000001"}))
    assert rented.result() == "finished", log(tmp_path)
    assert wait_for_end(process) == 0, log(tmp_path)  # though nobody here ended it
    assert [bucket.done(ticket.job_id) is not None for ticket in tickets] == [True] * 3
    assert [ask.is_leaving for ask in site.asks] == [False] * 3
    assert site.reports[-1].closed_at is not None


def test_a_machine_taken_away_while_it_waits_has_ended_its_call(
    start: Start, rented: Rented, site: EventSite, make_ticket: MakeTicket, tmp_path: Path
) -> None:
    """A call that is broken off is delivered to another container, which would be started only to ask."""
    site.orders = [CardOrder(ask_again_seconds=2.0)] * 10
    process = start()
    rented.submit(make_ticket(seconds=2).model_copy(update={"card": "card0000000001"}))
    until(lambda: len(site.asks) > 1, moved=rented.activity)
    taken_away(process)
    assert rented.result() == "finished", log(tmp_path)
    assert process.returncode == 0, log(tmp_path)
    assert any(ask.is_leaving for ask in site.asks)  # the one that was broken off may arrive after it


def test_a_person_who_cancels_stops_it_in_the_middle_of_a_step(
    start: Start,
    rented: Rented,
    bucket: Storage,
    site: EventSite,
    make_ticket: MakeTicket,
    tmp_path: Path,
) -> None:
    start()
    ticket = make_ticket(prompt=STAYING)
    name = submit_and_watch(rented, site, ticket)
    site.cancel_requested = True
    rented.cancellations.put(name)
    rented.result()  # "finished" where the site's answer to an event was quicker than the platform's word
    ended = bucket.failed(ticket.job_id)
    assert ended is not None, log(tmp_path)
    assert ended.status == "canceled"
    assert site.outcome() == ended
    site.cancel_requested = False
    after = make_ticket(seconds=2).model_copy(update={"job_id": ticket.job_id[::-1]})
    rented.submit(after)  # the container lives on and takes the next job
    assert rented.result() == "finished", log(tmp_path)


def test_a_machine_taken_away_leaves_the_attempt_to_the_next_container(
    start: Start,
    rented: Rented,
    bucket: Storage,
    site: EventSite,
    settings: Settings,
    make_ticket: MakeTicket,
    tmp_path: Path,
) -> None:
    process = start()
    ticket = make_ticket(prompt=STAYING)
    submit_and_watch(rented, site, ticket)
    taken_away(process)
    assert bucket.failed(ticket.job_id) is None, log(tmp_path)
    assert not bucket.is_claimed(ticket.job_id, 1)
    assert not (settings.state / "scratch").exists()
    start()
    rented.submit(ticket)  # the platform delivers the same input again
    assert rented.result() == "finished", log(tmp_path)
    assert bucket.done(ticket.job_id) is not None


def test_a_container_killed_in_the_middle_is_not_followed_by_another_render(
    start: Start,
    rented: Rented,
    bucket: Storage,
    site: EventSite,
    make_ticket: MakeTicket,
    tmp_path: Path,
) -> None:
    """The system kills it for memory, say. Modal delivers to one new container after another, without end: each sees
    the claim and leaves, until the site gives the attempt up and sends the next one, which is rendered."""
    process = start()
    ticket = make_ticket(prompt=STAYING)
    submit_and_watch(rented, site, ticket)
    process.kill()
    process.wait()
    start()
    for _ in range(3):
        rented.submit(ticket)
        assert rented.result() == "finished", log(tmp_path)
    assert bucket.done(ticket.job_id) is None
    assert bucket.is_claimed(ticket.job_id, 1)
    rented.submit(ticket.model_copy(update={"attempt": 2}))
    assert rented.result() == "finished", log(tmp_path)
    done = bucket.done(ticket.job_id)
    assert done is not None
    assert done.attempt == 2
