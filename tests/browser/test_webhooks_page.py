"""Webhooks on the page of API tokens: added, told, sent again, given a new secret, deleted."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import NARROW, PHONE, Visitor
from tests.edge.receiver import Receiver

SMALL = {"preset": "draft", "prompt": "알림", "seconds": 2, "tier": "352p"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_webhook_from_its_first_message_to_its_end(
    browser: Browser, stack: Stack, theme: Literal["light", "dark"]
) -> None:
    with Visitor(browser, stack, theme=theme, size=PHONE) as visitor, Receiver() as receiver:
        page = visitor.page
        page.goto(f"{visitor.url}/ko/api-tokens/")
        part = page.locator("cw-webhooks")
        expect(part).to_contain_text("아직 웹훅이 없어요.")
        part.get_by_label("알림을 받을 주소 (https)").fill(receiver.url)
        part.get_by_label("실패").uncheck()
        part.get_by_role("button", name="웹훅 추가하기").click()
        secret = part.locator(".secret-text")
        expect(secret).to_contain_text("whsec_")
        first = secret.inner_text()
        row = part.locator(".settings-list > li").first
        expect(row).to_contain_text("완성, 취소 · 켜져 있어요")
        assert violations(page) == []

        (job,) = visitor.submit(SMALL)
        visitor.context.request.post(f"{visitor.url}/api/jobs/{job}/cancel")
        visitor.until_some(receiver.messages)
        row.get_by_text("보낸 기록").click()
        sent = part.locator("cw-deliveries li")
        expect(sent).to_contain_text("취소")
        sent.get_by_role("button", name="다시 보내기").click()
        visitor.until_some(receiver.messages, 2)
        expect(sent).to_contain_text("받았어요 · HTTP 2")
        assert violations(page) == []
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        rotate = row.get_by_role("button", name="비밀 키 바꾸기")
        rotate.focus()
        page.keyboard.press("Enter")
        expect(row.get_by_role("button", name="정말 바꾸기")).to_be_focused()
        page.keyboard.press("Escape")
        expect(rotate).to_be_focused()  # nothing was changed
        expect(secret).to_have_text(first)
        page.keyboard.press("Enter")
        expect(row.get_by_role("button", name="정말 바꾸기")).to_be_focused()
        page.keyboard.press("Enter")
        expect(row).to_contain_text("이전 비밀 키로도")
        expect(secret).not_to_have_text(first)
        page.reload()
        expect(row).to_be_visible()
        expect(secret).to_have_count(0)  # shown once
        row.get_by_role("button", name="삭제").click()
        row.get_by_role("button", name="정말 삭제하기").click()
        expect(part).to_contain_text("아직 웹훅이 없어요.")
        expect(part.locator("[name=url]")).to_be_focused()
        assert visitor.complaints == []


def test_an_address_that_may_not_be_called_is_refused_with_the_reason(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/en/api-tokens/")
    part = page.locator("cw-webhooks")
    part.get_by_label("Address that receives messages (https)").fill("https://10.0.0.1/hook")
    part.get_by_role("button", name="Add the webhook").click()
    expect(part.get_by_role("alert")).to_contain_text("url: It must be a public name")
    expect(part.locator("[name=url]")).to_have_value("https://10.0.0.1/hook")
    visitor.expect_complaint("422")
