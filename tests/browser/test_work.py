"""What is under way: a drawer beside every room, few requests, one tab that asks, one notice at the end."""

import time
from datetime import UTC, datetime

from playwright.sync_api import Request, expect

from tests.browser.visitor import Visitor

SMALL = {"preset": "draft", "prompt": "작은 것", "seconds": 2, "tier": "352p"}
SHIFTS = """() => {
  window.shifts = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
  }).observe({ type: "layout-shift" });
}"""


def test_jobs_end_without_moving_the_page_and_with_one_notice(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.make_clip("먼저 만든 것")
    expect(page.locator(".note")).to_have_count(0)  # one clip appears before one's eyes
    asked: list[str] = []

    def ask(request: Request) -> None:
        if "/api/jobs" in request.url and not request.url.endswith("/poster"):
            asked.append(request.url)

    with visitor.nothing_renders():
        visitor.submit(*(SMALL for _ in range(5)))
        page.reload()
        visitor.work()
        expect(page.locator(".line li")).to_have_count(4)
        page.mouse.move(5, 5)
        visitor.let_pass(600)  # what a press moves is meant to move
        page.evaluate(SHIFTS)
        page.on("request", ask)
        began = time.monotonic()
    expect(page.locator(".note")).to_contain_text("영상 5개를 모두 완성했어요")
    minutes = (time.monotonic() - began) / 60
    assert page.evaluate("window.shifts") <= 0.05
    assert len(asked) <= 2 + 20 * minutes, asked
    expect(page.locator(".note")).to_have_count(1)
    expect(page.locator("cw-clip-card .poster img")).to_have_count(6)
    expect(page.locator(".work")).to_have_text("만드는 중인 영상 없음")
    page.locator(".note-action").click()
    expect(page.locator("cw-library-room h1")).to_be_focused()


def test_all_of_it_is_canceled_after_a_second_press(visitor: Visitor) -> None:
    page = visitor.open().page
    with visitor.nothing_renders():
        visitor.submit(*(SMALL for _ in range(6)))
        page.reload()
        drawer = visitor.work()
        drawer.get_by_role("button", name="모두 취소").click()
        assert {job["status"] for job in visitor.jobs()} == {"queued"}
        drawer.get_by_role("button", name="6개 모두 취소할까요?").click()
        expect(page.locator(".note")).to_contain_text("모두 취소했어요")
        expect(drawer).to_contain_text("지금 만들고 있는 영상이 없어요.")
        expect(page.locator("#drawer-title")).to_be_focused()
    assert [job["status"] for job in visitor.jobs()] == ["canceled"] * 6


def test_a_step_moves_between_two_events_by_the_pace_that_was_measured(visitor: Visitor) -> None:
    page = visitor.open().page
    began = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    progress = {"step": 3, "steps": 20, "eta_seconds": 9, "eta_basis": "measured"}
    told = {"progress": progress | {"step_began_at": began, "step_seconds": 0.3}, "status": "running"}
    visitor.tell_jobs(lambda job: job.update(told, stage="stage_1", started_at=began))
    with visitor.nothing_renders():
        visitor.submit(SMALL)
        page.reload()
        visitor.work()
        visitor.until("document.querySelector('cw-live-card progress')?.value === 19")  # the last one, and no further
        expect(page.locator(".live-title")).to_contain_text("95%")
        page.unroute_all(behavior="ignoreErrors")
        (job,) = visitor.jobs()
        visitor.context.request.post(f"{visitor.url}{job['links']['cancel']}")


def test_of_two_tabs_one_asks_and_both_know(visitor: Visitor) -> None:
    first = visitor.open().page
    second = visitor.context.new_page()
    second.goto(f"{visitor.url}/ko/library/")
    second.locator("cw-library-room h1").wait_for()
    asked: list[str] = []
    first.on("request", lambda request: asked.append(request.url) if "/api/jobs" in request.url else None)
    with visitor.nothing_renders():
        visitor.write("두 탭이 함께 봐요")
        visitor.choose_quick()
        visitor.press_make()
        expect(second.locator(".work")).to_contain_text("1개 대기")
        expect(first.locator(".work")).to_contain_text("1개 대기")
    expect(second.locator(".work")).to_have_text("만드는 중인 영상 없음")
    expect(first.locator(".work")).to_have_text("만드는 중인 영상 없음")
    assert [url.rpartition("/api/")[2] for url in asked if "poster" not in url] == ["jobs"]  # the press alone
