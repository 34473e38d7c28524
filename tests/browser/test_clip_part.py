"""A part of a clip made anew, and a clip that goes on, from the clip's page: by pointer, by keys, with a price."""

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor


def opened(visitor: Visitor, card: Locator, action: str) -> Locator:
    """The form that the action opens in the clip's dialog."""
    card.locator("button.poster").click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_role("button", name=action, exact=True).click()
    return dialog.get_by_role("form", name=action)


def made_from(visitor: Visitor, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The newest job, done, and the first one."""
    visitor.until_posters(count)
    jobs = visitor.jobs()
    assert jobs[0]["status"] == "succeeded", jobs[0]["problem"]
    return jobs[0], jobs[-1]


def test_a_part_is_chosen_on_the_time_line_and_made_anew(visitor: Visitor) -> None:
    page = visitor.open().page
    form = opened(visitor, visitor.make_clip("등대를 본다"), "한 부분 다시 만들기")
    start, end = form.get_by_role("slider", name="시작"), form.get_by_role("slider", name="끝")
    expect(start).to_be_focused()
    expect(form.locator("output")).to_have_text("0.7초부터 1.3초까지")  # half a second at least, as the site asks
    page.keyboard.press("Home")
    expect(start).to_have_attribute("aria-valuetext", "0초")
    end.press("End")
    expect(form.locator("output")).to_have_text("0초부터 2초까지")
    start.press("End")  # stops before the other thumb
    expect(form.locator("output")).to_have_text("1.3초부터 2초까지")

    line = form.locator(".time-line").bounding_box()
    assert line is not None
    page.mouse.move(line["x"] + line["width"] * 2 / 3, line["y"] + line["height"] / 2)
    page.mouse.down()
    page.mouse.move(line["x"] + 2, line["y"] + line["height"] / 2, steps=4)
    page.mouse.up()
    expect(form.locator("output")).to_have_text("0초부터 2초까지")
    start.press("ArrowRight")

    words = form.get_by_role("textbox")
    expect(words).to_have_value("등대를 본다")
    words.fill(" ")
    send = form.get_by_role("button", name=re.compile("한 부분 다시 만들기 · ₩"))
    send.click()
    expect(form.get_by_role("alert")).to_have_text("어떤 일이 일어날지 써 주세요.")
    expect(words).to_be_focused()
    words.fill("갈매기가 지나간다")
    form.get_by_role("radio", name="화면만").check()
    send.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    newest, first = made_from(visitor, 2)
    asked = newest["input"]
    assert (asked["preset"], asked["prompt"], asked["remake"]) == ("retake", "갈매기가 지나간다", "picture")
    assert (round(asked["start_seconds"], 2), asked["end_seconds"]) == (0.33, 2)
    assert asked["source_job_id"] == first["id"]


def test_a_clip_goes_on_and_stays_when_its_source_goes(visitor: Visitor) -> None:
    page = visitor.open().page
    card = visitor.make_clip("문을 연다")
    form = opened(visitor, card, "길이 늘리기")
    expect(form.get_by_role("radio")).to_have_count(4)
    form.get_by_role("radio", name="4초 더").check()
    expect(form).to_contain_text("모두 6초")
    form.get_by_role("button", name=re.compile("길이 늘리기 · ₩")).click()
    newest, first = made_from(visitor, 2)
    assert (newest["input"]["seconds"], newest["input"]["whole_seconds"]) == (6, 6)
    assert newest["video"]["num_frames"] == 3 * (first["video"]["num_frames"] - 1) + 1

    visitor.act(page.locator("cw-clip-card").last, "삭제")
    expect(page.locator("cw-clip-card")).to_have_count(1)
    page.locator("cw-clip-card button.poster").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="늘리기 전 영상")).to_be_visible()
    assert visitor.context.request.get(f"{visitor.url}{newest['links']['video']}").ok


def test_a_clip_that_goes_on_goes_on_again_and_is_as_long_as_it_says(visitor: Visitor) -> None:
    """Beyond ten seconds, where a part of it can no longer be made anew."""
    page = visitor.open().page
    (source,) = visitor.submit({"preset": "draft", "prompt": "문을 연다", "tier": "352p", "seconds": 8})
    page.reload()
    visitor.until_posters(1)
    for whole in (10, 12):
        card = page.locator("cw-clip-card").first
        form = opened(visitor, card, "길이 늘리기")
        expect(form).to_contain_text(f"모두 {whole}초")
        form.get_by_role("button", name=re.compile("길이 늘리기 · ₩")).click()
        newest, first = made_from(visitor, whole // 2 - 3)
        assert (newest["input"]["seconds"], newest["input"]["whole_seconds"]) == (4, whole)
        assert newest["video"]["num_frames"] == 4 * whole + 1
    assert first["id"] == source

    visitor.go("보관함")
    expect(page.locator("cw-shelf-card").first).to_contain_text("12초")
    page.locator("cw-shelf-card a").first.click()
    actions = page.locator("cw-clip-actions")
    expect(actions.get_by_role("button", name="길이 늘리기", exact=True)).to_be_visible()
    expect(actions.get_by_role("button", name="한 부분 다시 만들기")).to_have_count(0)


def test_a_form_is_closed_where_it_was_opened(visitor: Visitor) -> None:
    form = opened(visitor, visitor.open().make_clip("문을 연다"), "길이 늘리기")
    form.get_by_role("button", name="닫기").click()
    expect(form).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="길이 늘리기", exact=True)).to_be_focused()
