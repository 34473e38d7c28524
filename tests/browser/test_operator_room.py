"""The operator's room: the whole site on one page, the switch in it, and nothing of it for anybody else."""

import json
import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from infra.dev.shot_history import tell_releases
from infra.dev.shot_releases import FAILED, LESSON, LIVE, UNDONE
from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.test_identity import ME
from tests.browser.visitor import LAPTOP, NARROW, PHONE, Visitor

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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_releases_that_are_live_failed_and_undone_can_be_read(
    browser: Browser, stack: Stack, theme: Literal["light", "dark"]
) -> None:
    tell_releases(stack)
    with Visitor(browser, stack, theme=theme, size=LAPTOP) as visitor:
        page = visitor.page
        visitor.open("ko", "operator/")
        rows = page.locator(".releases > li")
        expect(rows).to_have_count(3)
        for row, release, outcome in zip(rows.all(), (LIVE, FAILED, UNDONE), ("반영됨", "실패", "되돌림"), strict=True):
            expect(row.locator(".release-outcome")).to_have_text(outcome)
            expect(row).to_contain_text(release.why)
            expect(row.locator("code").first).to_have_text(release.commit[:7])
        failed = rows.nth(1)
        expect(failed).to_contain_text("멈춘 단계: 모든 부분의 버전 확인")
        expect(failed.locator("[lang=ko]").filter(has_text="배포에 실패했어요")).to_be_visible()
        for summary in page.locator(".releases summary").all():
            summary.click()
        expect(rows.first).to_contain_text(LESSON.learned)
        expect(rows.first.get_by_text("H100 36.7원 (B200 35.0원 대신)", exact=True)).to_be_visible()
        expect(rows.first.get_by_role("row", name="금액(원) 89.8 92.4")).to_be_visible()
        assert violations(page) == []
        for size in (PHONE, NARROW):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        visitor.open("en", "operator/")
        failed = page.locator(".releases > li").nth(1)
        expect(failed).to_contain_text("Stopped at: waiting for every part's version")
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
