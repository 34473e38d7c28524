"""Events as the site sees them: signed, in order, few, and never in the render's way."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from gpu.core.contract import JobEvent, Progress, Resolved, TextRequest
from gpu.core.presets import resolve
from gpu.serve import events
from gpu.serve.events import RESENT_SEQ, SEQ_PER_TURN, Courier, Site, resend
from gpu.serve.settings import Settings
from tests.gpu.serve.surroundings import EVENT_SECRET, EventSite, MakeTicket, make_outcome, until

STEP = Progress(step=1, steps=20, eta_seconds=None, eta_basis=None)
DEAD = "http://127.0.0.1:9"


@pytest.fixture
def sending(settings: Settings) -> Generator[Site]:
    """Sends news alone: its heart does not beat while a test lasts."""
    site = Site(replace(settings, heartbeat_seconds=3_600.0))
    yield site
    site.close()


@pytest.fixture
def beating(settings: Settings) -> Generator[Site]:
    site = Site(settings)
    yield site
    site.close()


@pytest.fixture
def resolved(make_ticket: MakeTicket) -> Resolved:
    request = make_ticket().request
    assert not isinstance(request, TextRequest)
    return resolve(request, seed=7, checkpoint="tiny-19b", gpu="local-cpu", build="test")


def test_a_job_is_told_in_order_and_signed(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    ticket = make_ticket()
    with Courier(sending, ticket) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
        courier.progress("stage_1", STEP)
        until(lambda: site.types() == ["started", "progress"])
        assert courier.ended(make_outcome(ticket.job_id))
    assert site.types()[:2] + site.types()[-1:] == ["started", "progress", "ended"]
    assert site.unsigned == 0
    seqs = [event.seq for event in site.events]
    assert seqs == sorted(set(seqs))
    assert site.message_ids == [f"{ticket.job_id}.1.{seq}" for seq in seqs]
    assert site.events[0].resolved == resolved
    assert (site.events[1].stage, site.events[1].progress) == ("stage_1", STEP)
    assert site.outcome() == make_outcome(ticket.job_id)


def test_steps_within_a_heartbeat_are_one_event_and_a_new_stage_is_told_at_once(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    with Courier(sending, make_ticket()) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
        courier.progress("stage_1", STEP)
        until(lambda: len(site.events) == 2)
        for step in range(2, 20):
            courier.progress("stage_1", STEP.model_copy(update={"step": step}))
        courier.progress("decode", None)
        until(lambda: len(site.events) == 3)
    assert [event.stage for event in site.events] == ["starting", "stage_1", "decode"]


def step(number: int, second: float, seconds: float | None) -> Progress:
    """A step that began at this second of a minute, with the pace that was measured by then."""
    began = f"2026-11-23T03:00:{second:06.3f}Z"
    return STEP.model_copy(update={"step": number, "step_began_at": began, "step_seconds": seconds})


def test_a_step_is_told_at_once_where_a_reader_counts_wrong_and_seldom_at_that(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    told = [step(1, 0, None), step(2, 4, 2.0), step(6, 13.5, 2.0)]
    expected = [step(3, 6, 2.0), step(4, 8.5, 2.0), step(5, 9.5, 2.0)]
    with Courier(sending, make_ticket()) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
        for count, one in enumerate(told[:2], start=2):
            courier.progress("stage_1", one)
            until(lambda count=count: len(site.events) == count)
        for one in expected:
            courier.progress("stage_1", one)
        courier.progress("stage_1", told[2])
        until(lambda: len(site.events) == 4)
        courier.progress("stage_1", step(7, 20.0, 2.0))
        until(lambda: len(site.events) == 5)
        courier.progress("stage_1", step(8, 30.0, 2.0))  # a stage has so many corrections and no more
        courier.progress("decode", None)
        until(lambda: len(site.events) == 6)
    assert [event.progress for event in site.events[1:]] == [*told, step(7, 20.0, 2.0), None]


def test_a_long_silent_stage_still_beats(
    site: EventSite, beating: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    with Courier(beating, make_ticket()) as courier:
        courier.started(resolved)
        courier.progress("decode", None)
        until(lambda: [event.stage for event in site.events].count("decode") >= 4)


def test_nothing_is_sent_before_the_start_is_told(site: EventSite, beating: Site, make_ticket: MakeTicket) -> None:
    beats: list[None] = []

    class Counting(Courier):
        def _next_event(self) -> JobEvent | None:
            beats.append(None)
            return super()._next_event()

    with Counting(beating, make_ticket()):
        until(lambda: len(beats) > 2)
    assert site.events == []


def test_the_start_is_told_before_anything_else_even_if_it_takes_three_tries(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    site.answers = [503, 500]
    ticket = make_ticket()
    with Courier(sending, ticket) as courier:
        courier.started(resolved)
        courier.progress("stage_1", STEP)
        assert courier.ended(make_outcome(ticket.job_id))
    assert site.types()[0] == "started"
    assert site.types()[-1] == "ended"


def test_a_conflict_is_an_answer_not_an_error(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    site.answers = [200, 409]
    ticket = make_ticket()
    with Courier(sending, ticket) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
        assert courier.ended(make_outcome(ticket.job_id))
        assert not courier.unwanted


@pytest.mark.parametrize("turn", [1, 2])
def test_a_start_that_comes_too_late_says_that_the_attempt_is_unwanted(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved, turn: int
) -> None:
    site.answers = [409]
    with Courier(sending, make_ticket(), turn=turn) as courier:
        courier.started(resolved)
        until(lambda: courier.unwanted)


@pytest.mark.parametrize("reason", [None, "ended", "other-attempt"])
def test_whatever_news_comes_too_late_says_that_the_attempt_is_unwanted(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved, reason: str | None
) -> None:
    """The job may end, or go on with another attempt, long after this one was begun."""
    site.reason = reason
    with Courier(sending, make_ticket()) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
        site.answers = [409]
        courier.progress("stage_1", STEP)
        until(lambda: courier.unwanted)
        courier.progress("decode", None)
        assert courier.ended(make_outcome(make_ticket().job_id))
    assert site.types() == ["started", "ended"]
    assert not sending.silent


def test_an_attempt_that_ends_after_it_was_unwanted_is_told_all_the_same(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    """The clip is made: the site may take it after all. And the site answers, so it is no silent one."""
    site.answers = [409]
    ticket = make_ticket()
    with Courier(sending, ticket) as courier:
        courier.started(resolved)
        until(lambda: courier.unwanted)
        assert courier.ended(make_outcome(ticket.job_id))
    assert site.types() == ["ended"]
    assert not sending.silent


def test_the_site_is_asked_once_whether_to_stop(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    with Courier(sending, make_ticket()) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
        courier.ask()
        assert not courier.cancel_requested
        site.cancel_requested = True
        courier.ask()
        assert courier.cancel_requested
    assert [event.seq for event in site.events] == [1, 2, 3]


def test_of_several_secrets_the_first_one_signs(site: EventSite, settings: Settings, make_ticket: MakeTicket) -> None:
    for ring in (f"{EVENT_SECRET} whsec_YW5vdGhlciBzZWNyZXQ=", f"{EVENT_SECRET},whsec_YW5vdGhlciBzZWNyZXQ="):
        sender = Site(replace(settings, event_secret=ring))
        assert resend(sender, make_ticket(), make_outcome(make_ticket().job_id))
        sender.close()
    assert (len(site.events), site.unsigned) == (2, 0)


def test_a_number_that_was_overtaken_says_nothing_about_the_attempt(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    site.answers, site.reason = [502, 409], "old-seq"
    with Courier(sending, make_ticket()) as courier:
        courier.started(resolved)
        courier.progress("stage_1", STEP)
        until(lambda: site.types() == ["progress"])
        assert not courier.unwanted


def test_the_owners_wish_to_stop_comes_back_with_an_answer(
    site: EventSite, beating: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    with Courier(beating, make_ticket()) as courier:
        courier.started(resolved)
        until(lambda: "started" in site.types())
        assert not courier.cancel_requested
        site.cancel_requested = True
        until(lambda: courier.cancel_requested)


def test_a_dead_site_costs_patience_once_and_then_little(
    settings: Settings, make_ticket: MakeTicket, resolved: Resolved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "ENDED_PATIENCE_SECONDS", 0.5)
    dead = Site(replace(settings, site_url=DEAD))
    ticket = make_ticket()
    with Courier(dead, ticket) as courier:
        courier.started(resolved)
        assert not courier.ended(make_outcome(ticket.job_id))
    assert dead.silent
    dead.close()


def test_a_second_worker_of_an_attempt_counts_on_above_the_first(
    site: EventSite, sending: Site, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    with Courier(sending, make_ticket(), turn=2) as courier:
        courier.started(resolved)
        until(lambda: site.types() == ["started"])
    assert site.events[0].seq == SEQ_PER_TURN + 1


def test_an_end_sent_again_counts_above_all(site: EventSite, sending: Site, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(attempt=2)
    assert resend(sending, ticket, make_outcome(ticket.job_id, attempt=1))
    event = site.events[0]
    assert (event.attempt, event.seq, site.outcome().attempt) == (2, RESENT_SEQ, 1)


def test_a_wrong_secret_is_given_up_and_not_repeated_for_ever(
    site: EventSite, settings: Settings, make_ticket: MakeTicket, resolved: Resolved
) -> None:
    stranger = Site(replace(settings, event_secret="whsec_YW5vdGhlciBzZWNyZXQ="))
    ticket = make_ticket()
    with Courier(stranger, ticket) as courier:
        courier.started(resolved)
        assert courier.ended(make_outcome(ticket.job_id))
    stranger.close()
    assert site.events == []
    assert site.unsigned == 2
