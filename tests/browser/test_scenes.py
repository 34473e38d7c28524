"""The table of scenes as its users work in it: by keys alone, on a phone, without a network, with many rows."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import SAMPLES, Visitor

SMALL: dict[str, Any] = {"seconds": 2, "quality": {"preset": "draft", "tier": "352p"}}
MOST = 180


def open_table(visitor: Visitor, lines: Sequence[str] = (), **cells: object) -> Locator:
    """Opens a new table of drafts with these lines. Returns its rows."""
    request = visitor.context.request
    # Its cookie says who asks. A page would ask several times at once, and each answer bring another cookie.
    assert request.get(f"{visitor.url}/api/me").ok
    made = request.post(f"{visitor.url}/api/projects", data={"title": "저녁 쇼츠", "settings": SMALL}).json()
    rows = [{"id": f"row{n:013d}", "cells": {"line": line, **cells}} for n, line in enumerate(lines)]
    answer = request.patch(f"{visitor.url}/api/projects/{made['id']}", data={"base_revision": 1, "rows": rows})
    assert answer.ok, answer.text()
    visitor.page.goto(f"{visitor.url}/ko/scenes/{made['id']}/")
    visitor.page.locator("cw-scene-editor").wait_for()
    return visitor.page.locator("cw-scene-row")


def line_of(rows: Locator, place: int) -> Locator:
    """The cell of a row's line."""
    return rows.nth(place).locator(".scene-line")


def field_of(visitor: Visitor) -> Locator:
    """The one field in which lines are written."""
    return visitor.page.locator("cw-scene-line textarea")


def go_to(visitor: Visitor, rows: Locator, place: int) -> None:
    """Goes to a row's line without editing it."""
    line_of(rows, place).click()
    visitor.page.keyboard.press("Escape")
    expect(field_of(visitor)).to_have_attribute("aria-activedescendant", re.compile("^line-"))


def write_line(visitor: Visitor, rows: Locator, place: int, text: str) -> None:
    """Writes another line over what is there."""
    line_of(rows, place).click()
    field_of(visitor).fill(text)


def choice_of(row: Locator, name: str) -> Locator:
    """The button of a cell with a list: its name says what the cell says."""
    return row.get_by_role("button", name=re.compile(f"^장면 \\d+ {name}: "))


def choose(row: Locator, name: str, entry: str) -> None:
    """Chooses in a cell's list by the pointer."""
    choice_of(row, name).click()
    row.page.locator(".scene-list").get_by_role("option", name=re.compile(f"^{re.escape(entry)}")).click()


def expect_at(visitor: Visitor, row: Locator) -> None:
    """The row's line has the keys."""
    expect(field_of(visitor)).to_be_focused()
    cell = row.locator(".scene-line").get_attribute("id") or ""
    expect(field_of(visitor)).to_have_attribute("aria-activedescendant", cell)


def lines_of(visitor: Visitor) -> list[str]:
    """The lines as the server has them, once all is saved."""
    expect(visitor.page.locator(".scenes-saving")).to_have_text("저장했어요")
    table = visitor.page.url.rstrip("/").rpartition("/")[2]
    scenes = visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()["scenes"]
    return [scene["cells"]["line"] for scene in scenes]


def test_a_table_is_written_and_arranged_by_keys_alone(visitor: Visitor) -> None:
    rows = open_table(visitor, ["문을 연다 그리고 나간다", "비가 내린다"])
    page, press = visitor.page, visitor.page.keyboard.press
    go_to(visitor, rows, 0)
    press("Control+d")
    expect(rows).to_have_count(3)
    press("Control+Delete")
    expect(rows).to_have_count(2)
    press("Control+Home")
    press("Enter")
    press("Home")
    for _ in range(5):
        press("ArrowRight")
    press("Control+Shift+Enter")  # split behind "문을 연다"
    expect(rows).to_have_count(3)
    press("Escape")
    press("Alt+ArrowDown")
    expect_at(visitor, rows.nth(2))
    page.keyboard.type("!")  # goes on behind what is there
    press("Control+Enter")
    page.keyboard.type("마지막 장면")
    assert lines_of(visitor) == ["문을 연다", "비가 내린다", "그리고 나간다!", "마지막 장면"]
    press("Home")
    press("Backspace")  # at the start of a line: joined to the one before
    assert lines_of(visitor) == ["문을 연다", "비가 내린다", "그리고 나간다! 마지막 장면"]
    press("Escape")
    for _ in range(9):
        press("Control+z")
    assert lines_of(visitor) == ["문을 연다 그리고 나간다", "비가 내린다"]
    for _ in range(21):
        press("Control+d")
    expect(page.locator(".scenes-sums")).to_contain_text("23장면")
    for _ in range(22):
        press("Control+z")
    expect(page.locator(".scenes-sums")).to_have_text("3장면")  # twenty steps are kept
    press("?")
    expect(page.get_by_role("dialog")).to_contain_text("앞 장면과 합치기")
    press("Escape")
    assert visitor.page.evaluate("document.activeElement.closest('cw-scene-line') !== null")


def test_an_arrow_key_moves_no_focus_and_what_is_composed_goes_to_the_new_line(visitor: Visitor) -> None:
    rows = open_table(visitor, ["하나", "하나", "셋"])
    page, press = visitor.page, visitor.page.keyboard.press
    go_to(visitor, rows, 0)
    page.evaluate("window.moved = 0; addEventListener('focusin', () => window.moved++)")
    press("Home")  # to the cell of the number, and back
    press("End")
    for _ in range(5):
        press("ArrowLeft")
    expect_at(visitor, rows.nth(0))
    before = page.evaluate("window.moved")
    press("ArrowDown")
    visitor.devtools("Input.imeSetComposition", text="ㄷ", selectionStart=1, selectionEnd=1)
    visitor.devtools("Input.imeSetComposition", text="두", selectionStart=1, selectionEnd=1)
    press("ArrowDown")  # the input method's own, as long as it composes
    visitor.devtools("Input.insertText", text="둘")
    press("Escape")
    press("ArrowDown")
    expect_at(visitor, rows.nth(2))
    assert page.evaluate("window.moved") == before
    assert lines_of(visitor) == ["하나", "하나둘", "셋"]
    text = rows.nth(1).locator(".scene-text")
    text.click(position={"x": 10, "y": 20})  # before the first letter
    page.keyboard.type("앞 ")
    assert lines_of(visitor) == ["하나", "앞 하나둘", "셋"]


def test_lines_fill_downwards_and_a_choice_holds_for_all_selected_rows(visitor: Visitor) -> None:
    rows = open_table(visitor, ["하나", "둘"])
    go_to(visitor, rows, 1)
    pasted = """text => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      const how = { clipboardData, bubbles: true, cancelable: true };
      document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
    }"""
    visitor.page.evaluate(pasted, '"그는 말했다"\r\n  들여 쓴 줄\r\n끝\r\n')
    assert lines_of(visitor) == ["하나", '"그는 말했다"', "  들여 쓴 줄", "끝"]
    for place in (0, 2):
        rows.nth(place).get_by_role("checkbox").check()
    choose(rows.nth(0), "길이", "4초")  # holds for all that are selected
    expect(choice_of(rows.nth(2), "길이")).to_have_text("4초")
    expect(choice_of(rows.nth(1), "길이")).to_have_accessible_name(re.compile(r": 2초 \(기본\)$"))
    go_to(visitor, rows, 1)
    visitor.page.evaluate(pasted, "\n".join(["한 줄"] * 1_000))
    expect(visitor.page.locator(".notes")).to_contain_text("한 표에는 200장면까지")
    expect(visitor.page.locator(".scenes-sums")).to_contain_text("200장면")


def test_what_is_written_without_a_network_is_saved_once_it_is_back(visitor: Visitor) -> None:
    rows = open_table(visitor, ["하나", "둘"])
    visitor.set_offline(True)
    write_line(visitor, rows, 0, "지하철에서 고친 줄")
    expect(visitor.page.locator(".scenes-saving")).to_contain_text("인터넷이 끊겼어요")
    other = visitor.context.request  # another device meanwhile
    table = visitor.page.url.rstrip("/").rpartition("/")[2]
    change = {"base_revision": 2, "rows": [{"id": "row0000000000001", "cells": {"line": "다른 기기에서 고친 줄"}}]}
    assert other.patch(f"{visitor.url}/api/projects/{table}", data=change).ok
    visitor.set_offline(False)
    assert lines_of(visitor) == ["지하철에서 고친 줄", "다른 기기에서 고친 줄"]
    expect(line_of(rows, 1)).to_have_text("다른 기기에서 고친 줄")
    held = visitor.hold(f"**/api/projects/{table}", "PATCH")  # the page also asks there for what others have changed
    write_line(visitor, rows, 1, "보내기 전에 닫은 줄")
    visitor.until_some(held)
    visitor.let_pass(300)  # longer than it waits before it keeps what was typed
    visitor.page.reload()
    expect(line_of(rows, 1)).to_have_text("보내기 전에 닫은 줄")
    assert lines_of(visitor) == ["지하철에서 고친 줄", "보내기 전에 닫은 줄"]


def test_pictures_go_to_their_scenes_by_number_and_those_without_one_are_listed(
    visitor: Visitor, tmp_path: Path
) -> None:
    rows = open_table(visitor, ["하나", "둘", "셋"])
    names = ("장면_03.png", "S01.png", "99.png")
    buffer = (SAMPLES / "portrait.png").read_bytes()
    for name in names:
        (tmp_path / name).write_bytes(buffer)
    visitor.page.locator("#scene-folder").set_input_files(tmp_path)
    expect(visitor.page.locator(".unmatched")).to_contain_text("99.png")
    expect(visitor.page.locator(".unmatched")).to_contain_text("002")
    for place, name in ((0, "S01.png"), (2, "장면_03.png")):
        expect(rows.nth(place).get_by_role("button", name=re.compile(re.escape(name)))).to_be_visible()
        rows.nth(place).locator(".scene-thumb img").wait_for()
    assert violations(visitor.page) == []
    visitor.page.get_by_role("button", name="빈 장면에 차례로 넣기").click()
    rows.nth(1).locator(".scene-thumb img").wait_for()
    expect(visitor.page.locator(".unmatched")).to_have_count(0)
    expect(visitor.page.locator(".foot-make")).to_contain_text("3개 만들기")


def test_a_script_keeps_its_numbers_and_waits_for_its_last_pictures(visitor: Visitor) -> None:
    rows = open_table(visitor)
    page = visitor.page
    page.get_by_role("button", name="대본 가져오기").first.click()
    long = {"name": "긴 대본.txt", "mimeType": "text/plain", "buffer": "한 줄\n".encode() * 1_000}
    page.locator("#script-file").set_input_files(long)  # type: ignore[arg-type]
    expect(page.get_by_role("dialog")).to_contain_text("1,000")
    expect(page.locator("#script-take")).to_have_count(0)
    page.locator("#script-file").set_input_files(
        {"name": "새 대본.txt", "mimeType": "text/plain", "buffer": "버릴 줄\n".encode()}
    )
    page.locator("#script-take").click()
    expect(page.locator(".scenes-title")).to_have_value("저녁 쇼츠")  # a title that was typed stays
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="되돌리기").click()
    page.get_by_role("button", name="대본 가져오기").first.click()
    page.locator("#script-text").fill("번호\t설명\t끝 이미지\n5\t하나\t밤.png\n6\t둘\t\n")
    page.get_by_role("button", name="2장면 가져오기").click()
    expect(page.locator(".unmatched")).to_contain_text("끝 이미지를 아직 넣지 않은 장면: 001 (밤.png)")
    buffer = (SAMPLES / "portrait.png").read_bytes()
    names = (unicodedata.normalize("NFD", "밤.PNG"), "장면_０６.png", "05-b.png")
    page.locator("#scene-files").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": buffer} for name in names]
    )
    expect(rows.nth(0).locator(".scene-last")).to_be_visible()
    for place, name in ((0, "05-b.png"), (1, "장면_０６.png")):
        rows.nth(place).locator(".scene-thumb img").wait_for()
        expect(rows.nth(place).get_by_role("button", name=re.compile(re.escape(name)))).to_be_visible()
    expect(page.locator(".unmatched")).to_have_count(0)
    visitor.complaints = [one for one in visitor.complaints if "422" not in one]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_table_can_be_used_on_a_phone(browser: Browser, stack: Stack, theme: Any) -> None:
    with Visitor(browser, stack, size={"width": 360, "height": 740}, theme=theme, touch=True) as visitor:
        rows = open_table(visitor, ["하나", "둘", "셋"])
        page = visitor.page
        page.get_by_role("button", name="대본 가져오기").tap()
        page.locator("#script-text").fill("넷\n다섯")
        page.get_by_role("button", name="2장면 가져오기").tap()
        assert lines_of(visitor) == ["하나", "둘", "셋", "넷", "다섯"]
        rows.nth(1).get_by_role("button", name="장면 002 자세히").tap()
        assert violations(page) == []
        page.get_by_role("button", name="위로").tap()
        page.get_by_role("button", name="닫기").tap()
        assert lines_of(visitor)[:2] == ["둘", "하나"]
        page.locator(".foot-unfold").tap()
        page.locator("#scene-range").fill("1~2, ５")
        page.locator(".foot-left summary").tap()
        page.get_by_role("checkbox", name="이미지 없는 장면도").check()
        expect(page.locator(".foot-make")).to_contain_text("3개 만들기")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.locator("#scene-range").fill("7")
        expect(page.locator("#range-fault")).to_be_visible()
        assert [one for one in visitor.complaints if "422" not in one] == []


def test_a_long_table_draws_few_rows_and_answers_each_key(visitor: Visitor) -> None:
    rows = open_table(visitor, [f"{n}번째 장면" for n in range(1, MOST + 1)])
    page = visitor.page
    go_to(visitor, rows, 0)
    page.keyboard.press("Control+End")
    expect(rows.last).to_contain_text("180번째 장면")
    expect_at(visitor, rows.last)
    assert rows.count() < 40
    page.keyboard.press("Enter")
    page.keyboard.type(" 고침")
    assert lines_of(visitor)[-1] == "180번째 장면 고침"
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("cw-scene-row[aria-rowindex='2']")).to_be_visible()
    page.keyboard.press("ArrowUp")  # what has the focus was not drawn away
    expect_at(visitor, page.locator("cw-scene-row[aria-rowindex='180']"))


def test_several_pictures_of_the_form_open_as_a_table(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("천천히 고개를 든다")
    page.locator("#file-picture").set_input_files([SAMPLES / "portrait.png", SAMPLES / "cat.png"])
    page.get_by_role("button", name="장면 표로 열어").click()
    rows = page.locator("cw-scene-row")
    expect(rows).to_have_count(2)
    assert lines_of(visitor) == ["천천히 고개를 든다"] * 2
    rows.nth(1).locator(".scene-thumb img").wait_for()
    expect(page.locator(".foot-make")).to_contain_text("2개 만들기")
    page.go_back()
    expect(page.locator("#field-prompt")).to_have_value("천천히 고개를 든다")


def ask_for_all(page: Page) -> None:
    """Makes the next press one for all rows, although they have no pictures."""
    page.locator(".foot-left summary").click()
    page.get_by_role("checkbox", name="이미지 없는 장면도").check()
    expect(page.locator(".foot-make")).to_contain_text("4개 만들기")


def test_two_tabs_and_a_reload_make_each_scene_once(visitor: Visitor) -> None:
    open_table(visitor, ["하나", "둘", "셋", "넷"])
    page, other = visitor.page, visitor.context.new_page()
    other.goto(page.url)
    ask_for_all(page)
    ask_for_all(other)
    table = page.url.rstrip("/").rpartition("/")[2]
    sent: list[Route] = []

    def keep(route: Route) -> None:
        sent.append(route)

    for tab in (page, other):
        tab.route("**/api/batches", keep)
        tab.locator(".foot-make").click()
    visitor.until_some(sent, 2)
    of_page, of_other = sorted(sent, key=lambda route: route.request.frame.page is other)
    with visitor.nothing_renders():
        with other.expect_response("**/api/batches") as answered:
            of_other.continue_()
            first = of_page.fetch()  # reaches the site beside the other one, and its answer never reaches the page
        page.reload()
        assert [first.status, answered.value.status] == [202, 202]
        assert len({route.request.headers["idempotency-key"] for route in sent}) == 1
        for tab in (page, other):
            expect(tab.locator(".foot-batch")).to_contain_text("4")
            expect(tab.locator(".foot-make")).to_be_disabled()
        scenes = visitor.context.request.get(f"{visitor.url}/api/projects/{table}").json()["scenes"]
        versions = [version for scene in scenes for version in scene["versions"]]
        assert [len(scene["versions"]) for scene in scenes] == [1] * 4
        assert len({version["batch_id"] for version in versions}) == 1
        assert sorted(version["job_id"] for version in versions) == sorted(job["id"] for job in visitor.jobs())
        assert len(sent) == 2
        batch = visitor.context.request.post(f"{visitor.url}/api/batches/{versions[0]['batch_id']}/cancel").json()
        assert (batch["canceled"], batch["held_micro_won"], batch["billed_micro_won"]) == (4, 0, 0)
