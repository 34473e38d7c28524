"""A job that a cap refuses: the choices that still fit change the form, and send nothing."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_access import violations
from tests.browser.visitor import LAPTOP, NARROW, PHONE, Visitor


@contextmanager
def each_clip_costs_too_much(visitor: Visitor) -> Generator[None]:
    """The cap of a clip is a little below what the form's choice may cost."""
    menu = visitor.context.request.get(f"{visitor.url}/api/presets").json()
    choice = {"preset": menu["default_preset"], "ratio": "9:16", "seconds": 8, "tier": "704p"}
    estimate = visitor.context.request.post(f"{visitor.url}/api/estimate", data=choice).json()
    won = estimate["high_micro_won"] * 9 // 10_000_000
    address = f"{visitor.url}/api/caps"
    (before,) = [cap for cap in visitor.context.request.get(address).json()["caps"] if cap["name"] == "job"]
    changes = ({"name": "job", "most": won * 1_000_000}, {"name": "job", "most": before["most"]})
    assert visitor.context.request.put(address, data={"caps": [changes[0]]}).ok
    try:
        yield
    finally:
        assert visitor.context.request.put(address, data={"caps": [changes[1]]}).ok


def chosen(page: Page) -> list[str]:
    """The ratio, the length and the quality that the form holds."""
    return page.evaluate("[...document.querySelectorAll('cw-choices input:checked')].map(one => one.value)")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_choice_that_fits_changes_the_form_alone_and_can_be_undone(visitor: Visitor, language: str) -> None:
    page = visitor.open(language).page
    visitor.write("한도에 걸려도 그대로")
    before = chosen(page)
    sent = visitor.submissions()
    with each_clip_costs_too_much(visitor):
        visitor.press_make()
        refusal = page.locator(".composer-foot cw-problem")
        offers = refusal.locator(".cheaper button")
        expect(offers).to_have_count(2)
        for offer in offers.all():
            expect(offer).to_contain_text("₩")
        expect(refusal).not_to_contain_text("job:")
        visitor.expect_complaint("402")
        assert violations(page) == []
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        offers.first.click()
        expect(refusal).to_have_count(0)
        expect(page.locator("cw-cost-bar button[type=submit]")).to_be_focused()
        changed = chosen(page)
        assert changed != before
        assert changed[0] == before[0], "the ratio stays"
        expect(page.locator("#field-prompt")).to_have_value("한도에 걸려도 그대로")
        page.locator(".note-action").click()
        expect(page.locator(".note-action")).to_have_count(0)
        assert chosen(page) == before
        assert len(sent) == 1, "nothing is sent without a press"
        # The same choice again, and now sent.
        visitor.press_make()
        offers.first.click()
        visitor.press_make()
        visitor.until_some(sent, 3)
        visitor.until_answered()
        visitor.complaints = [one for one in visitor.complaints if "402" not in one]


def hidden_of_the_foot(page: Page) -> int:
    """Pixels of the form's foot that are out of sight, and reached by scrolling it."""
    return page.locator(".composer-foot").evaluate("foot => foot.scrollHeight - foot.clientHeight")


def test_the_foot_is_whole_and_goes_with_the_page_where_a_refusal_makes_it_tall(
    visitor: Visitor,
) -> None:
    page = visitor.open().page
    for size in (LAPTOP, PHONE, NARROW):
        page.set_viewport_size(size)
        assert hidden_of_the_foot(page) == 0
    page.set_viewport_size(LAPTOP)
    visitor.write("너무 비싼 것")
    with each_clip_costs_too_much(visitor):
        visitor.press_make()
        refusal = page.locator(".composer-foot cw-problem .fault")
        expect(refusal).to_be_visible()
        visitor.expect_complaint("402")
        assert hidden_of_the_foot(page) == 0
        page.set_viewport_size({"width": 844, "height": 390})
        page.locator("#field-prompt").scroll_into_view_if_needed()
        expect(page.locator(".composer-foot")).to_have_css("position", "static")
        expect(page.locator("#field-prompt")).to_be_in_viewport(ratio=1)
        assert hidden_of_the_foot(page) == 0
        refusal.locator("strong").scroll_into_view_if_needed()
        expect(refusal.locator("strong")).to_be_in_viewport()
