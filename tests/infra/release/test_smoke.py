"""The smoke clip against the whole product on this machine: the same calls that a release makes."""

from dataclasses import replace

import httpx
import pytest
import respx

from infra import smoke
from infra.doctor.money import default_estimate
from infra.journal import Journal
from infra.preflight import ground_of
from infra.settings import ROOT
from infra.shell import InfraError
from infra.stack import Stack
from infra.steps import Pace, Work, smoke_clip
from infra.waiting import STALLED_AFTER_SECONDS
from tests.infra.release.services import job

LIMITS = smoke.Limits(job_seconds=3_600.0, pause_seconds=0.2)


def test_a_clip_is_made_followed_and_measured(stack: Stack) -> None:
    stages: list[str] = []
    with httpx.Client(base_url=stack.url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as client:
        picture = smoke.upload(client)
        address = smoke.submit(client, "rehearsal-1", picture)
        assert smoke.submit(client, "rehearsal-1", picture) == address
        job = smoke.follow(client, address, LIMITS, stages.append)
    figures = smoke.measured(job)
    assert figures["video_bytes"] == job["video"]["bytes"] > 0
    assert figures["gpu_seconds"] > 0
    assert figures["won"] == 0  # nothing is rented here
    assert not {"cold_start_seconds", "peak_vram_gib"} & figures.keys()  # a CPU has neither
    assert stages[-1] not in smoke.ENDED


def test_what_is_predicted_has_the_names_of_what_is_measured() -> None:
    figures = smoke.predicted(default_estimate())
    assert set(figures) == {"won", "gpu_seconds", "peak_vram_gib", "cold_start_seconds"}
    assert all(value > 0 for value in figures.values())


def test_an_owner_of_another_clip_is_told_the_sites_own_words(stack: Stack) -> None:
    with (
        httpx.Client(base_url=stack.url, timeout=STALLED_AFTER_SECONDS, trust_env=False) as client,
        pytest.raises(InfraError, match="answered 404") as caught,
    ):
        smoke.follow(client, "/api/jobs/0123456789abcdef", LIMITS, lambda _: None)
    assert caught.value.fix


@pytest.fixture
def work() -> Work:
    ground = ground_of(ROOT, "production")
    ground = replace(ground, target=replace(ground.target, site_url="https://site.invalid"))
    journal = Journal(id="20261123-010203-abcdef1", environment="production", why="", began_at="")
    return Work(ground, journal, lambda: None, lambda _: None, Pace(5.0, 5.0, 0.01))


def wishes(router: respx.Router) -> list[tuple[str, bytes]]:
    """Key and body of each clip asked for from now on."""
    asked: list[tuple[str, bytes]] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["idempotency-key"], request.content))
        return httpx.Response(202, json=job("queued"))

    router.post("/api/jobs").mock(side_effect=take)
    return asked


@respx.mock(base_url="https://site.invalid")
def test_a_clip_that_failed_is_not_the_one_that_the_next_try_looks_at(work: Work, respx_mock: respx.Router) -> None:
    ids = iter(("0123456789", "abcdefghij"))
    cookie = {"Set-Cookie": "clipwright_owner=someone.signature; Path=/"}
    respx_mock.put("/api/uploads").mock(
        side_effect=lambda _: httpx.Response(201, json={"id": next(ids)}, headers=cookie)
    )
    asked = wishes(respx_mock)
    looks = respx_mock.get("/api/jobs/0000000001")
    looks.respond(json=job("failed"))
    with pytest.raises(InfraError, match="ended failed"):
        smoke_clip(work)
    assert looks.calls.last.request.headers["accept-language"] == "en"  # the language of its problem
    looks.respond(json=job("succeeded", 30.0))
    smoke_clip(work)
    assert work.journal.measured["gpu_seconds"] == 30.0
    # The site answers a key that it knows with the job it knows, and that one has failed for good.
    (first, _), (second, _) = asked
    assert first != second


@respx.mock(base_url="https://site.invalid")
def test_a_site_that_cannot_be_reached_is_said_and_the_same_clip_followed_later(
    work: Work, respx_mock: respx.Router
) -> None:
    cookie = {"Set-Cookie": "clipwright_owner=someone.signature; Path=/"}
    uploads = respx_mock.put("/api/uploads").respond(201, json={"id": "0123456789"}, headers=cookie)
    asked = wishes(respx_mock)
    looks = respx_mock.get("/api/jobs/0000000001")
    looks.mock(side_effect=httpx.ReadTimeout("late"))
    with pytest.raises(InfraError, match="/api/jobs/0000000001 cannot be reached: ReadTimeout"):
        smoke_clip(work)
    looks.mock(return_value=httpx.Response(200, json=job("succeeded", 30.0)))
    smoke_clip(work)
    assert uploads.call_count == 1
    assert len(asked) == 2
    assert len(set(asked)) == 1
