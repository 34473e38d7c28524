"""What is under way: a drawer beside every room, few requests, one tab that asks, one notice at the end."""

import re
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
# Keeps what the browser is asked to show, and lets the page be looked away from, which a browser without screen cannot.
TOLD = """
window.told = [];
window.Notification = class extends Notification {
  constructor(title, options) {
    super(title, options);
    window.told.push(options.body);
  }
};
window.look = isSeen => {
  Object.defineProperty(document, "hidden", { value: !isSeen, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


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


def test_a_line_of_180_is_looked_at_left_and_canceled(visitor: Visitor) -> None:
    page = visitor.open().page
    long_prompt = "등대 위로 갈매기가 날아가고 카메라는 천천히 위로 올라간다. " * 4
    with visitor.nothing_renders():
        visitor.submit(*(SMALL | {"prompt": long_prompt} for _ in range(180)))
        page.reload()
        drawer = visitor.work()
        lines = drawer.locator(".line li")
        expect(lines.first).to_contain_text("1번째")
        expect(lines.last).to_contain_text("49번째")
        expect(drawer.locator(".tally")).to_have_text("179")
        expect(drawer).to_contain_text("그 뒤로 130개가 더 기다려요.")
        body = drawer.locator(".job-drawer-body")
        assert body.evaluate("body => body.scrollWidth <= body.clientWidth")  # a long line is cut, and widens nothing
        lines.nth(48).get_by_role("button").click()  # whoever waits at the end can be let go alone
        expect(drawer.locator(".tally")).to_have_text("178")
        page.locator(".rooms").get_by_role("link", name="보관함").click()  # the rooms go on beside it
        expect(page.locator("cw-library-room h1")).to_be_focused()
        stop = drawer.get_by_role("button", name="모두 취소")
        expect(stop).to_be_in_viewport()
        stop.click()
        drawer.get_by_role("button", name="179개 모두 취소할까요?").click()
        expect(drawer).to_contain_text("지금 만들고 있는 영상이 없어요.")
    assert {job["status"] for job in visitor.jobs()} == {"canceled"}


def test_without_network_the_drawer_says_how_old_its_news_is_and_nothing_is_lost(visitor: Visitor) -> None:
    page = visitor.open().page
    with visitor.nothing_renders():
        visitor.submit(SMALL, SMALL)
        page.reload()
        drawer = visitor.work()
        with page.expect_response("**/api/presence"):
            visitor.choose_quick()
        visitor.write("끊겨도 남는 설명")
        visitor.give_picture()
        expect(page.locator(".slot-facts")).to_contain_text("×")  # it is at the site
        visitor.set_offline(True)
        expect(page.locator("cw-banners")).to_contain_text("인터넷이 끊겼어요")
        expect(drawer).to_contain_text(re.compile("마지막 소식 [0-9]+초 전"))
        expect(page.locator("cw-live-card")).to_have_count(1)
    visitor.until_made(lambda: all(job["status"] == "succeeded" for job in visitor.jobs()))  # the site went on
    expect(page.locator("cw-live-card")).to_have_count(1)  # and the page cannot know
    visitor.set_offline(False)
    expect(page.locator("cw-clip-card .poster img")).to_have_count(2)
    expect(drawer).to_contain_text("지금 만들고 있는 영상이 없어요.")
    expect(page.locator("cw-banners")).not_to_contain_text("인터넷이 끊겼어요")
    expect(page.locator("#field-prompt")).to_have_value("끊겨도 남는 설명")
    expect(page.locator(".slot-facts")).to_contain_text("portrait.png")
    visitor.press_make()
    visitor.until_posters(3)


def test_who_asked_for_it_is_notified_once_when_all_is_done(visitor: Visitor) -> None:
    visitor.context.grant_permissions(["notifications"])
    visitor.page.add_init_script(TOLD)
    page = visitor.open().page
    with visitor.nothing_renders():
        visitor.submit(*(SMALL for _ in range(3)))
        page.reload()
        consent = visitor.work().get_by_role("checkbox")
        consent.check()
        expect(visitor.work()).to_contain_text("다 되면 알려 드려요")
        assert page.evaluate("window.told") == []
        page.evaluate("window.look(false)")
    visitor.until("window.told.length > 0")
    assert page.evaluate("window.told") == ["영상 3개를 모두 완성했어요"]
    expect(page).to_have_title(re.compile("^영상 3개를 모두 완성했어요"))
    page.evaluate("window.look(true)")
    expect(page).not_to_have_title(re.compile("완성했어요"))
