"""The library: a scene is found, many clips are handled at once, one is looked at in full and shown to others."""

import zipfile
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.dev.stack import Stack
from tests.browser.test_access import violations
from tests.browser.visitor import PHONE, SAMPLES, Visitor

SMALL = {"preset": "draft", "seconds": 2, "tier": "352p"}
PROMPTS = ("아이가 문을 연다", "강아지가 뛰어온다", "비가 내린다")


@pytest.fixture
def owner(visitor: Visitor) -> Generator[Visitor]:
    """Somebody with three clips; the second was made from a picture whose file is called 장면_17.png."""
    name = {"x-file-name": quote("장면_17.png"), "content-type": "image/png"}
    visitor.context.request.get(f"{visitor.url}/api/jobs")  # brings the cookie
    picture = (Path(SAMPLES) / "portrait.png").read_bytes()
    upload = visitor.context.request.put(f"{visitor.url}/api/uploads", data=picture, headers=name).json()
    for prompt, picture_id in zip(PROMPTS, (None, upload["id"], None), strict=True):
        visitor.submit(SMALL | {"prompt": prompt, "upload_id": picture_id})
    visitor.until_made(lambda: all(job["status"] == "succeeded" for job in visitor.jobs()))
    yield visitor


def cards(page: Page) -> list[str]:
    return page.locator(".shelf-name").all_inner_texts()


def names(page: Page, *expected: str) -> None:
    expect(page.locator(".shelf-name")).to_have_text(list(expected))


def test_a_scene_is_found_by_its_number_and_its_day(owner: Visitor) -> None:
    page = owner.open(room="library/").page
    names(page, PROMPTS[2], f"장면_17 · {PROMPTS[1]}", PROMPTS[0])
    page.get_by_role("searchbox").fill("17")
    names(page, f"장면_17 · {PROMPTS[1]}")
    day = page.locator("select[name=day]")
    day.select_option(day.locator("option").nth(3).get_attribute("value"))  # the only day, behind the ranges
    names(page, f"장면_17 · {PROMPTS[1]}")
    assert "q=17" in page.url and "from=2" in page.url
    assert violations(page) == []
    page.reload()
    names(page, f"장면_17 · {PROMPTS[1]}")
    page.get_by_role("searchbox").fill("없는 말")
    expect(page.locator(".library-empty")).to_be_visible()
    page.get_by_role("link", name="모두 보기").click()
    expect(page.locator(".shelf-name")).to_have_count(3)


def test_selected_clips_are_kept_deleted_and_brought_back(owner: Visitor) -> None:
    page = owner.open(room="library/").page
    page.get_by_role("button", name="선택", exact=True).click()
    page.locator(".shelf-link").nth(0).click()
    page.locator(".shelf-link").nth(2).click(modifiers=["Shift"])
    expect(page.locator(".selection-count")).to_have_text("3개 선택")
    page.locator(".shelf-link").nth(1).click()
    page.locator(".selection").get_by_role("button", name="즐겨찾기").click()
    expect(page.locator(".shelf-star")).to_have_count(2)
    assert violations(page) == []
    with page.expect_download() as download:
        page.locator(".selection").get_by_role("button", name="2개를 ZIP으로 내려받기").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.namelist() == [f"001_{PROMPTS[0]}.mp4", f"002_{PROMPTS[2]}.mp4"]
        assert all(packed.read(name)[4:8] == b"ftyp" for name in packed.namelist())
    page.locator(".selection").get_by_role("button", name="삭제").click()
    names(page, f"장면_17 · {PROMPTS[1]}")
    assert len(owner.jobs()) == 1
    page.get_by_role("button", name="최근 삭제 2").click()
    expect(page.locator(".shelf-name")).to_have_count(2)
    page.get_by_role("button", name="최근 삭제 2").click()
    page.locator(".note").get_by_role("button", name="되돌리기").click()
    names(page, PROMPTS[2], f"장면_17 · {PROMPTS[1]}", PROMPTS[0])
    expect(page.locator(".shelf-star")).to_have_count(2)


def test_one_undo_brings_all_back_after_many_notes_and_the_bin_after_a_reload(owner: Visitor) -> None:
    page = owner.open().page
    cards_beside = page.locator("cw-clip-card")
    expect(cards_beside).to_have_count(3)
    for left in (2, 1):
        owner.act(cards_beside.first, "삭제")
        expect(cards_beside).to_have_count(left)
    for _ in range(4):
        owner.act(cards_beside.first, "설정 바꿔서 만들기")
        expect(page.locator("#field-prompt")).to_be_focused()
    undo = page.locator(".note").filter(has_text="2개를 삭제했어요")
    undo.get_by_role("button", name="되돌리기").click()
    expect(cards_beside).to_have_count(3)

    owner.act(cards_beside.first, "삭제")
    expect(cards_beside).to_have_count(2)
    owner.open(room="library/")  # whoever comes later finds no note
    expect(page.locator(".note")).to_have_count(0)
    names(page, f"장면_17 · {PROMPTS[1]}", PROMPTS[0])
    page.get_by_role("button", name="최근 삭제 1").click()
    names(page, PROMPTS[2])
    owner.until("document.querySelector('.shelf-card img').naturalWidth > 0")
    expect(page.locator("cw-library-room")).to_contain_text("하루 동안 되돌릴 수 있어요")
    assert violations(page) == []
    page.locator(".shelf-select").click()
    page.locator(".selection").get_by_role("button", name="되돌리기").click()
    expect(page.locator(".library-empty")).to_contain_text("하루 안에 삭제한 영상이 없어요.")
    page.get_by_role("link", name="모두 보기").click()
    names(page, PROMPTS[2], f"장면_17 · {PROMPTS[1]}", PROMPTS[0])


def test_a_clip_has_a_page_with_its_neighbours_and_its_picture(owner: Visitor) -> None:
    page = owner.open(room="library/").page
    page.locator(".shelf-link").nth(1).click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(f"장면_17 · {PROMPTS[1]}")
    expect(page).to_have_title(f"장면_17 · {PROMPTS[1]} · 보관함 · Clipwright")
    page.get_by_role("button", name="제목 바꾸기").click()
    page.keyboard.type("열일곱째 장면")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("열일곱째 장면")
    page.locator(".compare-choice select").select_option("picture")
    over = page.get_by_role("slider", name="원본 이미지를 덮는 정도")
    expect(over).to_have_attribute("aria-valuetext", "왼쪽 50%는 원본 이미지")
    picture = page.locator(".over-film img")
    film, laid = page.locator("cw-player video").bounding_box(), page.locator(".over-film").bounding_box()
    assert film and laid and abs(film["height"] - laid["height"]) < 1, "as large as the film"
    assert abs(film["x"] + film["width"] / 2 - laid["x"] - laid["width"] / 2) < 1, "and over it"
    owner.until("document.querySelector('.over-film img').naturalWidth > 0")
    over.press("Home")
    expect(page.locator("cw-cut-picture")).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
    over.press("ArrowRight")
    expect(page.locator("cw-cut-picture")).to_have_css("clip-path", "inset(0px 99% 0px 0px)")
    expect(picture).to_be_visible()
    line = page.locator(".over-line").bounding_box()
    assert line
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + 40)
    page.mouse.down()
    page.mouse.move(laid["x"] + laid["width"] * 0.75, line["y"] + 40)
    page.mouse.up()
    expect(over).to_have_attribute("aria-valuetext", "왼쪽 75%는 원본 이미지")
    page.get_by_role("link", name="다음 영상").wait_for()
    assert violations(page) == []
    heading.click()  # the slider has arrow keys of its own
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text(PROMPTS[0])
    page.get_by_role("link", name="이전 영상").click()
    expect(heading).to_have_text("열일곱째 장면")
    page.reload()
    expect(heading).to_have_text("열일곱째 장면")
    page.get_by_role("link", name="‹ 보관함").click()
    names(page, PROMPTS[2], "열일곱째 장면", PROMPTS[0])


def test_a_link_shows_the_clip_elsewhere_until_it_is_ended(owner: Visitor, browser: Browser, stack: Stack) -> None:
    page = owner.open(room="library/").page
    page.locator(".shelf-link").first.click()
    page.locator(".share summary").click()
    page.get_by_role("button", name="링크 만들고 복사").click()
    link = page.get_by_role("textbox", name="공유 링크").input_value()
    with Visitor(browser, stack, size=PHONE) as friend:
        friend.page.goto(link)
        friend.until("document.querySelector('video')?.readyState >= 1")
        assert violations(friend.page) == []
        assert PROMPTS[2] not in friend.page.content()
        assert friend.complaints == []
        page.get_by_role("button", name="공유 끝내기").click()
        expect(page.locator(".share summary")).to_contain_text("링크로 공유")
        owner.until("document.querySelector('.share-made') === null")
        friend.page.reload()
        expect(friend.page.get_by_role("heading")).to_have_text("공유가 끝난 영상이에요")
        friend.expect_complaint("404")
