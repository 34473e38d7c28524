"""Prompt help for one scene of a table: asked for in its dialog, found again at its row, and one step of the table."""

import re

from playwright.sync_api import Locator, Page, expect

from gpu.core.text_pricing import text_estimate
from tests.browser.test_access import violations
from tests.browser.test_prompt_help import ENGLISH, WORDS, asking, priced
from tests.browser.test_scenes import field_of, go_to, lines_of, open_table
from tests.browser.test_scenes_versions import opened
from tests.browser.visitor import SAMPLES, Visitor

WAITS = "영어 설명은 아직 안 골랐어요"
OTHER_WORDS = "비가 내리는 골목을 고양이가 걸어가요"


def english(page: Page) -> Locator:
    return page.locator("#dialog-line-english")


def line(page: Page) -> Locator:
    return page.locator("#dialog-line")


def texts(visitor: Visitor) -> list[dict[str, dict[str, str]]]:
    return visitor.context.request.get(f"{visitor.url}/api/export").json()["texts"]


def closed(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)


def test_a_text_is_found_again_at_its_row_and_used_in_one_step(visitor: Visitor) -> None:
    rows = open_table(visitor, [WORDS, OTHER_WORDS])
    page = visitor.page
    opened(visitor, "001")
    asking(page).click()
    closed(visitor)
    expect(rows.nth(0)).to_contain_text(WAITS)
    expect(rows.nth(1)).not_to_contain_text(WAITS)
    page.reload()
    expect(rows.nth(0)).to_contain_text(WAITS)
    opened(visitor, "001")
    expect(english(page)).to_be_visible()
    expect(page.locator(".help-original")).to_have_text(WORDS)
    english(page).fill(ENGLISH)
    closed(visitor)
    opened(visitor, "002")
    expect(english(page)).to_have_count(0)
    asking(page).click()
    expect(english(page)).to_be_visible()
    expect(page.locator(".help-original")).to_have_text(OTHER_WORDS)
    closed(visitor)
    page.reload()
    opened(visitor, "001")
    expect(english(page)).to_have_value(ENGLISH)
    expect(line(page)).to_have_value(WORDS)
    page.get_by_role("button", name="이 설명으로 쓰기").click()
    expect(line(page)).to_have_value(ENGLISH)
    expect(line(page)).to_be_focused()
    expect(english(page)).to_have_count(0)
    assert lines_of(visitor) == [ENGLISH, OTHER_WORDS]
    closed(visitor)
    expect(rows.nth(0)).not_to_contain_text(WAITS)
    go_to(visitor, rows, 0)
    page.keyboard.press("Control+z")
    assert lines_of(visitor) == [WORDS, OTHER_WORDS]
    opened(visitor, "001")
    expect(english(page)).to_have_value(ENGLISH)
    page.get_by_role("button", name="원래 설명 그대로").click()
    expect(english(page)).to_have_count(0)
    expect(line(page)).to_be_focused()
    assert lines_of(visitor) == [WORDS, OTHER_WORDS]
    assert sorted(one["input"]["prompt"] for one in texts(visitor)) == sorted([WORDS, OTHER_WORDS])
    assert visitor.jobs() == []


def test_what_was_used_is_taken_back_in_the_dialog(visitor: Visitor) -> None:
    open_table(visitor, [WORDS])
    page = visitor.page
    dialog = opened(visitor, "001")
    asking(page).click()
    english(page).fill(ENGLISH)
    line(page).fill("그사이에 고친 줄")
    dialog.get_by_role("button", name="이 설명으로 쓰기").click()
    expect(line(page)).to_have_value(ENGLISH)
    dialog.locator(".note").get_by_role("button", name="되돌리기").click()
    expect(line(page)).to_have_value("그사이에 고친 줄")
    expect(english(page)).to_have_value(ENGLISH)
    expect(page.locator(".help-original")).to_have_text(WORDS)
    closed(visitor)
    expect(field_of(visitor)).to_be_attached()
    assert lines_of(visitor) == ["그사이에 고친 줄"]


def test_gemma_sees_the_first_picture_of_the_row(visitor: Visitor) -> None:
    upload = SAMPLES / "portrait.png"
    open_table(visitor, [WORDS])
    page = visitor.page
    dialog = opened(visitor, "001")
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="고르기", exact=True).first.click()
    held = visitor.hold("**/api/uploads")
    chooser.value.set_files(upload)
    visitor.until_some(held)
    asking(page).click()  # while it is on its way
    expect(dialog.get_by_text("보내고 있어요.")).to_be_visible()
    held[0].continue_()
    expect(english(page)).to_be_visible()
    lines_of(visitor)
    table = page.url.rstrip("/").rpartition("/")[2]
    (scene,) = visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()["scenes"]
    (text,) = texts(visitor)
    assert text["input"]["upload_id"] == scene["cells"]["first_upload_id"]
    dialog.get_by_role("button", name="원래 설명 그대로").click()
    expect(dialog.locator("#dialog-line-help-about")).to_contain_text("이미지도 함께 보고")


def test_a_text_that_ends_behind_a_closed_dialog_is_told_with_its_scene(visitor: Visitor) -> None:
    open_table(visitor, [OTHER_WORDS, WORDS])
    page = visitor.page
    dialog = opened(visitor, "002")
    with visitor.nothing_renders():
        asking(page).click()
        expect(dialog.get_by_text("GPU를 기다리고 있어요")).to_be_visible()
        closed(visitor)
    expect(page.locator(".note")).to_contain_text("장면 002의 영어 설명이 준비됐어요.")
    opened(visitor, "002")
    expect(english(page)).to_be_visible()


def test_it_is_canceled_in_the_dialog(visitor: Visitor) -> None:
    open_table(visitor, ["stay at encode_prompt. 천천히 웃어요"])
    page = visitor.page
    opened(visitor, "001")
    asking(page).click()
    running = page.get_by_role("dialog").get_by_text("영어로 다듬고 있어요")
    expect(running).to_be_visible()
    closed(visitor)
    page.reload()
    dialog = opened(visitor, "001")
    expect(running).to_be_visible()
    dialog.locator("cw-prompt-help").get_by_role("button", name="취소").click()
    expect(dialog.locator(".note")).to_contain_text("다듬기를 취소했어요")
    expect(asking(page)).to_be_focused()


def test_the_price_is_the_one_that_is_reserved(visitor: Visitor) -> None:
    price = text_estimate()
    priced(visitor, price.cold_start_micro_won)
    open_table(visitor, [WORDS, "나" * 2_001])
    page = visitor.page
    opened(visitor, "001")
    most, start = (round(amount / 1e6) for amount in (price.high_micro_won, price.cold_start_micro_won))
    expect(asking(page)).to_have_text(f"영어로 다듬어 보기 · 최대 ₩{most}")
    expect(page.locator("#dialog-line-help-about")).to_contain_text(f"GPU를 켜는 값 ₩{start}이 들어 있어요.")
    closed(visitor)
    opened(visitor, "002")
    expect(asking(page)).to_be_disabled()
    expect(page.locator("#dialog-line-help-about")).to_contain_text("2,000자까지 줄여 주세요.")


def test_axe_finds_nothing_and_keys_are_enough(each_look: Visitor) -> None:
    visitor = each_look
    open_table(visitor, [WORDS])
    page, press = visitor.page, visitor.page.keyboard.press
    page.get_by_role("button", name="장면 001 자세히").focus()
    press("Enter")
    expect(asking(page)).to_be_enabled()
    assert violations(page) == []
    line(page).focus()
    press("Tab")
    expect(asking(page)).to_be_focused()
    press("Enter")
    expect(english(page)).to_be_visible()
    expect(page.locator(".help")).to_be_focused()
    press("Tab")
    expect(english(page)).to_be_focused()
    press("Control+a")
    page.keyboard.type(ENGLISH)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press("Tab")
    press("Space")
    expect(line(page)).to_have_value(ENGLISH)
    expect(line(page)).to_be_focused()
    undo = page.get_by_role("dialog").locator(".note").get_by_role("button", name=re.compile("되돌리기"))
    undo.focus()
    assert violations(page) == []
    press("Enter")
    expect(line(page)).to_have_value(WORDS)
    expect(line(page)).to_be_focused()
