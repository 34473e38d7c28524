"""What people see of who they are: signed in, a sign-in that ends in the middle, the check of a public site."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Route, expect

from infra.build.site import build
from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import NARROW, PHONE, Visitor

ME: dict[str, Any] = {
    "owner": "access0123456789",
    "role": "member",
    "via": "access",
    "mode": "ACCESS",
    "email": "maker-of-many-clips@example.com",
    "sign_in": "/",
    "sign_out": "/cdn-cgi/access/logout",
    "turnstile_site_key": None,
    "is_claimable": False,
}
NOBODY = ME | {"owner": None, "role": None, "via": None, "email": None, "sign_out": None}
WIDGET = """
window.turnstile = {
  render(container, options) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `I am human (${options.sitekey}, ${options.action})`;
    button.addEventListener("click", () => options.callback("of-the-check"));
    container.append(button);
    return "widget";
  },
  remove() {},
};
"""


class Site:
    """What the site says about the caller, in place of what it says to a visitor of this machine."""

    def __init__(self, visitor: Visitor, me: dict[str, Any]) -> None:
        self.me = me
        self.refusal = ""
        """The problem with which every other call is refused."""
        visitor.page.route("**/api/**", self._answer)

    def _answer(self, route: Route) -> None:
        path = route.request.url.split("/api/")[1]
        if path == "me":
            route.fulfill(json=self.me)
        elif path == "me/claim":
            self.me = self.me | {"is_claimable": False}
            route.fulfill(json={"jobs": 3, "uploads": 0})
        elif path == "session":
            assert json.loads(route.request.post_data or "")["token"] == "of-the-check"
            self.me, self.refusal = ME | {"via": "session", "mode": "PUBLIC", "sign_out": None}, ""
            route.fulfill(status=201, json={"owner": self.me["owner"], "ends_at": "2026-11-24T03:00:00.000Z"})
        elif self.refusal and not path.startswith(("presets", "version", "estimate")):
            words: dict[str, Any] = {
                "title": "로그인이 필요해요",
                "detail": "",
                "fix": "다시.",
                "instance": None,
                "errors": [],
            }
            body = {"type": f"/problems/{self.refusal}", "status": 401, "retryable": False, "charged_micro_won": 0}
            route.fulfill(status=401, content_type="application/problem+json", body=json.dumps(body | words))
        else:
            route.continue_()


def test_who_is_signed_in_is_shown_with_the_way_out(visitor: Visitor) -> None:
    Site(visitor, ME)
    page = visitor.open().page
    head = page.locator(".top cw-account")
    expect(head).to_contain_text("maker-of-many-clips@example.com 님")
    expect(head.get_by_role("link", name="로그아웃")).to_have_attribute("href", "/cdn-cgi/access/logout")
    expect(page.locator(".foot cw-account")).to_be_hidden()
    for size in (PHONE, NARROW):
        page.set_viewport_size(size)
        expect(page.locator(".foot cw-account").get_by_role("link", name="로그아웃")).to_be_visible()
        expect(head).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_this_machine_nobody_signs_in(visitor: Visitor) -> None:
    page = visitor.open().page
    expect(page.locator(".top cw-account")).to_be_empty()
    expect(page.get_by_role("link", name="로그아웃")).to_have_count(0)


def test_a_sign_in_that_ends_in_the_middle_loses_nothing(visitor: Visitor) -> None:
    site = Site(visitor, ME)
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("끝나도 남아요")
    site.refusal, site.me = "sign-in-needed", NOBODY
    visitor.give_picture()
    banner = page.locator("cw-sign-in")
    expect(banner).to_contain_text("로그인이 끝났어요")
    expect(banner.get_by_role("link", name="다시 로그인")).to_have_attribute("target", "_blank")
    visitor.expect_complaint("401")
    expect(page.locator("#field-prompt")).to_have_value("끝나도 남아요")
    # Signed in again, in another tab.
    site.refusal, site.me = "", ME
    banner.get_by_role("button", name="로그인했어요").click()
    expect(banner).to_be_empty()
    expect(page.locator("#field-prompt")).to_have_value("끝나도 남아요")
    visitor.press_make()  # it waits for the picture, which is sent again
    visitor.clip()
    assert visitor.jobs()[0]["input"]["upload_id"]


def test_a_public_site_asks_for_a_check_first(visitor: Visitor, tmp_path: Path) -> None:
    build(tmp_path, access_mode="PUBLIC")
    rules = (tmp_path / "_headers").read_text(encoding="utf-8")
    policy = next(line.split(": ", 1)[1] for line in rules.splitlines() if "Content-Security-Policy" in line)

    def of_a_public_site(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})

    page = visitor.page
    page.route("**/ko/", of_a_public_site)
    page.route("https://challenges.cloudflare.com/**", lambda route: route.fulfill(
        content_type="text/javascript", body=WIDGET))  # fmt: skip
    site = Site(visitor, NOBODY | {"mode": "PUBLIC", "sign_in": None, "turnstile_site_key": "1x0"})
    site.refusal = "session-needed"
    visitor.open()
    visitor.expect_complaint("401")
    expect(page.locator("cw-sign-in")).to_contain_text("사람인지 한 번 확인할게요")
    page.get_by_role("button", name="I am human (1x0, session)").click()
    expect(page.locator("cw-sign-in")).to_be_empty()
    expect(page.locator("cw-ideas")).to_be_visible()


def test_other_pages_may_not_load_anything_from_elsewhere(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.open()
    assert [url for url in asked if not url.startswith((visitor.url, "blob:", "data:"))] == []


def test_clips_of_before_are_offered_once(visitor: Visitor) -> None:
    Site(visitor, ME | {"is_claimable": True})
    page = visitor.open().page
    offer = page.locator("cw-claim-offer")
    expect(offer).to_contain_text("로그인하기 전에 이 브라우저에서 만든 영상이 있어요.")
    offer.get_by_role("button", name="내 보관함으로 옮기기").click()
    expect(page.locator("cw-notes")).to_contain_text("영상 3개를 옮겼어요.")
    expect(offer).to_be_empty()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_whoever_is_asking(browser: Browser, stack: Stack, theme: Literal["light", "dark"]) -> None:
    with Visitor(browser, stack, theme=theme, size=PHONE, reduced_motion="reduce") as visitor:
        site = Site(visitor, ME | {"is_claimable": True})
        page = visitor.open().page
        expect(page.locator("cw-claim-offer .banner")).to_be_visible()
        assert violations(page) == []
        site.refusal, site.me = "sign-in-needed", NOBODY
        visitor.give_picture()
        expect(page.locator("cw-sign-in .banner")).to_be_visible()
        assert violations(page) == []
        visitor.open("en")  # nothing is known from before
        expect(page.locator("cw-sign-in .banner")).to_be_visible()
        expect(page.locator("cw-recent-clips [role=alert]")).to_have_count(0)  # one message is enough
        assert violations(page) == []


@pytest.mark.parametrize("path", ["api-tokens", "limits"])
def test_the_other_pages_ask_for_a_sign_in_too_and_go_on_by_themselves(visitor: Visitor, path: str) -> None:
    site = Site(visitor, NOBODY)
    site.refusal = "sign-in-needed"
    page = visitor.open(room=f"{path}/").page  # the bar asks for a sign-in before the room's script is there
    banner = page.locator("cw-sign-in")
    expect(banner).to_contain_text("로그인이 끝났어요")
    expect(page.get_by_role("alert")).to_have_count(1)
    assert violations(page) == []
    visitor.expect_complaint("401")
    site.refusal, site.me = "", ME | {"role": "operator"}
    banner.get_by_role("button", name="로그인했어요").click()
    expect(banner).to_be_empty()
    expect(page.get_by_text("아직 웹훅이 없어요.") if path == "api-tokens" else page.locator(".caps")).to_be_visible()
