"""Thirty clips are sent while the page is loaded anew, its tab closed, and the browser killed: each is made once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Route, expect

from infra.dev.stack import Stack
from tests.browser.conftest import QUIET
from tests.browser.visitor import LAPTOP, Visitor

CLIPS = 30
LOST = (8, 16, 24)
"""Of the requests for a clip, those whose answer never arrives. Each is then sent once more."""

Opening = Callable[[], Visitor]


@pytest.fixture
def opening(browser: Browser, chromium: Path, stack: Stack, tmp_path: Path) -> Opening:
    """Starts a browser of its own on one profile, that of a person who was here before: their cookie is on the disk."""
    profile = tmp_path / "브라우저 프로필"

    def opened() -> Visitor:
        context = browser.browser_type.launch_persistent_context(
            profile, executable_path=chromium, chromium_sandbox=False, args=list(QUIET), viewport=LAPTOP, locale="ko-KR"
        )
        return Visitor(context, stack)

    with opened() as first:
        first.open().until("document.readyState === 'complete'")
        first.jobs()
    return opened


def pictures(folder: Path) -> list[Path]:
    """As many as clips; each has a colour of its own."""
    found = [folder / f"장면_{number:02}.png" for number in range(1, CLIPS + 1)]
    for number, path in enumerate(found):
        Image.new("RGB", (360, 640), (8 * number, 90, 160)).save(path)
    return found


def lose_answers(context: BrowserContext) -> Sequence[Route]:
    """Lets the site have each clip, and keeps the answers to some. Returns a list of those, which grows."""
    sent, lost = 0, list[Route]()

    def keep(route: Route) -> None:
        nonlocal sent
        sent += route.request.method == "POST"
        if route.request.method != "POST" or sent not in LOST:
            route.continue_()
            return
        route.fetch()
        lost.append(route)

    context.route("**/api/jobs", keep)
    return lost


def kill(context: BrowserContext) -> None:
    """Ends all processes of the browser, as a crash does."""
    assert context.browser is not None
    told = cast("Any", context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo"))  # pyright: ignore[reportUnknownMemberType]
    (browser,) = (psutil.Process(one["id"]) for one in told["processInfo"] if one["type"] == "browser")
    family = [browser, *browser.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family)


def test_thirty_clips_are_thirty_whatever_becomes_of_the_page_the_tab_and_the_browser(
    opening: Opening, tmp_path: Path
) -> None:
    visitor = opening()
    visitor.open().choose_quick()
    visitor.write("모두 같은 한 줄")
    visitor.page.locator("#file-picture").set_input_files(pictures(tmp_path))
    expect(visitor.page.locator("cw-picture-strip .strip-item")).to_have_count(CLIPS - 1)
    expect(visitor.page.locator("cw-composer progress")).to_have_count(0)
    lost = lose_answers(visitor.context)
    with visitor.nothing_renders():
        visitor.press_make()
        visitor.until_some(lost, 1)
        visitor.page.reload()
        visitor.until_some(lost, 2)
        other = visitor.context.new_page()
        other.goto(f"{visitor.url}/ko/")
        expect(other.locator("cw-cost-bar")).to_contain_text("다른 탭에서 요청하는 중")
        visitor.page.close()
        visitor.page = other
        visitor.until_some(lost, 3)
        kill(visitor.context)
        with opening() as again:
            again.open()
            again.until_made(lambda: len(again.jobs()) >= CLIPS)
            expect(again.page.locator("cw-cost-bar button[type=submit]")).to_contain_text("₩")
            expect(again.page.locator("#field-picture")).to_contain_text("넣기")
            jobs = again.jobs()
            again.context.request.delete(f"{again.url}/api/jobs/active")
    assert len({job["input"]["upload_id"] for job in jobs}) == len(jobs) == CLIPS
