"""Prompt help at the page: a price before, both texts beside each other, nothing replaced unasked, and a way back."""

import re

from playwright.sync_api import Locator, Page, expect

from gpu.core.text_pricing import text_estimate
from tests.browser.test_access import violations
from tests.browser.visitor import Visitor

WORDS = "창가에 앉은 여자가 웃어요"
ENGLISH = "A woman by the window turns and smiles."


def asking(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^(영어로 다듬어 보기|See it in English)"))


def english(page: Page) -> Locator:
    return page.locator("#field-prompt-english")


def ask(visitor: Visitor, words: str = WORDS) -> Page:
    page = visitor.page
    visitor.write(words)
    asking(page).click()
    return page


def priced(visitor: Visitor, start_micro_won: int) -> None:
    """As on a site whose models lie on rented cards."""
    price = text_estimate()
    offer = {"micro_won": price.micro_won, "start_micro_won": start_micro_won, "seconds": 60}
    offer |= {"basis": price.basis, "price_rev": price.price_rev}
    visitor.page.route("**/api/texts/offer", lambda route: route.fulfill(json=offer))
    visitor.page.route(
        "**/api/presets", lambda route: route.fulfill(json=route.fetch().json() | {"is_tiny_model": False})
    )


def test_the_price_is_named_before_and_holds_the_start(visitor: Visitor) -> None:
    price = text_estimate()
    priced(visitor, price.cold_start_micro_won)
    page = visitor.open().page
    expect(asking(page)).to_have_count(0)
    visitor.write(WORDS)
    most, start = (round(amount / 1e6) for amount in (price.high_micro_won, price.cold_start_micro_won))
    expect(asking(page)).to_have_text(f"영어로 다듬어 보기 · 최대 ₩{most}")
    expect(page.locator("#field-prompt-help-about")).to_contain_text(f"GPU를 켜는 값 ₩{start}이 들어 있어요.")


def test_where_a_card_is_up_no_start_is_named(visitor: Visitor) -> None:
    priced(visitor, 0)
    page = visitor.open().page
    visitor.write(WORDS)
    expect(asking(page)).to_have_text(f"영어로 다듬어 보기 · 최대 ₩{round(text_estimate().micro_won / 1e6)}")
    expect(page.locator("#field-prompt-help-about")).not_to_contain_text("켜는")


def test_where_nothing_is_rented_no_price_is_named(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.write(WORDS)
    expect(asking(page)).to_have_text("영어로 다듬어 보기")


def test_a_choice_is_made_over_both_texts_and_taken_back(visitor: Visitor) -> None:
    page = ask(visitor.open())
    prompt = page.locator("#field-prompt")
    expect(english(page)).to_be_visible()
    expect(page.locator(".help-original")).to_have_text(WORDS)
    expect(prompt).to_have_value(WORDS)
    written = english(page).input_value()
    assert written
    page.reload()
    expect(english(page)).to_have_value(written)
    english(page).fill(ENGLISH)
    page.reload()
    expect(english(page)).to_have_value(ENGLISH)
    expect(prompt).to_have_value(WORDS)
    page.get_by_role("button", name="이 설명으로 쓰기").click()
    expect(prompt).to_have_value(ENGLISH)
    expect(prompt).to_be_focused()
    expect(english(page)).to_have_count(0)
    page.locator(".note").get_by_role("button", name="되돌리기").click()
    expect(prompt).to_have_value(WORDS)
    expect(english(page)).to_have_value(ENGLISH)
    page.get_by_role("button", name="원래 설명 그대로").click()
    expect(prompt).to_have_value(WORDS)
    expect(english(page)).to_have_count(0)
    assert visitor.jobs() == []


def test_a_clip_is_made_of_the_english_as_it_was_edited(visitor: Visitor) -> None:
    page = ask(visitor.open())
    visitor.choose_quick()
    english(page).fill(ENGLISH)
    page.get_by_role("button", name="이 설명으로 쓰기").click()
    visitor.press_make()
    visitor.clip()
    (job,) = visitor.jobs()
    assert job["input"]["prompt"] == ENGLISH
    visitor.go("비용")
    expect(page.get_by_role("row", name=re.compile("영어로 다듬기"))).to_be_visible()


def test_it_is_canceled_and_goes_on_over_a_reload(visitor: Visitor) -> None:
    page = ask(visitor.open(), "stay at encode_prompt. 천천히 웃어요")
    expect(page.get_by_role("status").filter(has_text="영어로 다듬고 있어요")).to_be_visible()
    page.reload()
    expect(page.get_by_role("status").filter(has_text="영어로 다듬고 있어요")).to_be_visible()
    page.locator("cw-prompt-help").get_by_role("button", name="취소").click()
    expect(page.locator(".note")).to_contain_text("다듬기를 취소했어요")
    expect(asking(page)).to_be_visible()


def test_what_was_sent_without_an_answer_is_sent_once_more_as_the_same(visitor: Visitor) -> None:
    page = visitor.open().page
    page.route("**/api/texts", lambda route: (route.fetch(), route.abort())[1], times=1)
    ask(visitor)
    page.get_by_role("button", name="다시 시도").click()
    expect(english(page)).to_be_visible()
    assert len(page.request.get(f"{visitor.url}/api/export").json()["texts"]) == 1
    visitor.complaints.clear()  # the browser's own word about the lost answer


def test_axe_finds_nothing_and_keys_are_enough(each_look: Visitor) -> None:
    visitor = each_look
    page = visitor.open("en").page
    visitor.write(WORDS)
    expect(asking(page)).to_be_enabled()
    assert violations(page) == []
    asking(page).focus()
    page.keyboard.press("Enter")
    expect(english(page)).to_be_visible()
    english(page).fill(ENGLISH)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Use this text").focus()
    page.keyboard.press("Space")
    expect(page.locator("#field-prompt")).to_have_value(ENGLISH)
