"""A part of a clip made anew, and a clip that goes on, from the clip's page: by pointer, by keys, with a price."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.test_motions import NOD, SPOKEN, TURN, chip
from tests.browser.visitor import PHONE, Visitor


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


def test_what_is_said_in_what_comes_next_moves_as_it_is_shown(visitor: Visitor) -> None:
    page = visitor.open().page
    form = opened(visitor, visitor.make_clip("문을 연다"), "길이 늘리기")
    expect(form.locator(".motions")).to_have_count(0)
    form.get_by_role("textbox").fill(SPOKEN)
    expect(chip(form, "고개를 돌려요")).to_have_attribute("aria-pressed", "true")
    expect(chip(form, "고개를 돌려요")).to_contain_text(TURN)
    chip(form, "끄덕여요").click()
    expect(chip(form, "끄덕여요")).to_have_attribute("aria-pressed", "false")
    expect(form.get_by_role("group", name="대사에 맞춘 움직임")).to_have_accessible_description(
        re.compile("영어 그대로")
    )
    form.get_by_role("button", name=re.compile("길이 늘리기 · ₩")).click()
    newest, _ = made_from(visitor, 2)
    assert (newest["input"]["prompt"], newest["input"]["motions"]) == (SPOKEN, ["turn_head"])
    assert newest["resolved"]["prompt_sent"] == f"{SPOKEN} {TURN}"

    page.locator("cw-clip-card button.poster").first.click()
    facts = page.get_by_role("dialog").locator("cw-clip-facts")
    facts.get_by_text("모델에 보낸 설명").click()
    expect(facts.locator(".sent-text")).to_have_text(f"{SPOKEN} {TURN}")


def test_a_retake_begins_with_the_motions_of_its_clip_and_a_sound_alone_has_none(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.submit({"preset": "draft", "prompt": SPOKEN, "motions": ["nod"], "tier": "352p", "seconds": 2})
    page.reload()
    visitor.until_posters(1)
    form = opened(visitor, page.locator("cw-clip-card").first, "한 부분 다시 만들기")
    expect(chip(form, "고개를 돌려요")).to_have_attribute("aria-pressed", "false")
    expect(chip(form, "끄덕여요")).to_have_attribute("aria-pressed", "true")
    form.get_by_role("radio", name="소리만").check()
    expect(form.locator(".motions")).to_have_count(0)
    form.get_by_role("radio", name="화면만").check()
    expect(chip(form, "끄덕여요")).to_have_attribute("aria-pressed", "true")
    form.get_by_role("button", name=re.compile("한 부분 다시 만들기 · ₩")).click()
    newest, _ = made_from(visitor, 2)
    assert newest["input"]["motions"] == ["nod"]
    assert newest["resolved"]["prompt_sent"] == f"{SPOKEN} {NOD}"


@pytest.mark.parametrize("action", ["Retake a part", "Extend"])
def test_the_form_with_motions_is_usable_by_all_and_fits_a_phone(browser: Browser, stack: Stack, action: str) -> None:
    with Visitor(browser, stack, size=PHONE, touch=True) as visitor:
        page = visitor.open("en").page
        visitor.submit({"preset": "draft", "prompt": "A door opens", "tier": "352p", "seconds": 2})
        page.reload()
        visitor.until_posters(1)
        form = opened(visitor, page.locator("cw-clip-card").first, action)
        form.get_by_role("textbox").fill('She says "Really? Then let us leave right now, all of us!"')
        expect(form.locator(".motion-chip")).to_have_count(3)
        expect(form).to_contain_text(re.compile("(N|Of that, n)ever more than ₩[0-9,.]+ is billed"))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert violations(page) == []


def test_a_form_is_closed_where_it_was_opened(visitor: Visitor) -> None:
    form = opened(visitor, visitor.open().make_clip("문을 연다"), "길이 늘리기")
    form.get_by_role("button", name="닫기").click()
    expect(form).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="길이 늘리기", exact=True)).to_be_focused()
