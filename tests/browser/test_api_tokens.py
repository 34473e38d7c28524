"""The page of API tokens: make one, see it once, use it, revoke it."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.test_access import violations
from tests.browser.visitor import Visitor


def test_a_token_is_made_shown_once_used_and_revoked(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/ko/api-tokens/")
    expect(page.get_by_text("아직 토큰이 없어요.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("이름").fill("밤샘 렌더")
    page.get_by_label("한도 (원)").fill("5000")
    page.get_by_role("button", name="토큰 만들기").click()
    shown = page.locator(".secret-text")
    expect(shown).to_have_text(re.compile(r"^cw_[0-9a-z]{38}$"))
    assert violations(page) == []
    token = shown.inner_text()

    def list_jobs() -> int:
        headers = {"authorization": f"Bearer {token}"}
        return httpx.get(f"{visitor.url}/api/jobs", headers=headers, trust_env=False).status_code

    assert list_jobs() == 200
    page.reload()
    row = page.locator("cw-api-tokens .settings-list li")
    expect(row).to_contain_text("₩5,000 중 ₩0 사용")
    assert token not in page.content()
    row.get_by_role("button", name="폐기하기").click()
    row.get_by_role("button", name="정말 폐기하기").click()
    expect(row).to_contain_text("폐기됨")
    assert list_jobs() == 401


def test_the_server_names_what_it_refuses(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/en/api-tokens/")
    page.get_by_label("Name").fill("x")
    page.get_by_label("Cap in won").evaluate("field => { field.pattern = '.*'; field.value = '0' }")
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        page.get_by_role("button", name="Make a token").click()
    assert refused.value.status == 422
    expect(page.get_by_role("alert")).to_contain_text("cap_won")
    visitor.complaints.clear()  # the console names every answer that is an error


def test_the_settings_lead_to_it(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.go("설정")
    page.get_by_role("link", name="API 토큰과 웹훅").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API 토큰과 웹훅")
