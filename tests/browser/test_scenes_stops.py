"""Rows that stand still: failed ones with their way on, paused ones, and what all that looks like on a phone."""

import math
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.test_scenes import SMALL
from tests.browser.test_scenes_evening import picture, unreadable
from tests.browser.visitor import Visitor

LINES = ("문을 연다", "비가 내린다", "해가 뜬다", "강아지가 짖는다", "아이가 웃는다")
BROKEN = 1
"""Place of the scene whose picture the worker cannot read."""


def open_pictured(visitor: Visitor) -> str:
    """A table of scenes with pictures. Returns its id."""
    visitor.page.goto(f"{visitor.url}/ko/settings/")
    request = visitor.context.request
    rows: list[dict[str, Any]] = []
    for place, line in enumerate(LINES):
        sent = request.put(f"{visitor.url}/api/uploads", data=picture(place + 1))
        cells = {"line": line, "first_upload_id": sent.json()["id"]}
        rows.append({"id": f"row{place:013d}", "cells": cells})
    made = request.post(f"{visitor.url}/api/projects", data={"title": "멈춘 저녁", "settings": SMALL}).json()
    request.patch(f"{visitor.url}/api/projects/{made['id']}", data={"base_revision": 1, "rows": rows})
    visitor.page.goto(f"{visitor.url}/ko/scenes/{made['id']}/")
    visitor.page.locator("cw-scene-row").first.wait_for()
    return made["id"]


def states_of(visitor: Visitor, table: str) -> list[str]:
    scenes = visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()["scenes"]
    return [scene["state"] for scene in scenes]


def make(visitor: Visitor, numbers: str, count: int) -> None:
    page = visitor.page
    if page.locator(".foot-unfold").is_visible():
        page.locator(".foot-unfold").click()
    page.locator("#scene-range").fill(numbers)
    expect(page.locator(".foot-make")).to_contain_text(f"{count}개 만들기")
    page.locator(".foot-make").click()


def test_a_press_stops_at_its_own_limit_and_says_how_many_are_left(visitor: Visitor) -> None:
    table = open_pictured(visitor)
    page = visitor.page
    quoted = visitor.context.request.post(f"{visitor.url}/api/projects/{table}/quote", data={"range": "1~2"}).json()
    page.get_by_role("textbox", name="이번에 쓸 한도 (원)").fill(str(math.ceil(quoted["most_micro_won"] / 1e6)))
    with visitor.nothing_renders():
        make(visitor, "1~5", 5)
        expect(page.locator(".foot-batch")).to_contain_text("2개 남음 · 한도 때문에 3개는 시작하지 않았어요")
        expect(page.locator(".foot-problem")).to_contain_text("이번에 정한 금액")
        assert violations(page) == []
        expect(page.locator(".foot-make")).to_contain_text("3개 만들기")  # what is left, at the next press
        page.get_by_role("button", name=re.compile("^모두 취소")).click()
        page.get_by_role("button", name=re.compile("^정말 모두 취소")).click()
        expect(page.locator(".foot-batch")).to_contain_text("한도에서 멈췄어요. 3개가 남았어요.")
    assert states_of(visitor, table) == ["canceled"] * 2 + ["new"] * 3


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, {"width": 360, "height": 740}])
def test_the_foot_keeps_its_height_while_pictures_are_sent(browser: Browser, stack: Stack, size: Any) -> None:
    with Visitor(browser, stack, size=size) as visitor:
        page = visitor.page
        open_pictured(visitor)
        foot = page.locator(".scene-foot")
        expect(page.locator(".foot-make")).to_contain_text("5개 만들기")
        before = foot.evaluate("foot => foot.offsetHeight")
        held = visitor.hold("**/api/uploads*")
        files = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": picture(40 + n)} for n in (1, 2, 3)]
        page.locator("#scene-files").set_input_files(files)  # type: ignore[arg-type]
        page.get_by_role("button", name="새 장면으로 추가").click()
        visitor.until_some(held)
        expect(page.locator(".foot-price")).to_contain_text("올리는 중")
        visitor.let_pass(1_500)  # until what was added is saved, and its price might be asked for
        expect(page.locator(".foot-price")).to_contain_text("이미지 1장 올리는 중")
        assert foot.evaluate("foot => foot.offsetHeight") == before
        visitor.let_go(held)
        expect(page.locator(".foot-price")).to_contain_text("5개 · ₩")


def test_a_price_that_fails_says_so_and_is_asked_for_again(visitor: Visitor) -> None:
    open_pictured(visitor)
    page = visitor.page
    expect(page.locator(".foot-make")).to_contain_text("5개 만들기")
    page.route("**/quote", lambda route: route.fulfill(status=500, body="", content_type="text/plain"))
    page.locator("#scene-range").fill("1~2")
    alert = page.locator(".foot-price[role=alert]")
    expect(alert).to_be_visible()
    expect(page.locator("#range-fault")).to_have_count(0)
    assert page.locator("#scene-range").get_attribute("aria-invalid") == "false"
    assert violations(page) == []
    page.unroute("**/quote")
    alert.get_by_role("button", name="다시 시도").click()
    expect(page.locator(".foot-make")).to_contain_text("2개 만들기")
    visitor.complaints = [one for one in visitor.complaints if "500" not in one]


def test_failed_and_paused_rows_say_so_and_go_on(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack) as visitor:
        page = visitor.page
        table = open_pictured(visitor)
        rows = page.locator("cw-scene-row")
        uploads = visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()["scenes"]
        body = visitor.context.request.get(
            f"{visitor.url}/api/uploads/{uploads[BROKEN]['cells']['first_upload_id']}/picture"
        ).body()
        with unreadable(stack, [body]):
            make(visitor, "1~2", 2)
            visitor.until_made(lambda: states_of(visitor, table)[:2] == ["drafted", "failed"])
        expect(rows.nth(BROKEN)).to_contain_text("실패 · 무료")
        expect(page.locator(".scenes-sums")).to_contain_text("실패 1")
        rows.nth(BROKEN).get_by_role("button", name="장면 002 자세히. 실패 · 무료").click()
        page.get_by_role("link", name="이유 보기").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("이미지")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="실패만 다시 1")).to_be_enabled()

        with visitor.nothing_renders():
            make(visitor, "3, 4", 2)
            page.get_by_role("button", name="일시정지").click()
            expect(page.locator(".foot-batch")).to_contain_text("일시정지했어요 · 2개 남음")
            for place in (2, 3):
                expect(rows.nth(place).locator(".is-paused")).to_have_text("일시정지")
            assert violations(page) == []
            with Visitor(browser, stack, size={"width": 360, "height": 740}, theme="dark", touch=True) as phone:
                phone.context.add_cookies(visitor.context.cookies())  # pyright: ignore[reportArgumentType]
                phone.page.goto(page.url)
                expect(phone.page.locator(".is-paused").first).to_be_visible()
                expect(phone.page.locator(".is-failed").first).to_be_visible()
                assert violations(phone.page) == []
                assert phone.page.evaluate("document.documentElement.scrollWidth") == 360
                phone.page.get_by_role("button", name="이어서 만들기").tap()  # goes on for the other device, too
                expect(phone.page.locator(".foot-batch")).to_contain_text("2개 남음")
            expect(rows.nth(2).locator(".is-waiting")).to_have_text("대기")
        page.get_by_role("button", name="실패", exact=True).click()
        expect(page.locator(".foot-make")).to_contain_text("1개 만들기")
        page.locator(".foot-make").click()
        visitor.until_made(lambda: states_of(visitor, table)[:4] == ["drafted"] * 4)
        expect(rows.nth(BROKEN)).to_contain_text("초안 완성")
        assert visitor.complaints == []
