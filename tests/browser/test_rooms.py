"""The rooms of the site: each has an address, none loses what was begun in another, and everybody can use them all."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import LAPTOP, NARROW, PHONE, Visitor

ROOMS = ("", "scenes/", "library/", "usage/", "settings/", "operator/", "limits/", "api-tokens/")


def test_links_and_history_lead_through_the_rooms_without_a_load(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.write("다른 방에 다녀와도 그대로")
    page.evaluate("window.stays = true")
    visitor.go("보관함")
    expect(page).to_have_url(re.compile("/ko/library/$"))
    expect(page).to_have_title("보관함 · Clipwright")
    expect(page.locator("cw-library-room h1")).to_be_focused()
    expect(page.locator(".rooms [aria-current=page]")).to_have_text("보관함")
    expect(page.locator("cw-make-room")).to_be_hidden()
    visitor.go("설정")
    page.get_by_role("radio", name="English").check()
    expect(page).to_have_url(re.compile("/en/settings/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    page.get_by_role("link", name="API tokens and webhooks").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API tokens and webhooks")
    expect(page.locator(".rooms [aria-current=page]")).to_have_text("Settings")
    page.go_back()
    page.go_back()
    expect(page.locator("cw-library-room h1")).to_be_focused()
    page.go_back()
    expect(page.locator("#field-prompt")).to_have_value("다른 방에 다녀와도 그대로")
    expect(page.locator("cw-library-room")).to_be_hidden()
    page.go_forward()
    expect(page.locator("cw-library-room h1")).to_be_focused()
    assert page.evaluate("window.stays") is True
    page.reload()
    expect(page.locator("cw-library-room h1")).to_be_visible()
    assert page.evaluate("window.stays") is None


def test_an_upload_and_a_press_go_on_while_another_room_is_looked_at(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("올리는 동안 자리를 비워요")
    uploading = visitor.hold("**/api/uploads")
    visitor.give_picture()
    visitor.press_make()  # waits for the picture
    visitor.go("보관함")
    expect(page.locator("cw-library-room h1")).to_be_focused()
    visitor.let_go(uploading)
    expect(page.locator(".work.is-busy")).to_be_visible()
    visitor.go("만들기")
    visitor.clip()
    assert visitor.jobs()[0]["input"]["upload_id"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_any_room_and_nothing_runs_off(
    browser: Browser, stack: Stack, theme: Literal["light", "dark"]
) -> None:
    with Visitor(browser, stack, theme=theme, reduced_motion="reduce") as visitor:
        page = visitor.page
        for language, size in (("ko", LAPTOP), ("en", PHONE)):
            page.set_viewport_size(size)
            for room in ROOMS:
                visitor.open(language, room)
                expect(page.get_by_role("heading", level=1)).to_have_count(1)
                assert violations(page) == [], (language, room)
        page.set_viewport_size(NARROW)
        for room in ROOMS:
            visitor.open("ko", room)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), room
            foot = page.locator(".rooms").bounding_box()
            assert foot and foot["y"] + foot["height"] == NARROW["height"], "the rooms stand at the bottom"
        assert visitor.complaints == []


def test_the_height_of_a_room_is_found_again(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size(PHONE)
    visitor.open(room="settings/")
    page.evaluate("document.body.style.minHeight = '3000px'")
    page.evaluate("scrollTo({ top: 400, behavior: 'instant' })")
    page.locator(".rooms [href='/ko/library/']").dispatch_event("click")  # a press by the pointer scrolls first
    expect(page.locator("cw-library-room h1")).to_be_focused()
    visitor.until("scrollY === 0")
    page.go_back()
    visitor.until("scrollY === 400")


def test_a_room_whose_script_is_gone_is_loaded_anew(visitor: Visitor) -> None:
    """After a release the scripts of the page that is open may be gone."""
    page = visitor.open().page
    page.route(re.compile(r"/assets/usage-.*\.js"), lambda route: route.abort(), times=1)
    visitor.go("비용")
    expect(page.locator("cw-usage-room h1")).to_be_visible()
    visitor.complaints.clear()  # the console names what failed


def test_an_address_without_a_page_says_so_in_its_language(visitor: Visitor) -> None:
    page = visitor.page
    for language, words in (("ko", "페이지를 찾을 수 없어요"), ("en", "There is no such page")):
        answer = page.goto(f"{visitor.url}/{language}/nothing/here")
        assert answer and answer.status == 404
        expect(page.locator("h1")).to_have_text(words)
        expect(page.locator("h2")).to_have_count(0)
        manifest = visitor.context.request.get(f"{visitor.url}/{language}/manifest.webmanifest").json()
        icons = [visitor.context.request.get(visitor.url + icon["src"]).status for icon in manifest["icons"]]
        assert (manifest["lang"], set(icons)) == (language, {200})
    visitor.complaints.clear()
