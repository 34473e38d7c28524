"""No press buys twice: a reload, a second tab, a press too many; and a form that stays whole beside many clips."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.visitor import LAPTOP, PHONE, SAMPLES, Visitor

THREE = [SAMPLES / f"{name}.png" for name in ("portrait", "cat", "harbor")]


def button(page: Page) -> Locator:
    return page.locator("cw-cost-bar button[type=submit]")


def give(visitor: Visitor, pictures: list[Path]) -> None:
    visitor.open().choose_quick()
    visitor.write("모두 같은 한 줄")
    visitor.page.locator("#file-picture").set_input_files(pictures)
    expect(visitor.page.locator("cw-picture-strip .strip-item")).to_have_count(len(pictures) - 1)
    expect(visitor.page.locator("cw-composer progress")).to_have_count(0)


def lose_second_answer(visitor: Visitor) -> list[Route]:
    """The site gets the second clip, and the page no answer to it. Returns a list that then holds its request.

    The route stays: without one, Chromium would send what is held once more, and the page go on before it is left.
    """
    sent = 0
    lost: list[Route] = []

    def keep(route: Route) -> None:
        nonlocal sent
        sent += route.request.method == "POST"
        if route.request.method != "POST" or sent != 2:
            route.continue_()
            return
        route.fetch()
        lost.append(route)

    visitor.page.route("**/api/jobs", keep)
    return lost


def test_a_reload_while_clips_are_sent_makes_each_once(visitor: Visitor) -> None:
    give(visitor, THREE)
    lost = lose_second_answer(visitor)
    with visitor.nothing_renders():
        visitor.press_make()
        visitor.until_some(lost)
        expect(button(visitor.page)).to_contain_text("2/3")
        again = visitor.submissions()
        visitor.page.reload()
        visitor.until_some(again, 2)  # the one whose answer was lost, and the last
        expect(visitor.page.locator("#field-picture")).to_contain_text("넣기")
        expect(visitor.page.locator("cw-picture-strip .strip-item")).to_have_count(0)
        expect(button(visitor.page)).to_contain_text("₩")
        jobs = visitor.jobs()
        for job in jobs:
            visitor.context.request.post(f"{visitor.url}{job['links']['cancel']}")
    assert len({job["input"]["upload_id"] for job in jobs}) == len(jobs) == 3


def test_a_second_tab_has_a_form_of_its_own_and_goes_on_where_the_first_was_closed(visitor: Visitor) -> None:
    give(visitor, THREE)
    other = visitor.context.new_page()
    other.goto(f"{visitor.url}/ko/")
    expect(other.locator("#field-prompt")).to_have_value("")
    expect(other.get_by_role("radio", name="초안")).to_be_checked()
    other.locator("#field-prompt").fill("다른 탭의 한 줄")
    expect(visitor.page.locator("#field-prompt")).to_have_value("모두 같은 한 줄")
    lost = lose_second_answer(visitor)
    with visitor.nothing_renders():
        visitor.press_make()
        visitor.until_some(lost)
        expect(other.locator("cw-cost-bar")).to_contain_text("다른 탭에서 요청하는 중")
        visitor.page.close()
        expect(other.locator("cw-cost-bar")).not_to_contain_text("다른 탭에서 요청하는 중")
        jobs = visitor.jobs()
        for job in jobs:
            visitor.context.request.post(f"{visitor.url}{job['links']['cancel']}")
    assert len({job["input"]["upload_id"] for job in jobs}) == len(jobs) == 3
    expect(other.locator("#field-prompt")).to_have_value("다른 탭의 한 줄")


def test_the_press_that_sent_pictures_makes_no_clip_without_one(visitor: Visitor) -> None:
    give(visitor, THREE[:2])
    page, sent = visitor.page, visitor.submissions()
    with visitor.nothing_renders():
        visitor.press_make()
        expect(page.locator("#field-picture")).to_contain_text("넣기")
        visitor.press_make()
        expect(page.locator(".composer-foot [role=alert]")).to_contain_text("모두 보냈어요")
        expect(page.locator("#field-picture")).to_be_focused()
        page.locator("#field-prompt").press("Control+Enter")
        assert len(sent) == 2
        page.get_by_role("button", name="이미지 없이 만들기").click()
        visitor.press_make()
        visitor.until_some(sent, 3)
        expect(button(page)).to_contain_text("₩")
        page.locator("#field-prompt").press("Control+Enter")  # the very same at once: a slip
        expect(page.locator("cw-notes")).to_contain_text("방금 똑같은 영상을 시작했어요")
        jobs = visitor.jobs()
        for job in jobs:
            visitor.context.request.post(f"{visitor.url}{job['links']['cancel']}")
    assert len(jobs) == 3


def test_the_price_is_the_sites_with_the_start_in_it_and_the_quicker_way_is_sent_as_it_was_chosen(
    visitor: Visitor,
) -> None:
    page = visitor.page
    with page.expect_response("**/api/offers") as asked:
        visitor.open()
    cheapest, *_ = asked.value.json()["offers"]
    expect(page.locator(".cost strong")).to_have_text(f"₩{math.floor(cheapest['micro_won'] / 1e6 + 0.5):,}")
    ways = [
        {"cards": 1, "seconds": 360, "micro_won": 640_000_000, "within_seconds": None},
        {"cards": 4, "seconds": 120, "micro_won": 1_450_000_000, "within_seconds": 130},
    ]
    answer = {"offers": ways, "is_warm": False, "waiting": 0, "price_rev": "test"}
    page.route("**/api/offers", lambda route: route.fulfill(json=answer))
    visitor.choose_quick()
    visitor.write("빠르게 하나")
    expect(button(page)).to_contain_text("₩640")
    expect(page.locator(".cost-facts")).to_contain_text("준비 금액")
    page.get_by_role("radio", name="빠르게 ₩1,450").check()
    expect(button(page)).to_contain_text("₩1,450")
    with visitor.nothing_renders():
        with page.expect_request(
            lambda request: request.method == "POST" and request.url.endswith("/api/jobs")
        ) as sent:
            visitor.press_make()
        assert json.loads(sent.value.post_data or "")["within_seconds"] == 130
        expect(button(page)).to_contain_text("₩640")  # the next press is the cheapest again
        for job in visitor.jobs():
            visitor.context.request.post(f"{visitor.url}{job['links']['cancel']}")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_form_stays_whole_beside_many_clips_to_restyle(visitor: Visitor, size: Any) -> None:
    page = visitor.open().page
    page.set_viewport_size(size)
    visitor.make_clip()
    (made,) = visitor.jobs()
    many = [made | {"id": f"{made['id'][:-1]}{index}"} for index in range(8)]
    page.route("**/api/jobs?*", lambda route: route.fulfill(json={"jobs": many, "next_cursor": None}))
    page.reload()
    page.get_by_role("radio", name="스타일 바꾸기").check()
    expect(page.locator(".source")).to_have_count(8)
    wide = "[document.documentElement, ...document.querySelectorAll('.modes, cw-choices, .composer-fields')]"
    assert page.evaluate(f"{wide}.every(one => one.getBoundingClientRect().width <= innerWidth)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".source-row").evaluate("row => row.scrollWidth > row.clientWidth")
