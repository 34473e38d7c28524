"""The operator's room: the whole site on one page, the switch in it, and nothing of it for anybody else."""

import json
import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.test_identity import ME
from tests.browser.visitor import NARROW, PHONE, Visitor

PARTS = (
    "켜져 있는 GPU", "24시간 동안의 실패", "사이트 전체의 금액", "사람별 금액", "한도", "실행 중인 버전", "배포 기록",
    "단가",
)  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_operator_sees_the_site_and_stops_it_from_there(
    browser: Browser, stack: Stack, theme: Literal["light", "dark"]
) -> None:
    with Visitor(browser, stack, theme=theme, size=PHONE) as visitor:
        page = visitor.page
        visitor.open("ko")
        page.get_by_role("link", name="운영", exact=True).click()
        expect(page.get_by_role("heading", name="운영", level=1)).to_be_focused()
        for part in PARTS:
            expect(page.get_by_role("heading", name=part, level=2, exact=True)).to_be_visible()
        for part in ("사이트", "GPU 서비스"):
            row = page.get_by_role("row", name=re.compile(rf"^{part} \S+ [0-9a-f]{{12}} 같음"))
            expect(row).to_be_visible()
        assert violations(page) == []
        try:
            page.get_by_role("button", name="새 영상 멈추기").click()
            page.get_by_role("button", name="정말 멈추기").click()
            expect(page.get_by_role("button", name="다시 받기")).to_be_focused()
            assert not visitor.context.request.get(f"{visitor.url}/api/operator").json()["caps"]["accepts_jobs"]
        finally:
            visitor.context.request.put(f"{visitor.url}/api/caps", data={"accepts_jobs": True})
        with page.expect_response("**/api/operator"):
            page.get_by_role("button", name="새로 고침").click()
        expect(page.get_by_role("button", name="새 영상 멈추기")).to_be_visible()
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert visitor.complaints == []


def test_a_member_finds_no_way_there_and_nothing_in_it(visitor: Visitor) -> None:
    page = visitor.page
    page.route("**/api/me", lambda route: route.fulfill(json=ME))
    problem = {"type": "/problems/operator-only", "title": "운영자만 할 수 있어요", "status": 403, "fix": ""}
    page.route(
        "**/api/operator",
        lambda route: route.fulfill(status=403, content_type="application/problem+json", body=json.dumps(problem)),
    )
    page.goto(f"{visitor.url}/ko/operator/")
    expect(page.get_by_role("alert")).to_contain_text("운영자만 할 수 있어요")
    expect(page.locator("cw-operator-room table")).to_have_count(0)
    expect(page.get_by_role("link", name="운영", exact=True)).to_have_count(0)
    visitor.expect_complaint("403")
