"""The smoke clip against the whole product on this machine: the same calls that a release makes."""

import hashlib
import json
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx

from infra import console
from infra.dev.stack import Stack
from infra.platforms.cloudflare import SITE
from infra.platforms.programs import STAND_INS
from infra.platforms.site_client import ENDED
from infra.preflight.checks.money import default_estimate
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS
from infra.release import journal, smoke
from infra.release.journal import Journal
from infra.release.release_context import ReleaseContext, WaitTimes
from infra.release.steps import smoke_clip
from infra.settings import ROOT
from tests.infra.release.services import VIDEO_BYTES, job_of

WRANGLER = """
import json, sys
from pathlib import Path
with Path(__file__).with_name("statements.jsonl").open("a", encoding="utf-8") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
"""
GPU = default_estimate().gpu
LIMITS = smoke.Limits(stalled_after_seconds=STALLED_AFTER_SECONDS, pause_seconds=0.2)


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
    assert stages[-1] not in ENDED


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
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReleaseContext:
    (tmp_path / "wrangler.py").write_text(WRANGLER, encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(tmp_path))
    ground = ground_of(ROOT, "production")
    shutil.copy(ROOT / SITE, tmp_path / SITE)
    ground = replace(ground, root=tmp_path, target=replace(ground.target, site_url="https://site.invalid"))
    release = Journal(id="20261123-010203-abcdef1", environment="production", why="", began_at="")
    waits = WaitTimes(5.0, 5.0, 0.01)
    return ReleaseContext(ground, release, lambda: journal.save(tmp_path, release), lambda _: None, waits)


def wishes(router: respx.Router) -> list[tuple[str, bytes]]:
    """Key and body of each clip asked for from now on."""
    asked: list[tuple[str, bytes]] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["idempotency-key"], request.content))
        return httpx.Response(202, json=job_of("queued", GPU))

    router.post("/api/jobs").mock(side_effect=take)
    return asked


def serve(router: respx.Router, gpu_seconds: float) -> list[tuple[str, bytes]]:
    """A site whose clip takes that long. Returns the clips asked for."""
    router.put("/api/uploads").respond(201, json={"id": "0123456789"})
    router.get("/api/jobs/0000000001").respond(json=job_of("succeeded", GPU, gpu_seconds))
    serve_video(router)
    return wishes(router)


def serve_video(router: respx.Router, size: int = VIDEO_BYTES) -> respx.Route:
    return router.get("/api/jobs/0000000001/video").respond(content=bytes(size))


@respx.mock(base_url="https://site.invalid")
def test_a_clip_above_the_cap_is_a_failure_that_says_both_prices(
    context: ReleaseContext, respx_mock: respx.Router
) -> None:
    asked = serve(respx_mock, gpu_seconds=60.0)
    with pytest.raises(InfraError) as caught:
        smoke_clip(context)
    won = context.journal.measured["won"]
    assert won > context.ground.target.cap_won
    words = f"cost {won:.1f} won, the cap of production is {context.ground.target.cap_won} won"
    assert words in str(caught.value)
    assert f"the predicted cost was {context.journal.predicted['won']:.1f} won" in str(caught.value)
    assert "cap_won" in caught.value.fix
    # Another try looks at the same clip: nothing is paid to be told again.
    with pytest.raises(InfraError, match="won, the cap of production"):
        smoke_clip(context)
    assert len({key for key, _ in asked}) == 1


@respx.mock(base_url="https://site.invalid")
def test_somebody_who_is_there_may_keep_a_release_above_the_cap(
    context: ReleaseContext, respx_mock: respx.Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(respx_mock, gpu_seconds=60.0)
    questions: list[str] = []

    def agreed(question: str) -> bool:
        questions.append(question)
        return True

    monkeypatch.setattr(console, "agreed", agreed)
    smoke_clip(context)
    (question,) = questions
    assert str(context.ground.target.cap_won) in question and f"{context.journal.measured['won']:.1f}" in question
    assert [line for line in context.journal.left if "won, the cap of production" in line]  # it is in the log


@respx.mock(base_url="https://site.invalid")
def test_of_a_tiny_set_nothing_is_predicted(context: ReleaseContext, respx_mock: respx.Router) -> None:
    """The estimates are those of the real models; beside them each rehearsal would be a drift."""
    tiny = replace(context.ground, target=replace(context.ground.target, checkpoint="tiny-trained"))
    serve(respx_mock, gpu_seconds=2.0)
    smoke_clip(replace(context, ground=tiny))
    assert context.journal.predicted == {}
    assert context.journal.measured["gpu_seconds"] == 2.0


@respx.mock(base_url="https://site.invalid")
def test_a_clip_that_failed_is_not_the_one_that_the_next_try_looks_at(
    context: ReleaseContext, respx_mock: respx.Router
) -> None:
    ids = iter(("0123456789", "abcdefghij"))
    respx_mock.put("/api/uploads").mock(side_effect=lambda _: httpx.Response(201, json={"id": next(ids)}))
    asked = wishes(respx_mock)
    looks = respx_mock.get("/api/jobs/0000000001")
    looks.respond(json=job_of("failed", GPU))
    with pytest.raises(InfraError, match="ended failed"):
        smoke_clip(context)
    assert looks.calls.last.request.headers["accept-language"] == "en"  # the language of its problem
    looks.respond(json=job_of("succeeded", GPU, 20.0))
    serve_video(respx_mock)
    smoke_clip(context)
    assert context.journal.measured["gpu_seconds"] == 20.0
    # The site answers a key that it knows with the job it knows, and that one has failed for good.
    (first, _), (second, _) = asked
    assert first != second


@respx.mock(base_url="https://site.invalid")
def test_a_site_that_cannot_be_reached_is_said_and_the_same_clip_followed_later(
    context: ReleaseContext, respx_mock: respx.Router
) -> None:
    uploads = respx_mock.put("/api/uploads").respond(201, json={"id": "0123456789"})
    asked = wishes(respx_mock)
    looks = respx_mock.get("/api/jobs/0000000001")
    looks.mock(side_effect=httpx.ReadTimeout("late"))
    with pytest.raises(InfraError, match="/api/jobs/0000000001 cannot be reached: ReadTimeout"):
        smoke_clip(context)
    looks.mock(return_value=httpx.Response(200, json=job_of("succeeded", GPU, 20.0)))
    serve_video(respx_mock)
    smoke_clip(context)
    assert uploads.call_count == 1
    assert len(asked) == 2
    assert len(set(asked)) == 1


@respx.mock(base_url="https://site.invalid")
def test_a_clip_that_does_not_arrive_whole_is_downloaded_again_and_kept(
    context: ReleaseContext, respx_mock: respx.Router
) -> None:
    asked = serve(respx_mock, gpu_seconds=2.0)
    kept = smoke.clip_path(context.ground.root, context.journal.id)
    serve_video(respx_mock, VIDEO_BYTES - 1)
    with pytest.raises(InfraError, match="another size"):
        smoke_clip(context)
    assert not kept.exists()
    saved = journal.load(context.ground.root, "production")
    assert saved is not None and saved.measured["gpu_seconds"] == 2.0  # paid for, so it is in the log of the failure
    serve_video(respx_mock)
    smoke_clip(context)
    assert kept.stat().st_size == VIDEO_BYTES
    assert len(set(asked)) == 1  # the same clip, paid once


TOKENS = """
CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, name TEXT NOT NULL,
  scopes TEXT NOT NULL, cap_micro_won INTEGER NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL,
  revoked_at TEXT, last_used_at TEXT)
"""


@respx.mock(base_url="https://site.invalid")
def test_a_closed_site_is_asked_with_a_token_of_one_hour_and_one_clip(
    context: ReleaseContext, respx_mock: respx.Router
) -> None:
    serve(respx_mock, gpu_seconds=2.0)
    smoke_clip(context)
    routes = (
        respx_mock.put("/api/uploads"),
        respx_mock.post("/api/jobs"),
        respx_mock.get("/api/jobs/0000000001"),
        respx_mock.get("/api/jobs/0000000001/video"),
    )
    (token,) = {route.calls.last.request.headers["authorization"].removeprefix("Bearer ") for route in routes}
    log = Path(os.environ[STAND_INS]) / "statements.jsonl"
    calls = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [call[:4] for call in calls] == [["d1", "execute", "clipwright", "--remote"]] * 2
    assert token not in log.read_text(encoding="utf-8")
    with sqlite3.connect(":memory:") as database:
        database.execute(TOKENS)
        database.execute(calls[0][calls[0].index("--command") + 1])
        columns = "hash, owner, scopes, cap_micro_won, julianday(expires_at) - julianday(created_at)"
        hashed, owner, scopes, cap, days = database.execute(f"SELECT {columns} FROM tokens").fetchone()  # noqa: S608
        database.execute(calls[1][calls[1].index("--command") + 1])
        assert database.execute("SELECT revoked_at >= created_at FROM tokens").fetchone() == (1,)
    database.close()
    assert hashed == hashlib.sha256(token.encode("ascii")).hexdigest()
    assert (owner, scopes) == (f"release-{context.journal.id}", "read create")
    assert cap == default_estimate().high_micro_won
    assert round(days * 24, 6) == 1
