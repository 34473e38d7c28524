"""The client of the site: it waits as long as there is progress, and reports the site's own messages."""

from collections.abc import Iterable
from functools import partial
from itertools import chain, count, repeat

import httpx
import pytest

from infra.platforms import site_client
from infra.platforms.site_client import Job, NotMadeError, SiteClient
from infra.process.shell import InfraError
from infra.process.waiting import StalledError, wait_until
from tests.hand_clock import HandClock


def job_at(stage: str | None, status: str = "running") -> Job:
    return {"status": status, "stage": stage, "progress": None, "attempts": [{}], "problem": None}


def site_of(jobs: Iterable[Job]) -> SiteClient:
    """A site that answers with these jobs, one after another."""
    answers = iter(jobs)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=next(answers)))
    return SiteClient(httpx.Client(transport=transport, base_url="http://127.0.0.1"), "read the logs")


def site_that(answer: httpx.Response | Exception) -> SiteClient:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SiteClient(httpx.Client(transport=httpx.MockTransport(handle), base_url="http://127.0.0.1"), "read the logs")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    clock = HandClock(oversleeps=10)
    monkeypatch.setattr(site_client, "wait_until", partial(wait_until, clock=clock))
    return clock


def test_a_clip_may_take_hours_while_something_moves(clock: HandClock) -> None:
    looks = count()
    site = site_of(chain(repeat(job_at("stage_1"), 500), repeat(job_at(None, "succeeded"))))
    with site.http:
        ended = site.follow("/api/jobs/1", moved=lambda: next(looks))
    assert ended["status"] == "succeeded"
    assert clock.now > 60 * 60


def test_a_step_of_the_job_is_a_move(clock: HandClock) -> None:
    steps = (job_at("stage_1") | {"progress": {"step": step}} for step in range(500))
    site = site_of(chain(steps, repeat(job_at(None, "succeeded"))))
    with site.http:
        assert site.follow("/api/jobs/1")["status"] == "succeeded"
    assert clock.now > 60 * 60


def test_a_clip_that_nobody_works_on_any_more_is_given_up(clock: HandClock) -> None:
    site = site_of(repeat(job_at("stage_1")))
    with site.http, pytest.raises(StalledError, match="stage_1") as stalled:
        site.follow("/api/jobs/1")
    assert stalled.value.fix == "read the logs"
    assert clock.now < 60 * 60


def test_each_look_before_the_end_is_shown(clock: HandClock) -> None:
    seen: list[str | None] = []
    site = site_of((job_at(None, "queued"), job_at("load"), job_at("stage_1"), job_at(None, "failed")))
    with site.http:
        site.follow("/api/jobs/1", seen=lambda job: seen.append(job["stage"]))
    assert seen == [None, "load", "stage_1"]
    site = site_of((job_at("load"), job_at("stage_1")))
    with site.http:
        assert site.follow("/api/jobs/1", until=lambda job: job["stage"] == "stage_1")["stage"] == "stage_1"
    assert clock.sleeps == 4


def test_a_job_without_a_clip_is_told_apart_from_a_site_that_fails() -> None:
    site = site_of(())
    site.check_made(job_at(None, "succeeded"))
    failed = job_at(None, "failed") | {
        "problem": {"title": "GPU가 멈췄어요", "detail": "12초", "fix": "다시 해 보세요"}
    }
    with pytest.raises(NotMadeError, match=r"ended failed: GPU가 멈췄어요\. 12초") as caught:
        site.check_made(failed)
    assert caught.value.fix == "다시 해 보세요"
    with pytest.raises(NotMadeError, match="ended canceled") as caught:
        site.check_made(job_at(None, "canceled"))
    assert caught.value.fix == "read the logs"


def test_a_problem_is_passed_on_with_what_to_do() -> None:
    problem = {"title": "요청 내용이 올바르지 않아요", "detail": "prompt", "fix": "고쳐서 다시"}
    with pytest.raises(InfraError, match="/api/jobs answered 422: 요청 내용이 올바르지 않아요") as failure:
        site_that(httpx.Response(422, json=problem)).submit({})
    assert failure.value.fix == "고쳐서 다시"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(502, content=b"<html>"), "answered 502"),
        (httpx.Response(500, json=["no problem"]), "answered 500"),
        (httpx.ReadTimeout("late"), "/api/uploads cannot be reached: ReadTimeout"),
    ],
)
def test_where_the_site_explains_nothing_the_operators_remedy_is_named(
    answer: httpx.Response | Exception, words: str
) -> None:
    with pytest.raises(InfraError, match=words) as failure:
        site_that(answer).upload(b"")
    assert failure.value.fix == "read the logs"
