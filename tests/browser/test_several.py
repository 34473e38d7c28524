"""Several pictures at one press: a clip each, each paid for and refused by itself, none made twice."""

import json
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Route, expect

from tests.browser.visitor import SAMPLES, Visitor

THREE = [SAMPLES / f"{name}.png" for name in ("portrait", "cat", "harbor")]
UPLOADED = ".slot-facts:has-text('맞아요'), .slot-facts:has-text('잘려요')"


def button(visitor: Visitor) -> Locator:
    return visitor.page.locator("cw-cost-bar button[type=submit]")


def further(visitor: Visitor) -> Locator:
    return visitor.page.locator("cw-picture-strip .strip-item")


def ready(visitor: Visitor, pictures: list[Path]) -> None:
    """Gives the pictures to the smallest clip and waits until all are there."""
    visitor.page.route("**/api/offers", offer)
    visitor.open().choose_quick()
    visitor.write("모두 같은 한 줄")
    visitor.page.locator("#file-picture").set_input_files(pictures)
    expect(further(visitor)).to_have_count(len(pictures) - 1)
    expect(visitor.page.locator(UPLOADED)).to_have_count(1)
    expect(further(visitor).locator("progress")).to_have_count(0)


def price(clips: int) -> str:
    """Of so many clips as `offer` reckons it, as the page writes it."""
    return f"₩{60 + 10 * clips}"


def offer(route: Route) -> None:
    """The site's answer to what the clips cost, with sums that a test can tell apart."""
    (asked,) = json.loads(route.request.post_data or "")["clips"]
    way = {"cards": 1, "seconds": 90, "micro_won": (60 + 10 * asked["count"]) * 1_000_000, "within_seconds": None}
    route.fulfill(json={"offers": [way], "is_warm": False, "waiting": 0, "price_rev": "test"})


def jobs_made(visitor: Visitor, count: int) -> list[str]:
    """Waits for so many jobs and returns their pictures, oldest first."""
    visitor.until_posters(count)
    jobs = visitor.jobs()
    assert len(jobs) == count
    return [job["input"]["upload_id"] for job in reversed(jobs)]


def test_several_pictures_become_a_clip_each(visitor: Visitor) -> None:
    ready(visitor, THREE)
    expect(visitor.page.locator(".cost strong")).to_have_text(price(3))
    expect(visitor.page.locator(".cost-facts")).to_contain_text("1개당 ₩30")
    expect(button(visitor)).to_contain_text("3개 만들기")
    expect(button(visitor)).to_contain_text(price(3))
    expect(visitor.page.locator("cw-picture-strip")).to_contain_text("모두 3개 만들어요")
    with visitor.nothing_renders():  # a clip that is finished would be announced instead
        visitor.press_make()
        expect(visitor.page.locator(".visually-hidden[role=status]")).to_contain_text("영상 3개를 만들기 시작했어요")
    pictures = jobs_made(visitor, 3)
    assert len(set(pictures)) == 3
    assert None not in pictures
    expect(visitor.page.locator("#field-picture")).to_contain_text("이미지 넣기")
    expect(further(visitor)).to_have_count(0)


def test_a_single_picture_stays_for_the_next_clip(visitor: Visitor) -> None:
    ready(visitor, THREE[:1])
    visitor.press_make()
    jobs_made(visitor, 1)
    expect(visitor.page.locator(".slot-name")).to_have_text("portrait.png")


def test_pictures_are_added_and_taken_out_one_by_one(visitor: Visitor) -> None:
    ready(visitor, THREE[:1])
    page = visitor.page
    page.locator("#file-further").set_input_files(THREE[1:])
    expect(further(visitor)).to_have_count(2)
    page.get_by_role("button", name="cat.png 빼기").click()
    expect(further(visitor)).to_have_count(1)
    expect(page.get_by_role("button", name="harbor.png 빼기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="이미지 추가")).to_be_focused()
    expect(button(visitor)).not_to_contain_text("개 만들기")
    expect(button(visitor)).to_contain_text(price(1))


def test_the_first_of_them_can_be_taken_out_too(visitor: Visitor) -> None:
    ready(visitor, THREE)
    visitor.page.locator("cw-picture-slot").get_by_role("button", name="빼기").click()
    expect(button(visitor)).to_contain_text("2개 만들기")
    visitor.press_make()
    assert len(set(jobs_made(visitor, 2))) == 2


def test_what_was_refused_stays_in_the_form_and_what_was_made_does_not(visitor: Visitor) -> None:
    ready(visitor, THREE)
    page, asked = visitor.page, list[Route]()

    def refuse_from_the_second_on(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        asked.append(route)
        if len(asked) == 1:
            route.continue_()
            return
        words = {"type": "tag:cap-exceeded", "title": "한도를 넘어요", "detail": "", "fix": "내일 다시 해 주세요."}
        route.fulfill(status=402, json=words, content_type="application/problem+json")

    page.route("**/api/jobs", refuse_from_the_second_on)
    visitor.press_make()
    expect(page.locator("cw-problem")).to_contain_text("한도를 넘어요")
    expect(page.locator(".composer-foot")).to_contain_text("3개 가운데 1개는 시작했고")
    expect(button(visitor)).to_contain_text("2개 만들기")
    assert len(asked) == 2  # nothing was sent after the refusal
    page.unroute("**/api/jobs")
    visitor.press_make()
    assert len(set(jobs_made(visitor, 3))) == 3
    visitor.expect_complaint("402")


def test_a_lost_answer_among_them_makes_nothing_twice(visitor: Visitor) -> None:
    ready(visitor, THREE)
    page, asked = visitor.page, list[Route]()

    def lose_the_second_answer(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route)
        if route.request.method == "POST" and len(asked) == 2:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/jobs", lose_the_second_answer)
    visitor.press_make()
    expect(page.locator("cw-problem")).to_contain_text("연결하지 못했어요")
    expect(button(visitor)).to_contain_text("2개 만들기")
    visitor.press_make()
    assert len(set(jobs_made(visitor, 3))) == 3
    visitor.expect_complaint("ERR_FAILED")


def test_a_picture_taken_out_while_the_others_are_sent_is_not_made(visitor: Visitor) -> None:
    ready(visitor, THREE)
    held = visitor.hold("**/api/jobs")
    visitor.press_make()
    visitor.page.get_by_role("button", name="harbor.png 빼기").click()
    visitor.let_go(held)
    assert len(set(jobs_made(visitor, 2))) == 2


def test_a_picture_that_takes_anothers_place_while_that_is_sent_stays(visitor: Visitor) -> None:
    ready(visitor, THREE[:2])
    held = visitor.hold("**/api/jobs")
    visitor.press_make()
    visitor.give_picture(THREE[2])
    expect(visitor.page.locator(".slot-name")).to_have_text("harbor.png")
    expect(visitor.page.locator("cw-picture-slot progress")).to_have_count(0)
    visitor.let_go(held)
    assert len(set(jobs_made(visitor, 2))) == 2
    expect(visitor.page.locator(".slot-name")).to_have_text("harbor.png")


def test_one_bad_picture_holds_up_the_press_until_it_is_taken_out(visitor: Visitor, tmp_path: Path) -> None:
    bad = tmp_path / "깨진 그림.png"
    bad.write_bytes(b"not a picture")
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("한 장은 깨졌어요")
    page.locator("#file-picture").set_input_files([THREE[0], bad, THREE[1]])
    expect(further(visitor).locator("[role=alert]")).to_contain_text("이미지를 열 수 없어요")
    visitor.press_make()
    expect(page.locator(".composer-foot [role=alert]")).to_contain_text("바꾸거나 빼 주세요")
    expect(page.get_by_role("button", name="깨진 그림.png 빼기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(visitor)).to_contain_text("2개 만들기")
    visitor.press_make()
    jobs_made(visitor, 2)


def test_they_are_there_again_after_a_reload(visitor: Visitor) -> None:
    ready(visitor, THREE)
    visitor.page.reload()
    expect(further(visitor).locator("img")).to_have_count(2)
    expect(button(visitor)).to_contain_text("3개 만들기")
    expect(further(visitor).first.locator("img")).to_have_attribute("alt", "고른 이미지: cat.png")


def test_a_sample_idea_leaves_none_of_them(visitor: Visitor) -> None:
    ready(visitor, THREE)
    visitor.page.get_by_role("button", name="미소").click()
    expect(further(visitor)).to_have_count(0)
    expect(visitor.page.locator(".slot-name")).to_have_text("portrait.png")


def test_settings_of_a_clip_leave_none_of_them(visitor: Visitor) -> None:
    ready(visitor, THREE[:1])
    visitor.press_make()
    card = visitor.clip()
    visitor.page.locator("#file-further").set_input_files(THREE[1:])
    expect(further(visitor)).to_have_count(2)
    visitor.act(card, "설정 바꿔서 만들기")
    expect(further(visitor)).to_have_count(0)
    expect(visitor.page.locator(".slot-name")).to_have_text("portrait.png")


def test_no_more_than_thirty_are_taken_and_the_rest_is_told(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open().page
    answer: dict[str, object] = {"id": "up00000000000001", "width": 64, "height": 64, "bytes": 1, "faces": []}
    answer |= {"expires_at": "2099-01-01T00:00:00.000Z"}
    page.route("**/api/uploads", lambda route: route.fulfill(status=201, json=answer))
    many: list[Path] = []
    for index in range(32):
        many.append(tmp_path / f"{index:02}.png")
        Image.new("RGB", (64, 64), (index, 0, 0)).save(many[-1])
    page.locator("#file-picture").set_input_files(many)
    expect(further(visitor)).to_have_count(29)
    expect(page.locator("cw-notes")).to_contain_text(
        "한 번에 30장까지 넣을 수 있어요. 나머지 2장(30.png, 31.png)은 빠졌어요."
    )
    expect(button(visitor)).to_contain_text("30개 만들기")
    expect(further(visitor).locator("progress")).to_have_count(0)


def test_jobs_that_wait_for_an_earlier_one_say_so_and_their_place(visitor: Visitor) -> None:
    visitor.open()
    with visitor.nothing_renders():
        visitor.submit(*({"preset": "draft", "prompt": f"{n}번", "seconds": 2, "tier": "352p"} for n in range(6)))
        visitor.open()
        drawer = visitor.work()
        first = drawer.locator("cw-live-card")
        expect(first).to_contain_text("0번")
        expect(drawer.locator(".line-place")).to_have_text([f"{place}번째" for place in range(1, 6)])
        expect(drawer.locator(".line-prompt")).to_have_text([f"{place}번" for place in range(1, 6)])
        first.get_by_role("button", name="취소").click()
        expect(first).to_contain_text("1번")
        expect(drawer.locator(".line-prompt")).to_have_text(["2번", "3번", "4번", "5번"])
    visitor.until_posters(5)
