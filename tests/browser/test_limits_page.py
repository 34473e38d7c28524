"""The site's limits: an operator reads and changes them, and stops new jobs; nobody else sees them."""

import json
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.test_identity import ME
from tests.browser.visitor import NARROW, PHONE, Visitor


def caps(visitor: Visitor) -> dict[str, Any]:
    return visitor.context.request.get(f"{visitor.url}/api/caps").json()


def most(visitor: Visitor, name: str) -> int:
    return next(cap["most"] for cap in caps(visitor)["caps"] if cap["name"] == name)


def change(visitor: Visitor, **changes: Any) -> None:
    assert visitor.context.request.put(f"{visitor.url}/api/caps", data=changes).ok


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_operator_changes_one_cap_and_no_other(
    browser: Browser, stack: Stack, theme: Literal["light", "dark"]
) -> None:
    with Visitor(browser, stack, theme=theme, size=PHONE) as visitor:
        page = visitor.page
        page.goto(f"{visitor.url}/ko/limits/")
        before = caps(visitor)
        expect(page.locator(".caps tbody tr")).to_have_count(len(before["caps"]))
        assert violations(page) == []
        field = page.get_by_role("textbox", name="한 사람이 하루에 쓰는 금액 원")
        save = page.get_by_role("button", name="바꾼 한도 저장")
        try:
            field.fill("많이")
            save.click()
            expect(page.get_by_role("alert")).to_have_text("한 사람이 하루에 쓰는 금액: 0 이상의 수를 써 주세요.")
            expect(field).to_be_focused()
            page.evaluate("scrollTo(0, 0)")  # a button that has gone half under the bar is taken for a small one
            assert violations(page) == []
            assert caps(visitor) == before
            field.fill("4,500")
            with page.expect_request(lambda request: request.method == "PUT") as sent:
                save.click()
            assert sent.value.post_data_json == {"caps": [{"name": "owner_day", "most": 4_500_000_000}]}
            expect(page.locator("cw-notes")).to_contain_text("한도를 바꿨어요")
            expect(field).to_have_value("4500")
            assert most(visitor, "owner_day") == 4_500_000_000
        finally:
            change(visitor, caps=[{"name": one["name"], "most": one["most"]} for one in before["caps"]])
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert visitor.complaints == []


def test_new_jobs_are_stopped_after_a_second_press_and_let_in_again(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/en/limits/")
    try:
        page.get_by_role("button", name="Stop new jobs").click()
        assert caps(visitor)["accepts_jobs"]
        page.get_by_role("button", name="Stop them for everybody").click()
        again = page.get_by_role("button", name="Let them in again")
        expect(again).to_be_focused()
        expect(page.get_by_role("status").first).to_contain_text("New jobs are refused.")
        assert violations(page) == []
        assert not caps(visitor)["accepts_jobs"]
        again.click()
        expect(page.get_by_role("button", name="Stop new jobs")).to_be_focused()
        assert caps(visitor)["accepts_jobs"]
    finally:
        change(visitor, accepts_jobs=True)


def test_a_member_sees_no_way_to_them_and_no_number(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(room="settings/")
    expect(page.get_by_role("link", name="사이트 한도")).to_be_visible()  # on this machine everybody is an operator
    page.route("**/api/me", lambda route: route.fulfill(json=ME))
    problem = {"type": "/problems/operator-only", "title": "운영자만 할 수 있어요", "status": 403, "fix": ""}
    page.route(
        "**/api/caps",
        lambda route: route.fulfill(status=403, content_type="application/problem+json", body=json.dumps(problem)),
    )
    page.reload()
    expect(page.get_by_role("link", name="API 토큰과 웹훅")).to_be_visible()
    expect(page.get_by_role("link", name="사이트 한도")).to_have_count(0)
    page.goto(f"{visitor.url}/ko/limits/")
    expect(page.get_by_role("alert")).to_contain_text("운영자만 할 수 있어요")
    expect(page.locator(".caps")).to_have_count(0)
    visitor.expect_complaint("403")
