"""The log of releases: lines are only added, a lesson needs its release, and the page is in Korean and English."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx

from infra.platforms import live
from infra.platforms.targets import pick
from infra.preflight.checks import money
from infra.process.shell import InfraError
from infra.reflection.release_log import LOG, PAGE, Release, append, drifts, learn, page, read_log
from infra.settings import ROOT

FIRST = Release(
    id="20261123-010203-abcdef1",
    at="2026-11-23T01:02:03Z",
    environment="production",
    commit="abcdef1234567890",
    outcome="live",
    why="첫 배포 😀",
    found=("text-encoding: not UTF-8",),
    predicted={"won": 137.2, "gpu_seconds": 68.3, "peak_vram_gib": 79.4},
    measured={"won": 160.0, "gpu_seconds": 68.3},
)


def test_lines_are_only_added_and_the_last_one_of_a_release_holds(tmp_path: Path) -> None:
    append(tmp_path, FIRST)
    before = (tmp_path / LOG).read_text(encoding="utf-8")
    append(tmp_path, replace(FIRST, outcome="rolled_back"))
    assert (tmp_path / LOG).read_text(encoding="utf-8").startswith(before)
    log = read_log(tmp_path)
    assert len(log.releases) == 2
    assert [release.outcome for release in log.latest()] == ["rolled_back"]
    assert log.releases[0] == FIRST


def test_the_page_tells_the_newest_first_in_both_languages(tmp_path: Path) -> None:
    append(tmp_path, FIRST)
    append(tmp_path, replace(FIRST, id="20261124-0-bbbbbbb", outcome="failed", failed_step="modal", trouble="no token"))
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert text.index("20261124-0-bbbbbbb") < text.index(FIRST.id)
    for words in (
        "실패 · failed",
        "멈춘 단계 · stopped at: modal: no token",
        "이유 · why: 첫 배포 😀",
        "반영됨 · live",
    ):
        assert words in text
    assert "| 원 · won | 137.2 | 160.0 | +17% |" in text
    assert "| 최대 VRAM GiB · peak VRAM GiB | 79.4 | – | – |" in text


def test_memory_that_was_predicted_wrongly_is_a_finding_of_the_next_release(tmp_path: Path) -> None:
    append(tmp_path, replace(FIRST, measured={"gpu_seconds": 70.0, "peak_vram_gib": 61.5}))
    (finding,) = money.evaluate_drift(drifts(read_log(tmp_path), "production"))
    assert "peak_vram_gib predicted 79.4, measured 61.5 (-23%)" in finding.message
    assert "79.4 | 61.5 | -23%" in (tmp_path / PAGE).read_text(encoding="utf-8")


def test_a_lesson_stands_with_its_release(tmp_path: Path) -> None:
    append(tmp_path, FIRST)
    learn(tmp_path, FIRST.id, "콜드 스타트가 길었다", "2026-11-24")
    assert "배움 · learned (2026-11-24): 콜드 스타트가 길었다" in (tmp_path / PAGE).read_text(encoding="utf-8")
    with pytest.raises(InfraError, match="no release 'other'"):
        learn(tmp_path, "other", "x", "2026-11-24")


def test_a_text_from_a_word_processor_stays_one_line_of_the_log(tmp_path: Path) -> None:
    append(tmp_path, FIRST)
    pasted = "첫 줄\u2028둘째 줄\u2029끝\x85"  # line ends that Notion, Word and terminals put into a copied text
    learn(tmp_path, FIRST.id, pasted, "2026-11-24")
    assert [lesson.learned for lesson in read_log(tmp_path).lessons] == [pasted]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    append(tmp_path, FIRST)
    with (tmp_path / LOG).open("a", encoding="utf-8") as log:
        log.write('{"kind": "release", "id": 3\n')
    with pytest.raises(InfraError, match=r"reflections.jsonl:2"):
        read_log(tmp_path)


def test_only_what_was_predicted_and_measured_can_drift(tmp_path: Path) -> None:
    append(tmp_path, FIRST)
    append(tmp_path, replace(FIRST, id="later", outcome="failed", measured={"won": 1.0}))
    assert {drift.name: round(drift.share, 3) for drift in drifts(read_log(tmp_path), "production")} == {
        "won": 0.166,
        "gpu_seconds": 0.0,
    }
    assert drifts(read_log(tmp_path), "preview") == ()


EXPECTED = live.Expected("abcdef1234567890", "1234567fedcba", "c-1")


def answers(**builds: str) -> tuple[live.Answer, ...]:
    found = dict.fromkeys(("site", "functions", "sweeper"), "abcdef123456") | {"gpu": "1234567fedcb"} | builds
    return tuple(live.Answer(name, f"https://x/{name}", build, "c-1") for name, build in found.items())


def test_services_that_answer_as_expected_agree() -> None:
    assert live.lagging(answers(), EXPECTED) == []


@pytest.mark.parametrize("build", ["", "abcdef", "dev", "abcdef123457"])
@pytest.mark.parametrize("service", ["site", "functions", "sweeper"])
def test_another_or_too_short_a_commit_is_not_agreement(service: str, build: str) -> None:
    assert live.lagging(answers(**{service: build}), EXPECTED) == [
        f"{service} reports {build or '-'}, expected abcdef123456"
    ]


def test_silence_and_another_contract_are_named() -> None:
    silent = live.Answer("gpu", "https://x/gpu", "", "", "ConnectError")
    other = live.Answer("functions", "https://x/api/version", "abcdef123456", "c-2")
    assert live.lagging((other, silent), EXPECTED) == [
        "functions has contract c-2, expected c-1",
        "gpu does not answer (ConnectError) at https://x/gpu",
    ]


def test_the_repositorys_page_is_what_its_log_renders() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(read_log(ROOT))


def test_keys_are_shown_to_those_they_are_for_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*live.PROXY_KEYS, *live.ACCESS_KEYS):
        monkeypatch.setenv(name, name)
    here = replace(pick(ROOT, "preview"), site_url="https://site", sweeper_url="https://sweeper", gpu_url="https://gpu")
    shown: list[tuple[str, set[str]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        shown.append((request.url.host, set(request.headers) & (access | proxy)))
        return httpx.Response(500)

    access, proxy = {"cf-access-client-id", "cf-access-client-secret"}, {"modal-key", "modal-secret"}
    with respx.mock as router:
        router.get().mock(side_effect=answer)
        assert all(answer.trouble == "HTTP 500" for answer in live.ask(here))
    assert shown == [("site", access), ("site", access), ("sweeper", set()), ("gpu", proxy)]
