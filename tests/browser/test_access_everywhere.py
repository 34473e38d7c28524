"""Each room and state as it is for those who see or move differently: a contrast theme, letters of twice the size, a
page at 400 %, a phone on its side. Nothing runs off, nothing that has the focus is covered, every choice is seen."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import LAPTOP, SAMPLES, Visitor

ROOMS = ("library/", "usage/", "settings/", "operator/", "limits/", "api-tokens/")
AT_400_PERCENT: ViewportSize = {"width": 320, "height": 256}
"""1280 by 1024 of these pixels at 400 %."""
ON_ITS_SIDE: ViewportSize = {"width": 640, "height": 360}

TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
COVERED = """() => {
    const told = [];
    const controls = "main :is(a[href], button, input, select, textarea, summary)";
    for (const one of document.querySelectorAll(controls)) {
        if (!one.checkVisibility({ visibilityProperty: true }) || one.disabled || one.tabIndex < 0) continue;
        one.focus();
        if (document.activeElement !== one) continue;
        const box = one.getBoundingClientRect();
        if (box.width === 0 || box.height === 0) continue;
        const hits = [0.1, 0.5, 0.9].map((share) =>
            document.elementFromPoint(box.left + box.width / 2, box.top + box.height * share));
        const isHit = (at) => at && (one.contains(at) || at.contains(one) || at.closest("label")?.contains(one));
        if (!hits.some(isHit)) told.push(`${one.outerHTML.slice(0, 120)} under ${hits[1]?.outerHTML.slice(0, 80)}`);
    }
    return told;
}"""
OVERLAPPING_ROOMS = """() => {
    const names = [...document.querySelectorAll(".room span")];
    const boxes = names.map((one) => one.getBoundingClientRect());
    return names.filter((_, index) => {
        const [one, next] = [boxes[index], boxes[index + 1]];
        return next && one.right > next.left && one.top === next.top;
    }).map((one) => one.textContent);
}"""
UNSEEN_IN_CONTRAST_THEMES = """() => {
    const seen = (one) => {
        const { borderTopWidth, outlineStyle, textDecorationLine } = getComputedStyle(one);
        return parseFloat(borderTopWidth) > 0 || outlineStyle !== "none" || textDecorationLine !== "none";
    };
    const visible = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    const buttons = visible("button:not(.poster, .note-close, .note-action, .link), .small, .primary, .filter-switch");
    const chosen = visible("label:has(input[type=radio]:checked)").filter((one) =>
        getComputedStyle(one.querySelector("input")).opacity === "0" && getComputedStyle(one).outlineStyle === "none");
    return [...buttons.filter((one) => !seen(one)), ...chosen].map((one) => one.outerHTML.slice(0, 160));
}"""


def states(visitor: Visitor) -> Iterator[str]:
    """Brings the page into each room and state, and names it. The visitor has one clip."""
    page = visitor.page
    clip = visitor.jobs()[0]["id"]
    for room in ROOMS:
        visitor.open(room=room)
        yield room
    visitor.open(room="library/")
    page.locator(".to-select").click()
    page.locator(".shelf-link").first.click()
    page.locator(".selection .small").first.wait_for()
    yield "library with a selection"
    page.goto(f"{visitor.url}/ko/library/?clip={clip}")
    page.locator(".compare-choice select").select_option("picture")
    page.locator(".over-film").wait_for()
    for part in page.locator("cw-clip-page details > summary").all():
        part.click()
    yield "clip under its picture, with all that is known of it"
    visitor.open()
    page.locator("#file-picture").set_input_files([SAMPLES / "cat.png", SAMPLES / "harbor.png"])
    page.locator(".strip-item img").wait_for()
    page.locator(".drawer summary").click()
    yield "form with two pictures and its settings"


def large_letters(page: Page) -> None:
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def nothing(_page: Page) -> None:
    pass


@pytest.mark.parametrize(
    ("size", "change"),
    [
        pytest.param({"width": 360, "height": 740}, large_letters, id="200-percent-text"),
        pytest.param(AT_400_PERCENT, nothing, id="400-percent-zoom"),
        pytest.param(ON_ITS_SIDE, nothing, id="phone-on-its-side"),
    ],
)
def test_everything_is_reachable_in_every_room(
    browser: Browser, stack: Stack, size: ViewportSize, change: Callable[[Page], None]
) -> None:
    with Visitor(browser, stack, reduced_motion="reduce") as visitor:
        page = visitor.open().page
        visitor.give_picture()
        visitor.make_clip()
        for state in states(visitor):
            page.set_viewport_size(size)
            change(page)
            page.evaluate(TWO_FRAMES)  # what is measured has been
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, state
            assert page.evaluate(COVERED) == [], state
            assert violations(page) == [], state
            page.set_viewport_size(LAPTOP)
        assert visitor.complaints == []


def test_the_bar_holds_letters_of_twice_the_size_in_both_languages(visitor: Visitor) -> None:
    page = visitor.open("en", "library/").page
    for language in ("en", "ko"):
        page.goto(f"{visitor.url}/{language}/library/")
        page.locator("cw-library-room h1").wait_for()
        large_letters(page)
        for width in (320, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 720})
            page.evaluate(TWO_FRAMES)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (language, width)
            assert page.evaluate(OVERLAPPING_ROOMS) == [], (language, width)
            assert page.locator(".work").evaluate("work => work.getBoundingClientRect().right <= innerWidth")
            below = "document.querySelector('main').getBoundingClientRect().top"
            assert page.evaluate(f"{below} >= document.querySelector('cw-bar').getBoundingClientRect().bottom - 1")


def test_a_contrast_theme_shows_what_can_be_pressed_and_what_is_chosen(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack, reduced_motion="reduce") as visitor:
        page = visitor.open().page
        visitor.give_picture()
        visitor.make_clip()
        page.emulate_media(forced_colors="active")
        for state in states(visitor):
            assert page.evaluate(UNSEEN_IN_CONTRAST_THEMES) == [], state
        page.locator(".work").click()
        expect(page.locator(".job-drawer")).to_be_visible()
        assert page.evaluate(UNSEEN_IN_CONTRAST_THEMES) == []
