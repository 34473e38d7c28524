"""Everybody's page: axe on each state in both themes, keys alone, narrow screens, less motion."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from infra.dev.stack import Stack
from tests.browser.visitor import LAPTOP, NARROW, PHONE, SAMPLES, Visitor

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
SMALL = {"preset": "draft", "prompt": "작은 것", "seconds": 2, "tier": "352p"}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


STILL_SMALL = """async (selector) => {
  const target = document.querySelector(selector);
  target.scrollIntoView({ block: "center", behavior: "instant" });
  const { violations } = await axe.run(target, { runOnly: { type: "rule", values: ["target-size"] } });
  return violations.length > 0;
}"""
"""Whether a target is too small also in the middle of the window: half below a bar that stays in sight, any is."""


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands: rule and place."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    nodes = [(one["id"], node) for one in found["violations"] for node in one["nodes"]]
    return [
        f"{rule}: {node['html'][:160]}"
        for rule, node in nodes
        if rule != "target-size" or page.evaluate(STILL_SMALL, node["target"][0])
    ]


def run_where_queued(job: dict[str, Any]) -> None:
    if job["status"] == "queued":
        progress = {"step": 3, "steps": 12, "eta_seconds": 9.0, "eta_basis": "estimated"}
        job |= {"status": "running", "stage": "stage_1", "progress": progress, "started_at": job["created_at"]}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(browser: Browser, stack: Stack, theme: Literal["light", "dark"]) -> None:
    with Visitor(browser, stack, theme=theme, reduced_motion="reduce") as visitor:
        page = visitor.open().page
        assert violations(page) == []  # the first visit
        visitor.give_picture()
        expect(page.get_by_role("button", name="빼기")).to_be_visible()
        page.locator(".drawer summary").click()
        page.get_by_role("button", name="모델에 보내는 설명 확인").click()
        visitor.press_make()  # without a prompt: a fault in the form
        expect(page.locator(".composer-foot [role=alert]")).to_be_visible()
        assert violations(page) == []
        broken: FilePayload = {"name": "깨진 그림.png", "mimeType": "image/png", "buffer": b"no picture"}
        page.locator("#file-further").set_input_files(SAMPLES / "cat.png")
        page.locator("#file-further").set_input_files(broken)
        page.locator(".strip-item [role=alert]").wait_for()
        assert violations(page) == []  # several pictures, one of them broken
        page.get_by_role("radio", name="1:1").check()
        for borders in ("자르기", "흐린 배경으로 다 보이기"):
            page.locator("cw-picture-slot").get_by_role("button", name="보일 곳 고르기").click()
            page.locator("dialog").get_by_role("radio", name=borders).check()
            page.locator(".model-picture summary").click()
            page.locator(".model-picture .cut-front img").wait_for()
            assert violations(page) == []  # the part that a clip shows
            page.keyboard.press("Escape")
        for name in ("cat.png", "깨진 그림.png"):
            page.get_by_role("button", name=f"{name} 빼기").click()
        visitor.make_clip()
        visitor.tell_jobs(run_where_queued)
        with visitor.nothing_renders():
            visitor.submit(SMALL, SMALL)
            page.reload()
            visitor.work().locator("cw-live-card").first.wait_for()
            assert violations(page) == []  # running and finished side by side
            page.keyboard.press("Escape")
        page.locator("cw-clip-card summary").first.click()
        page.locator("cw-clip-actions .danger").wait_for()
        assert violations(page) == []  # an open menu
        page.keyboard.press("Escape")
        page.locator("cw-clip-card .poster:has(img)").first.click()
        page.locator("dialog details.settings summary").first.click()
        page.locator("dialog .clip-head").scroll_into_view_if_needed()
        page.locator("dialog[open]").evaluate("(dialog) => dialog.scrollTo(0, 0)")  # from under the dialog's own head
        assert violations(page) == []  # the detail view
        for name in ("한 부분 다시 만들기", "길이 늘리기"):
            action = page.locator("dialog").get_by_role("button", name=name, exact=True)
            action.click()
            page.get_by_role("form", name=name).wait_for()
            assert violations(page) == []  # a form that makes a part anew
            action.click()
        page.keyboard.press("Escape")
        page.get_by_role("radio", name="첫·끝 이미지", exact=True).check()
        assert violations(page) == []
        assert visitor.complaints == []


@pytest.mark.parametrize("path", ["/", "/en/", "/no-such-page", "/problems/cap-exceeded"])
def test_axe_finds_nothing_on_the_other_pages(visitor: Visitor, path: str) -> None:
    # The front door leads on at once when its script runs; here it has to stand still.
    if path == "/":
        visitor.page.route("**/pick-language*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    visitor.page.goto(visitor.url + path)
    if path == "/en/":
        visitor.page.locator(".cost strong").wait_for()
    assert violations(visitor.page) == []
    if path == "/no-such-page":
        visitor.expect_complaint("404")


def test_keys_alone_make_open_delete_and_restore_a_clip(visitor: Visitor) -> None:
    page = visitor.open().page
    keys = page.keyboard
    keys.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#field-prompt")).to_be_focused()
    keys.type("키보드로만 만든 영상")
    go_to(page, "cw-choices")
    for _ in range(2):
        go_on(page)  # one stop per group: ratio, length, quality
    keys.press("ArrowDown")
    go_to(page, "cw-cost-bar button[type=submit]")
    keys.press("Enter")
    visitor.clip()
    go_to(page, "cw-clip-card .poster")
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.querySelector('dialog[open]').contains(document.activeElement)")
    keys.press("Escape")
    expect(page.locator("cw-clip-card .poster")).to_be_focused()
    go_to(page, "cw-clip-card summary")
    keys.press("Enter")
    page.locator("cw-clip-actions .danger").wait_for()  # before it is there the next Tab leaves the menu, which closes
    go_to(page, "cw-clip-actions .danger")
    keys.press("Enter")
    expect(page.locator("cw-clip-card")).to_have_count(0)
    expect(page.locator("#ideas-title")).to_be_focused()
    expect(page.locator(".note-action")).to_be_visible()
    go_to(page, ".note-action")
    keys.press("Enter")
    expect(page.locator("cw-clip-card")).to_have_count(1)
    expect(page.locator(".foot button")).to_be_focused()  # where it was before the note


def test_the_focus_outlives_a_submission(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("초점은 그대로")
    make = page.locator("cw-cost-bar button[type=submit]")
    make.focus()
    page.keyboard.press("Enter")
    visitor.clip()
    expect(make).to_be_focused()


def test_the_focus_goes_on_at_the_picture_that_was_chosen(visitor: Visitor) -> None:
    page = visitor.page
    page.on("filechooser", lambda chooser: chooser.set_files(SAMPLES / "portrait.png"))
    visitor.open()
    page.route("**/api/uploads", lambda route: route.abort())
    page.locator("#field-picture").focus()
    page.keyboard.press("Enter")
    again = page.get_by_role("button", name="다시 시도")
    again.wait_for()
    expect(page.locator("#field-picture")).to_be_focused()
    page.unroute("**/api/uploads")
    again.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".slot-facts")).to_contain_text("맞아요.")
    expect(page.locator("#field-picture")).to_be_focused()
    visitor.expect_complaint("ERR_FAILED")


def test_the_focus_stays_in_the_drawer_when_a_job_is_canceled(visitor: Visitor) -> None:
    page = visitor.open().page
    with visitor.nothing_renders():
        visitor.submit(SMALL, SMALL)
        page.reload()
        page.locator(".work").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#drawer-title")).to_be_focused()
        visitor.work().locator(".line button").focus()
        page.keyboard.press("Enter")
        page.locator("cw-clip-card").wait_for()
        expect(page.locator("#drawer-title")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".work")).to_be_focused()
        expect(page.locator(".job-drawer")).to_be_hidden()


def test_what_a_press_in_a_clips_dialog_says_is_said_there(visitor: Visitor) -> None:
    """Below an open dialog nothing is read out, and nothing can be pressed."""
    page = visitor.open().page
    visitor.make_clip().locator(".poster").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("details.settings summary").first.click()
    dialog.get_by_role("button", name="JSON").click()
    expect(dialog.get_by_role("status").locator(".note")).to_have_count(1)
    assert violations(page) == []
    dialog.locator(".note-close").click()
    expect(page.locator(".note")).to_have_count(0)
    expect(dialog).to_be_visible()


def test_the_focus_goes_back_where_it_was_when_a_note_is_closed(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.act(visitor.make_clip(), "삭제")
    page.locator("#field-prompt").focus()
    page.locator(".note-close").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".note")).to_have_count(0)
    expect(page.locator("#field-prompt")).to_be_focused()


def test_a_focus_that_went_on_by_itself_is_left_where_it_is(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.make_clip().locator("summary").click()
    page.locator("cw-clip-actions .danger").wait_for()
    page.evaluate("""() => {
        document.querySelector("cw-clip-actions .danger").click();
        document.querySelector("#field-prompt").focus();
        return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    }""")
    expect(page.locator("cw-clip-card")).to_have_count(0)
    expect(page.locator("#field-prompt")).to_be_focused()


def test_with_less_motion_a_change_is_there_at_once(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack, reduced_motion="reduce") as visitor:
        seen = visitor.open().page.evaluate("""() => {
            const title = document.querySelector("h1, h2");
            const colours = [getComputedStyle(title).color];
            title.style.color = "rgb(1, 2, 3)";
            colours.push(getComputedStyle(title).color);
            return colours;
        }""")
        assert seen[0] != seen[1] == "rgb(1, 2, 3)"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nothing_runs_off_a_screen_of_320_pixels(browser: Browser, stack: Stack, language: str) -> None:
    with Visitor(browser, stack, size=NARROW, touch=True) as visitor:
        page = visitor.open(language).page
        with visitor.nothing_renders():
            visitor.submit(SMALL | {"prompt": "a" * 300 + " 가나다", "ratio": "16:9"})
            page.reload()
            visitor.work().locator("cw-live-card").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            page.keyboard.press("Escape")
        visitor.clip()
        page.locator(".drawer summary").click()
        for part in (".brand", ".work", ".room"):
            heights: list[float] = page.locator(part).evaluate_all("all => all.map(one => one.offsetHeight)")
            assert max(heights) <= 57, (part, heights)  # a line each
        page.locator("#file-picture").set_input_files([SAMPLES / "cat.png", SAMPLES / "harbor.png"])
        page.locator(".strip-item img").wait_for()
        for state in ("form and gallery", "detail view"):
            if state == "detail view":
                page.locator("cw-clip-card .poster").first.click()
                page.locator("dialog[open]").wait_for()
            wide = page.evaluate(
                """() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
                    .map(one => one.scrollWidth)"""
            )
            assert max(wide) <= 320, (state, wide)


def test_touch_targets_are_large_enough(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack, size=PHONE, touch=True) as visitor:
        page = visitor.open().page
        page.locator("#file-picture").set_input_files([SAMPLES / "cat.png", SAMPLES / "harbor.png"])
        page.locator(".strip-item img").wait_for()
        small: list[str] = page.evaluate(
            """() => [...document.querySelectorAll("button, summary, label:has(input), .room, .top a")]
              .filter(one => one.checkVisibility())
              .map(one => [one.getBoundingClientRect(), one.textContent.trim()])
              .filter(([box]) => box.height < 24 || box.width < 24)
              .map(([box, text]) => `${text} ${box.width}x${box.height}`)"""
        )
        assert small == []


def test_less_motion_means_no_previews(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack, size=LAPTOP, reduced_motion="reduce") as visitor:
        card = visitor.open().make_clip()
        card.locator("button.poster").hover()
        visitor.let_pass(400)
        expect(card.locator("video")).to_have_count(0)


def go_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is at or inside `selector`."""
    for _ in range(60):
        if page.evaluate("one => document.activeElement.closest(one) !== null", selector):
            return
        go_on(page)
    raise AssertionError(f"no way to {selector} by Tab")


def go_on(page: Page) -> None:
    page.keyboard.press("Tab")
