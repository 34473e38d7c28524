"""Motions for spoken lines: offered beside the field, switched off, sent to the letter, and turned off for good."""

from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from gpu.core.motions import MOTIONS
from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.test_scenes import open_table
from tests.browser.visitor import PHONE, Visitor

SPOKEN = '그가 돌아보며 말한다. "정말? 어서 가자!"'
TURN, NOD, LEAN = (motion.words for motion in MOTIONS)


def chip(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def shown_as_sent(page: Page) -> Locator:
    button = page.get_by_role("button", name="모델에 보내는 설명 확인")
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    return page.locator("#prompt-sent .sent-text")


def test_what_is_on_is_shown_and_sent_to_the_letter_and_comes_back_with_the_clip(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    expect(page.locator(".motions")).to_have_count(0)
    visitor.write(SPOKEN)
    expect(chip(page, "고개를 돌려요")).to_have_attribute("aria-pressed", "true")
    expect(chip(page, "고개를 돌려요")).to_contain_text(TURN)
    chip(page, "끄덕여요").click()
    expect(chip(page, "끄덕여요")).to_have_attribute("aria-pressed", "false")
    shown = shown_as_sent(page).inner_text()
    assert shown == f"{SPOKEN} {TURN}"
    page.reload()
    expect(chip(page, "끄덕여요")).to_have_attribute("aria-pressed", "false")
    visitor.press_make()
    card = visitor.clip()
    job = visitor.jobs()[0]
    assert (job["input"]["prompt"], job["input"]["motions"]) == (SPOKEN, ["turn_head"])
    assert job["resolved"]["prompt_sent"] == shown
    visitor.write("다른 설명")
    expect(page.locator(".motions")).to_have_count(0)
    visitor.act(card, "설정 바꿔서 만들기")
    expect(page.locator("#field-prompt")).to_have_value(SPOKEN)
    assert shown_as_sent(page).inner_text() == shown


def test_suggestions_are_turned_off_for_good_and_on_again_in_the_settings(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.write(SPOKEN)
    page.get_by_role("button", name="더는 제안하지 않기").click()
    expect(page.locator(".motions")).to_have_count(0)
    expect(page.locator("#field-prompt")).to_be_focused()
    assert shown_as_sent(page).inner_text().endswith(SPOKEN)
    page.locator(".note").get_by_role("button", name="되돌리기").click()
    expect(chip(page, "끄덕여요")).to_be_visible()
    page.get_by_role("button", name="더는 제안하지 않기").click()
    page.reload()
    expect(page.locator("#field-prompt")).to_have_value(SPOKEN)
    expect(page.locator(".motions")).to_have_count(0)
    visitor.go("설정")
    page.get_by_role("checkbox", name="대사에 맞춘 움직임 제안").check()
    visitor.go("만들기")
    expect(chip(page, "끄덕여요")).to_be_visible()


def test_the_chips_work_by_keys_and_fit_a_phone(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack, size=PHONE, touch=True) as visitor:
        page = visitor.open("en").page
        visitor.write('She says "Really? Then let us leave right now, all of us!"')
        expect(page.locator(".motion-chip")).to_have_count(3)
        page.locator("#field-prompt").focus()
        chip(page, "Nods").focus()
        page.keyboard.press("Space")
        expect(chip(page, "Nods")).to_have_attribute("aria-pressed", "false")
        expect(chip(page, "Nods")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert violations(page) == []


def test_a_table_sends_the_motions_of_its_subtitles_and_a_scene_has_its_own(visitor: Visitor) -> None:
    row = open_table(visitor, ["그가 문을 연다"], subtitle="정말? 어서 가자!").first
    page = visitor.page
    expect(row.locator(".scene-subtitle")).to_have_text("정말? 어서 가자!")
    page.get_by_role("button", name="채널 기본값").click()
    page.get_by_role("checkbox", name="대사에 맞춘 움직임 함께 보내기").check()
    page.keyboard.press("Escape")
    expect(row.locator(".scene-subtitle")).to_have_text("움직임: 고개를 돌려요, 끄덕여요 · 정말? 어서 가자!")
    row.locator("[data-cell=more]").click()
    chip(page.get_by_role("dialog"), "끄덕여요").click()
    expect(chip(page.get_by_role("dialog"), "끄덕여요")).to_have_attribute("aria-pressed", "false")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(row.locator(".scene-subtitle")).to_contain_text("움직임: 고개를 돌려요 ·")
    expect(page.locator(".scenes-saving")).to_have_text("저장했어요")
    table = page.url.rstrip("/").rpartition("/")[2]
    kept: dict[str, Any] = visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()
    assert kept["settings"]["dialogue_motions"] is True
    assert kept["scenes"][0]["cells"]["motions"] == ["turn_head"]
