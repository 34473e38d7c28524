"""Cells of the table of scenes under a pointer: lists that open beside them, and the row that is pointed at."""

import re

from playwright.sync_api import expect

from tests.browser.test_access import violations
from tests.browser.test_scenes import choice_of, go_to, open_table
from tests.browser.visitor import Visitor


def test_a_cells_list_is_opened_and_left_by_keys_and_pointer(visitor: Visitor) -> None:
    rows = open_table(visitor, ["하나", "둘", *["더"] * 20])
    page = visitor.page
    entries = page.locator(".scene-list")
    of = choice_of(rows.first, "길이")
    go_to(visitor, rows, 0)
    page.keyboard.press("ArrowRight")
    expect(of).to_be_focused()
    page.keyboard.press("Enter")
    expect(entries).to_be_focused()
    expect(of).to_have_attribute("aria-expanded", "true")
    expect(entries.locator("[aria-selected=true]")).to_contain_text("2초 (기본)")
    expect(entries.get_by_role("option", name=re.compile("^4초"))).to_contain_text("₩")  # what it would cost
    assert violations(page) == []
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(of).to_have_text("4초")
    expect(of).to_be_focused()
    page.keyboard.press("ArrowDown")  # the keys are the sheet's again
    expect(choice_of(rows.nth(1), "길이")).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")  # and nothing is chosen
    expect(entries).to_be_hidden()
    expect(choice_of(rows.nth(1), "길이")).to_have_accessible_name(re.compile(r": 2초 \(기본\)$"))
    expect(choice_of(rows.nth(1), "길이")).to_be_focused()
    of.click()
    expect(entries).to_be_visible()
    of.click()
    expect(entries).to_be_hidden()
    expect(of).to_have_attribute("aria-expanded", "false")
    of.click()
    choice_of(rows.nth(1), "화질").click()  # from one list to another
    expect(entries).to_have_accessible_name("장면 002 화질")
    expect(of).to_have_attribute("aria-expanded", "false")
    top = entries.evaluate("list => list.getBoundingClientRect().top")
    page.mouse.wheel(0, 40)
    expect(entries).to_be_visible()  # it goes with its cell
    page.wait_for_function("top => document.querySelector('.scene-list').getBoundingClientRect().top < top", arg=top)
    page.locator(".scenes-head").click(position={"x": 4, "y": 4})
    expect(entries).to_be_hidden()


def test_a_pointer_at_rest_marks_no_row_that_keys_carry_below_it(visitor: Visitor) -> None:
    rows = open_table(visitor, ["하나", "둘", "셋"])
    page, pointed, plain = visitor.page, rows.nth(1), rows.nth(2)
    fill = "row => getComputedStyle(row).backgroundColor"
    go_to(visitor, rows, 0)
    pointed.locator(".scene-won").hover()
    marked = pointed.evaluate(fill)
    assert marked != plain.evaluate(fill)
    page.keyboard.press("ArrowDown")
    assert pointed.evaluate(fill) == plain.evaluate(fill)
    pointed.locator(".scene-state").hover()
    assert pointed.evaluate(fill) == marked
