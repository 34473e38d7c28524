"""A job that goes on on a larger card: the page says why and what it costs, in both languages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.visitor import Visitor

MOST_MICRO_WON = 10**9
WORDS = {
    "ko": "GPU 메모리가 모자라 더 큰 GPU로 다시 만들고 있어요. 처음 안내한 ₩",
    "en": "The GPU ran out of memory, so it is made once more on a larger one. You pay no more than the ₩",
}


def on_a_larger_card(job: dict[str, Any]) -> None:
    """The job as it stands after its first attempt ran out of memory."""
    (first,) = job["attempts"]
    small = first | {"gpu": "H200", "outcome": "failed", "problem_type": "/problems/out-of-gpu-memory"}
    large = first | {"attempt": 2, "gpu": "B200", "outcome": "open", "finished_at": None, "gpu_seconds": None}
    job["attempts"] = [small, large]


@pytest.mark.parametrize("language", list(WORDS))
@pytest.mark.parametrize("status", ["running", "succeeded"])
def test_the_page_says_why_there_is_a_second_attempt(visitor: Visitor, language: str, status: str) -> None:
    visitor.open().make_clip("메모리가 모자란 모습")
    page = visitor.page

    def change(job: dict[str, Any]) -> None:
        on_a_larger_card(job)
        if status == "running":
            job |= {"status": "running", "stage": "stage_1", "finished_at": None, "video": None, "poster": None}

    visitor.tell_jobs(change)
    visitor.open(language)
    if status == "running":
        expect(visitor.work().locator("cw-live-card")).to_contain_text(WORDS[language])
        return
    page.locator("cw-clip-card .poster").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("summary", has_text={"ko": "만든 횟수", "en": "Attempts"}[language]).click()
    expect(dialog).to_contain_text(WORDS[language])
    expect(dialog).to_contain_text("H200")
    expect(dialog).to_contain_text("B200")


@pytest.mark.parametrize("ahead_minutes", [0, 10])
def test_only_the_attempt_at_work_counts_for_what_a_cancel_costs(visitor: Visitor, ahead_minutes: int) -> None:
    """`ahead_minutes`: by so much the visitor's clock is behind the worker's."""
    visitor.open().make_clip("두 번째 시도")
    page = visitor.page
    now = datetime.now(UTC)
    page.clock.set_fixed_time(now)

    def change(job: dict[str, Any]) -> None:
        on_a_larger_card(job)
        first, second = job["attempts"]
        job |= {"status": "running", "stage": "starting", "finished_at": None, "video": None, "poster": None}
        job["started_at"] = first["started_at"] = "2026-01-01T00:00:00.000Z"
        began = now + timedelta(minutes=ahead_minutes)
        second["started_at"] = began.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        job["cost"]["reserved_micro_won"] = MOST_MICRO_WON

    def rented(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"is_tiny_model": False})

    visitor.tell_jobs(change)
    page.route("**/api/presets", rented)
    visitor.open()
    words = visitor.work().locator("cw-live-card").get_by_role("button", name="취소").inner_text()
    so_far = float(words.partition("₩")[2])
    # The first attempt alone would have reached the most by now. The second takes minutes to, however slow the page is.
    assert 0 <= so_far < MOST_MICRO_WON / 1e6 / 2, words
