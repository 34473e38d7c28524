"""A release told outside: the Korean summary at a webhook, and the finding in the commit's status at GitHub."""

from collections.abc import Generator

import pytest

from infra.dev.ports import free_port
from infra.reflection.release_log import Release
from infra.release import commit_status, notice
from tests.infra.release.listener import Listener

RELEASE = Release(
    id="20261127-000000-abcdef1",
    at="2026-11-27T00:00:00Z",
    environment="production",
    commit="abcdef1234567890",
    outcome="failed",
    why="",
    failed_step="smoke",
    trouble="영상을 만들지 못했어요",
    summary=("고른 GPU와 LoRA로 메모리가 충분한가요? 예. H100: 61.0 / 78.0 GiB", "스스로 고친 것: 없음"),
)


@pytest.fixture
def listener() -> Generator[Listener]:
    with Listener(free_port()) as listener:
        yield listener


def test_the_summary_that_the_log_keeps_is_what_a_webhook_gets(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(notice.VARIABLE, raising=False)
    assert notice.send(RELEASE, "https://clips.invalid") == ""
    monkeypatch.setenv(notice.VARIABLE, f"{listener.address}/hook")
    assert notice.send(RELEASE, "https://clips.invalid") == "the message was delivered"
    ((path, _, body),) = listener.heard
    assert path == "/hook"
    assert body["text"] == body["content"]
    lines = body["text"].splitlines()
    assert lines[0] == "[Clipwright production] 배포 실패: abcdef123456 https://clips.invalid"
    assert [line.removeprefix("- ") for line in lines[1:3]] == list(RELEASE.summary)
    assert lines[-1] == "- 멈춘 단계: smoke: 영상을 만들지 못했어요"
    monkeypatch.setenv(notice.VARIABLE, "http://127.0.0.1:9/nobody")
    assert "not delivered" in notice.send(RELEASE, "")


def test_the_finding_that_stops_a_push_is_the_commits_status(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not commit_status.tell("failure", "outside of GitHub nothing is told")
    told = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": "of-the-run",
        "GITHUB_REPOSITORY": "someone/clipwright",
        "GITHUB_SHA": "abcdef1234567890",
        "GITHUB_API_URL": listener.address,
        "GITHUB_RUN_ID": "7",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert commit_status.tell("failure", f"step preflight failed: {'가' * 200}\nerrors: 1")
    ((path, authorization, body),) = listener.heard
    assert path == "/repos/someone/clipwright/statuses/abcdef1234567890"
    assert authorization == "Bearer of-the-run"
    assert (body["state"], len(body["description"])) == ("failure", commit_status.MOST_CHARACTERS)
    assert body["description"].startswith("step preflight failed: 가")
    assert body["target_url"] == "https://github.com/someone/clipwright/actions/runs/7"
