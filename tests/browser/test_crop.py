"""The part of a picture that a clip shows: chosen by pointer, finger, key and slider, told in percent, and sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, expect

from infra.dev.stack import Stack
from tests.browser.visitor import PHONE, SAMPLES, Visitor
from tests.corpus import portrait

Share = dict[str, float]
LARGEST = 720 / 1280
"""Height of the largest square part of a sample, which is 720 pixels wide and 1280 high."""


def given(visitor: Visitor, ratio: str = "1:1") -> None:
    """A portrait in the form of a clip of another shape."""
    page = visitor.open().page
    visitor.choose_quick()
    page.get_by_role("radio", name=ratio).check()
    visitor.give_picture()
    expect(page.locator(".slot-facts")).to_contain_text("잘려요")


def opened(visitor: Visitor) -> Locator:
    """The dialog in which the part of the first picture is chosen."""
    visitor.page.locator("cw-picture-slot").get_by_role("button", name="보일 곳 고르기").click()
    dialog = visitor.page.locator(".framing-dialog")
    expect(dialog).to_be_visible()
    visitor.until("document.querySelector('.crop-window img')?.naturalWidth > 0")  # else nothing has its size yet
    return dialog


def box(one: Locator) -> FloatRect:
    found = one.bounding_box()
    assert found is not None
    return found


def part(visitor: Visitor) -> Share:
    """What the frame shows of the picture under it, in shares."""
    frame, picture = (box(visitor.page.locator(f".crop-window {one}")) for one in (".crop-edge", "img"))
    return {
        "left": (frame["x"] - picture["x"]) / picture["width"],
        "top": (frame["y"] - picture["y"]) / picture["height"],
        "width": frame["width"] / picture["width"],
        "height": frame["height"] / picture["height"],
    }


def near(one: Share, other: Share, within: float = 0.01) -> bool:
    return all(abs(one[side] - other[side]) < within for side in ("left", "top", "width", "height"))


def job_of(visitor: Visitor) -> dict[str, Any]:
    """The job that a press of the button makes, as it was asked for."""
    visitor.write("고른 곳으로")
    visitor.press_make()
    visitor.until_answered()
    return visitor.jobs()[0]["input"]


def test_a_clip_of_another_shape_begins_with_the_face(visitor: Visitor, tmp_path: Path) -> None:
    """A person at the top of a tall photograph, which the middle of it would leave out."""
    tall = tmp_path / "tall.png"
    tall.write_bytes(portrait.as_png(portrait.on(512, 1_536, (0, 0))))
    page = visitor.open().page
    visitor.choose_quick()
    page.get_by_role("radio", name="16:9").check()
    visitor.give_picture(tall)
    expect(page.locator(".slot-facts")).to_contain_text("잘려요")
    dialog = opened(visitor)
    left, top, width, height = portrait.FACE
    top, height = top / 3, height / 3
    first = part(visitor)
    assert first["top"] <= top
    assert top + height <= first["top"] + first["height"]
    assert first["left"] <= left
    assert left + width <= first["left"] + first["width"]
    page.locator(".crop-stage").focus()
    page.keyboard.press("ArrowDown")
    moved = part(visitor)
    assert moved["top"] > first["top"]
    dialog.get_by_role("button", name="처음으로").click()
    assert near(part(visitor), first)
    page.keyboard.press("Escape")
    assert near(job_of(visitor)["crop"], first)


def by_mouse(visitor: Visitor) -> None:
    stage = box(visitor.page.locator(".crop-stage"))
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    mouse = visitor.page.mouse
    mouse.move(x, y)
    mouse.wheel(0, -200)
    mouse.down()
    mouse.move(x, y - 40, steps=4)
    mouse.up()


def by_keys(visitor: Visitor) -> None:
    visitor.page.locator(".crop-stage").focus()
    for key in ("+", "+", "+", "+", "ArrowDown", "ArrowDown"):
        visitor.page.keyboard.press(key)


def by_sliders(visitor: Visitor) -> None:
    for slider, share in (("확대", 0.25), ("위아래", 0.75)):
        track = visitor.page.get_by_role("slider", name=slider, exact=True)
        size = box(track)
        track.click(position={"x": size["width"] * share, "y": size["height"] / 2})  # no drag is needed


@pytest.mark.parametrize("choose", [by_mouse, by_keys, by_sliders])
def test_the_part_that_was_chosen_is_told_shown_and_sent(visitor: Visitor, choose: Callable[[Visitor], None]) -> None:
    given(visitor)
    dialog = opened(visitor)
    assert near(part(visitor), {"left": 0, "top": (1 - LARGEST) / 2, "width": 1, "height": LARGEST})
    choose(visitor)
    chosen = part(visitor)
    assert chosen["width"] < 0.9
    assert chosen["top"] + chosen["height"] / 2 > 0.51
    lost = f"둘레 {round(100 * (1 - chosen['width'] * chosen['height']))}%가 잘려요."
    expect(dialog.locator(".framing-words")).to_contain_text(lost)
    dialog.get_by_role("button", name="완료").click()
    expect(visitor.page.get_by_role("button", name="보일 곳 고르기").first).to_be_focused()
    expect(visitor.page.locator(".slot-facts")).to_contain_text(lost)
    keep, whole = (box(visitor.page.locator(f"cw-picture-slot {one}")) for one in (".crop-keep", ".crop img"))
    assert abs((keep["y"] - whole["y"]) / whole["height"] - chosen["top"]) < 0.02
    asked = job_of(visitor)
    assert near(asked["crop"], chosen)
    assert asked["borders"] == "cut"


def test_two_fingers_zoom_and_one_moves(browser: Browser, stack: Stack) -> None:
    with Visitor(browser, stack, size=PHONE, touch=True) as visitor:
        given(visitor, "16:9")
        opened(visitor)
        stage = box(visitor.page.locator(".crop-stage"))
        x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2

        def touch(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": at[0], "y": at[1], "id": number} for number, at in enumerate(points)]
            visitor.devtools("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)

        before = part(visitor)
        touch("touchStart", (x - 30, y), (x + 30, y))
        for spread in (40, 50, 60):
            touch("touchMove", (x - spread, y), (x + spread, y))
        touch("touchEnd")
        pinched = part(visitor)
        assert abs(before["width"] / pinched["width"] - 2) < 0.05
        touch("touchStart", (x, y))
        for step in (10, 20, 30):
            touch("touchMove", (x, y + step))
        touch("touchEnd")
        moved = part(visitor)
        assert moved["top"] < pinched["top"] - 0.01
        assert abs(moved["width"] - pinched["width"]) < 0.01
        assert visitor.complaints == []


def test_the_key_0_and_the_button_take_the_choice_back(visitor: Visitor) -> None:
    given(visitor)
    dialog = opened(visitor)
    first = part(visitor)
    for back in (lambda: visitor.page.keyboard.press("0"), dialog.get_by_role("button", name="처음으로").click):
        by_keys(visitor)
        assert not near(part(visitor), first)
        back()
        expect(dialog.locator(".framing-words")).to_contain_text("위아래 44%가 잘려요.")
        assert near(part(visitor), first)
    visitor.page.keyboard.press("Escape")
    assert job_of(visitor)["crop"] is None


def test_another_ratio_keeps_the_middle_of_the_part(visitor: Visitor) -> None:
    given(visitor)
    opened(visitor)
    by_keys(visitor)
    chosen = part(visitor)
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("radio", name="16:9").check()
    crop = job_of(visitor)["crop"]
    for start, length in (("left", "width"), ("top", "height")):
        assert abs(crop[start] + crop[length] / 2 - chosen[start] - chosen[length] / 2) < 0.01
    assert abs(crop["height"] / crop["width"] - LARGEST * 9 / 16) < 0.001


def test_all_of_a_picture_can_be_shown_on_a_blur(visitor: Visitor) -> None:
    given(visitor)
    opened(visitor)
    by_keys(visitor)
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("cw-borders-choice").get_by_role("radio", name="흐린 배경으로 다 보이기").check()
    expect(visitor.page.locator(".slot-facts")).to_contain_text("1:1에 다 보여요.")
    clip, front = (box(visitor.page.locator(f"cw-picture-slot {one}")) for one in (".cut", ".cut-front"))
    assert abs(clip["width"] / clip["height"] - 1) < 0.02
    assert abs(front["width"] / front["height"] - LARGEST) < 0.02
    asked = job_of(visitor)
    assert (asked["borders"], asked["crop"]) == ("blurred", None)


def test_the_picture_that_models_see_is_shown_cut_as_chosen(visitor: Visitor) -> None:
    given(visitor)
    dialog = opened(visitor)
    by_keys(visitor)
    chosen = part(visitor)
    dialog.locator(".model-picture summary").click()
    picture = dialog.locator(".model-picture .cut-front img")
    visitor.until("document.querySelector('.model-picture .cut-front img')?.naturalWidth > 0")
    assert (picture.get_attribute("src") or "").startswith("/api/uploads/")
    whole, shown = box(picture), box(dialog.locator(".model-picture .cut"))
    assert abs((shown["y"] - whole["y"]) / whole["height"] - chosen["top"]) < 0.01
    assert abs(shown["width"] / whole["width"] - chosen["width"]) < 0.01


def test_a_picture_that_cannot_be_loaded_says_so(visitor: Visitor) -> None:
    given(visitor)
    visitor.page.route("**/api/uploads/*/picture", lambda route: route.abort())
    dialog = opened(visitor)
    dialog.locator(".model-picture summary").click()
    expect(dialog.get_by_role("alert")).to_contain_text("지금은 불러올 수 없어요")
    visitor.expect_complaint("ERR_FAILED")


def test_each_of_several_pictures_has_its_own_part(visitor: Visitor) -> None:
    given(visitor)
    page = visitor.page
    page.locator("#file-further").set_input_files(SAMPLES / "cat.png")
    item = page.locator(".strip-item")
    expect(item).to_contain_text("44% 잘림")
    expect(item.locator(".crop-keep")).to_be_visible()
    page.get_by_role("button", name="cat.png: 보일 곳 고르기. 1:1에 맞춰 위아래 44%가 잘려요.").click()
    by_keys(visitor)
    chosen = part(visitor)
    page.keyboard.press("Escape")
    expect(item).not_to_contain_text("44% 잘림")
    visitor.write("저마다 고른 곳으로")
    visitor.press_make()
    visitor.until_posters(2)
    crops = [job["input"]["crop"] for job in reversed(visitor.jobs())]
    assert crops[0] is None
    assert near(crops[1], chosen)


def test_the_settings_of_a_clip_bring_its_part_back(visitor: Visitor) -> None:
    given(visitor)
    opened(visitor)
    by_keys(visitor)
    chosen = part(visitor)
    visitor.page.keyboard.press("Escape")
    card = visitor.make_clip("다시 만들어도 같은 곳")
    visitor.page.locator("cw-picture-slot").get_by_role("button", name="빼기").click()
    visitor.page.get_by_role("radio", name="16:9").check()
    visitor.act(card, "설정 바꿔서 만들기")
    expect(visitor.page.locator(".slot-facts")).to_contain_text("둘레")
    opened(visitor)
    assert near(part(visitor), chosen, 0.001)
