"""What tells the model how to move: the option that costs more, the marked sliders, a draft at full size."""

from playwright.sync_api import Route, expect

from tests.browser.visitor import Visitor


def test_the_makers_recipe_with_its_option_and_sliders_makes_the_clip_that_was_asked_for(visitor: Visitor) -> None:
    page = visitor.open().page
    page.get_by_role("radio", name="표정과 움직임 704").check()
    page.get_by_role("radio", name="2초").check()
    visitor.give_picture()
    visitor.write("고개를 들고 웃는다")
    page.locator(".drawer summary").click()
    strength = page.get_by_label("움직임과 원본 유지")
    expect(strength).to_be_enabled()
    expect(strength).to_have_value("0.7")
    page.get_by_role("checkbox", name="표정 강화").check()
    expect(page.get_by_role("radio", name="표정과 움직임 704")).to_be_checked()
    expect(page.locator("#strength-hint")).to_contain_text("0.70")
    strength.press("ArrowLeft")
    page.get_by_label("설명을 따르는 정도").press("ArrowRight")
    page.get_by_label("이미지 뭉개기").press("Home")
    visitor.press_make()
    visitor.clip()
    job = visitor.jobs()[0]
    asked = job["input"]
    assert (asked["preset"], asked["image_strength"], asked["guidance"], asked["picture_crf"]) == (
        "expressive_strong", 0.65, 3.5, 0,
    )  # fmt: skip
    made = job["resolved"]
    assert (made["image_strength"], made["stage_2_image_strength"], made["stg_scale"]) == (0.65, 1.0, 1.0)
    assert job["status"] == "succeeded"


def test_a_draft_becomes_a_clip_at_full_size_in_one_press(visitor: Visitor) -> None:
    visitor.open()
    card = visitor.make_clip("초안으로 먼저")
    card.locator("summary").click()
    expect(card.get_by_text("똑같지는 않아요")).to_be_visible()
    card.locator("summary").click()
    visitor.act(card, "이 초안을 큰 영상으로 만들기")
    visitor.until_posters(2)
    newest, draft = visitor.jobs()
    assert (newest["seed"], newest["rerun_of"]) == (draft["seed"], draft["id"])
    assert (newest["input"]["preset"], newest["input"]["tier"]) == ("aggressive_quality", "704p")
    assert newest["status"] == "succeeded"


def test_a_site_whose_models_cannot_restyle_shows_no_way_to_it(visitor: Visitor) -> None:
    """The site's own menu, without that preset; the form was left in that mode while other models were there."""
    page = visitor.open().page
    page.get_by_role("radio", name="스타일 바꾸기", exact=True).check()
    expect(page.get_by_role("radio", name="스타일 바꾸기", exact=True)).to_be_checked()

    def of_other_models(route: Route) -> None:
        menu = route.fetch().json()
        for kind, name in (("presets", "name"), ("estimates", "preset")):
            menu[kind] = [row for row in menu[kind] if row[name] != "restyle"]
        route.fulfill(json=menu | {"checkpoint": "ltx-2.3-22b"})

    page.route("**/api/presets", of_other_models)
    page.reload()
    expect(page.get_by_text("ltx-2.3-22b 모델로 만들어요.")).to_be_visible()
    expect(page.get_by_role("radio", name="스타일 바꾸기")).to_have_count(0)
    expect(page.get_by_role("radio", name="이미지로")).to_be_checked()
    expect(page.get_by_role("radio", name="고급 704")).to_be_checked()
    modes, picture = page.locator(".modes"), page.locator(".modes label").first
    assert (picture.bounding_box() or {})["width"] > (modes.bounding_box() or {})["width"] * 0.45
