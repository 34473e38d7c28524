"""From a picture and a Korean line to a clip that plays, and what can be done with it afterwards."""

import re

import pytest
from playwright.sync_api import Response, expect

from tests.browser.visitor import SAMPLES, Visitor

PROMPT = "소녀가 천천히 고개를 들고 미소 짓는다 🌸"


def test_a_picture_and_a_line_become_a_clip_that_plays(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.give_picture()
    expect(page.get_by_role("button", name="빼기")).to_be_visible()
    visitor.write(PROMPT)
    with visitor.nothing_renders():
        visitor.press_make()
        live = visitor.work().locator("cw-live-card")
        live.wait_for()
        expect(live.locator("img")).to_be_visible()
        expect(live.get_by_role("button", name="취소")).to_be_visible()
    card = visitor.clip()
    expect(card.locator(".clip-price strong")).to_have_text("₩0")
    card.locator("button.poster").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".as-typed")).to_have_text(PROMPT)
    visitor.until("document.querySelector('dialog video')?.readyState >= 3")
    visitor.until("document.querySelector('dialog video')?.currentTime > 0.05")
    film = page.evaluate("(v => [v.videoWidth, v.videoHeight, v.error])(document.querySelector('dialog video'))")
    assert film == [96, 160, None]
    assert visitor.jobs()[0]["input"]["prompt"] == PROMPT


def test_a_double_click_makes_one_clip(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("두 번 눌러도 하나")
    page.locator("cw-cost-bar button[type=submit]").hover()
    page.mouse.down()
    page.mouse.up()
    visitor.until_answered()  # answered, so that the next press would be another
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    visitor.clip()
    assert len(visitor.jobs()) == 1


@pytest.mark.parametrize(
    ("place", "keys"),
    [
        ("#field-prompt", ["Control", "Enter"]),
        ("cw-cost-bar button[type=submit]", ["Enter"]),
        (".seed input[type=text]", ["Enter"]),
    ],
)
def test_a_key_held_down_makes_one_clip(visitor: Visitor, place: str, keys: list[str]) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.write("오래 눌러도 하나")
    page.locator(".drawer summary").click()
    page.get_by_role("radio", name="고정").check()
    page.locator(place).focus()
    for key in keys:
        page.keyboard.down(key)
    visitor.until_answered()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    visitor.clip()
    assert len(visitor.jobs()) == 1
    expect(page.locator("#field-prompt")).to_have_value("오래 눌러도 하나")


def test_a_clip_goes_on_where_another_ended(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.give_picture()
    card = visitor.make_clip("문을 열고 들어온다")
    visitor.act(card, "이어서 만들기")
    prompt = page.locator("#field-prompt")
    expect(prompt).to_be_focused()
    page.keyboard.type("창가로 걸어가 앉는다")
    expect(prompt).to_have_value("창가로 걸어가 앉는다")
    expect(page.locator("cw-picture-slot img").first).to_be_visible()
    visitor.press_make()
    visitor.until_posters(2)
    following, first = visitor.jobs()
    assert following["continues"] == first["id"]
    assert following["input"]["upload_id"] != first["input"]["upload_id"]
    page.goto(f"{visitor.url}/ko/library/?clip={following['id']}")
    link = page.get_by_role("link", name="앞 장면 영상")
    expect(link).to_have_attribute("href", re.compile(first["id"]))


def test_frames_can_be_stepped_one_by_one(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.make_clip().locator("button.poster").click()
    visitor.until("document.querySelector('dialog video')?.readyState >= 2")
    page.evaluate("(v => { v.pause(); v.currentTime = 0; })(document.querySelector('dialog video'))")
    page.get_by_role("button", name="한 프레임 앞으로").click()
    expect(page.locator(".frame")).to_have_text("2/9 프레임")
    page.get_by_role("button", name="한 프레임 뒤로").click()
    expect(page.locator(".frame")).to_have_text("1/9 프레임")


def test_the_download_is_the_video_under_a_name(visitor: Visitor) -> None:
    page = visitor.open().page
    card = visitor.make_clip("바다 위의 등대")
    card.locator("summary").click()
    with page.expect_download() as download:
        card.get_by_role("link", name="내려받기").click()
    assert download.value.suggested_filename.endswith(".mp4")
    assert download.value.path().read_bytes()[4:8] == b"ftyp"


def test_a_queued_job_is_canceled_and_costs_nothing(visitor: Visitor) -> None:
    page = visitor.open().page
    queued = {"preset": "aggressive_quality", "prompt": "기다리는 것", "seconds": 2, "tier": "704p"}
    with visitor.nothing_renders():
        visitor.submit(queued, queued, queued)
        page.reload()
        drawer = visitor.work()
        waiting = drawer.locator(".line li")
        expect(waiting).to_have_count(2)
        waiting.first.get_by_role("button", name="기다리는 것 취소").click()
        expect(waiting).to_have_count(1)
        drawer.locator("cw-live-card").get_by_role("button", name="취소").click()
        expect(waiting).to_have_count(0)
        drawer.locator("cw-live-card").get_by_role("button", name="취소").click()
        expect(drawer.locator("cw-live-card")).to_have_count(0)
    ended = visitor.jobs()
    assert [(job["status"], job["cost"]["billed_micro_won"]) for job in ended] == [("canceled", 0)] * 3


def test_a_running_job_goes_on_until_its_worker_hears_that_it_is_canceled(visitor: Visitor) -> None:
    page = visitor.open().page
    is_held = False
    for _ in range(20):  # a clip that was finished before it could be held is of no use
        visitor.submit({"preset": "aggressive_quality", "prompt": "오래 걸리는 것", "seconds": 10, "tier": "704p"})
        visitor.until_made(lambda: visitor.jobs()[0]["status"] != "queued")
        with visitor.nothing_renders():
            is_held = visitor.jobs()[0]["stage"] in ("starting", "encode_prompt", "stage_1")
            if is_held:
                page.reload()
                cancel = visitor.work().locator("cw-live-card").get_by_role("button", name="취소")
                cancel.click()
                expect(cancel).to_have_attribute("aria-disabled", "true")
                break
    assert is_held, "each clip was finished before it could be held"
    visitor.until_made(lambda: page.locator("cw-live-card").count() == 0)
    assert visitor.jobs()[0]["status"] == "canceled"


def test_a_reload_finds_the_running_jobs_again(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.give_picture(SAMPLES / "harbor.png")
    expect(page.get_by_role("button", name="빼기")).to_be_visible()
    visitor.write("다시 열어도 그대로")
    earlier = {"preset": "fast", "prompt": "앞에서 기다리는 것", "seconds": 2, "tier": "704p"}
    with visitor.nothing_renders():
        visitor.submit(earlier, earlier)
        visitor.press_make()
        expect(page.locator(".line")).to_contain_text("다시 열어도 그대로")
        page.reload()
        expect(page.locator(".work")).to_contain_text("3개 대기")
        expect(visitor.work().locator(".line li")).to_contain_text(["앞에서 기다리는 것", "다시 열어도 그대로"])
        expect(page.locator("#field-prompt")).to_have_value("다시 열어도 그대로")
        expect(page.locator(".slot-name")).to_have_text("harbor.png")
        expect(page).to_have_title(re.compile(r"^\(3\) Clipwright"))
    visitor.until_posters(3)


def test_running_again_keeps_or_changes_the_seed(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.make_clip()
    first = visitor.jobs()[0]["id"]
    again = visitor.context.request.post(f"{visitor.url}/api/jobs/{first}/rerun", data={"seed": "same"})
    assert again.status == 202, again.text()
    page.reload()
    visitor.until_posters(2)
    # The page offers the same clip again only where there is none: a finished one would be bought twice.
    visitor.act(page.locator("cw-clip-card").first, "다르게 다시 만들기")
    visitor.until_posters(3)
    newest, same, first = visitor.jobs()
    assert same["seed"] == first["seed"] != newest["seed"]
    assert same["video"]["frames_hash"] == first["video"]["frames_hash"] != newest["video"]["frames_hash"]


def test_delete_can_be_undone(visitor: Visitor) -> None:
    page = visitor.open().page
    card = visitor.make_clip()
    visitor.act(card, "삭제")
    expect(page.locator("cw-clip-card")).to_have_count(0)
    assert visitor.jobs() == []
    page.get_by_role("button", name="되돌리기").click()
    expect(page.locator("cw-clip-card")).to_have_count(1)
    assert len(visitor.jobs()) == 1


def test_settings_load_back_into_the_form(visitor: Visitor) -> None:
    page = visitor.open().page
    page.get_by_role("radio", name="1:1").check()
    card = visitor.make_clip("네모난 고양이")
    seed = visitor.jobs()[0]["seed"]
    visitor.write("다른 문장")
    page.get_by_role("radio", name="16:9").check()
    visitor.act(card, "설정 바꿔서 만들기")
    expect(page.locator("#field-prompt")).to_have_value("네모난 고양이")
    expect(page.get_by_role("radio", name="1:1")).to_be_checked()
    page.locator(".drawer summary").click()
    expect(page.get_by_role("textbox", name="시드 번호")).to_have_value(str(seed))


def test_a_finished_clip_is_redrawn_from_a_new_line(visitor: Visitor) -> None:
    page = visitor.open().page
    card = visitor.make_clip("처음 장면")
    visitor.act(card, "이 영상 스타일 바꾸기")
    expect(page.get_by_role("radio", name="스타일 바꾸기", exact=True)).to_be_checked()
    visitor.write("수채화로 다시")
    visitor.press_make()
    visitor.until_posters(2)
    newest, first = visitor.jobs()
    assert newest["input"]["source_job_id"] == first["id"]
    assert newest["status"] == "succeeded"


def test_two_pictures_become_keyframes(visitor: Visitor) -> None:
    page = visitor.open().page
    page.get_by_role("radio", name="첫·끝 이미지", exact=True).check()
    page.get_by_role("radio", name="2초").check()
    visitor.write("아침에서 저녁으로")
    visitor.press_make()
    expect(page.locator(".composer-foot [role=alert]")).to_have_text("첫 장면 이미지를 넣어 주세요.")
    visitor.give_picture(slot="first")
    visitor.give_picture(SAMPLES / "cat.png", slot="last")
    expect(page.get_by_role("button", name="빼기")).to_have_count(2)
    expect(page.locator("progress[aria-label='이미지 올리는 중']")).to_have_count(0)
    visitor.press_make()
    visitor.clip()
    assert visitor.jobs()[0]["resolved"]["pipeline"] == "KeyframeInterpolationPipeline"


def test_a_link_opens_its_clip(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.make_clip("주소로 열기")
    job = visitor.jobs()[0]["id"]
    page.goto(f"{visitor.url}/ko/#clip-{job}")
    page.reload()
    expect(page.get_by_role("dialog").locator(".as-typed")).to_have_text("주소로 열기")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"^[^#]*$"))


def test_the_pointer_resting_on_a_poster_previews_it(visitor: Visitor) -> None:
    card = visitor.open().make_clip()
    card.locator("button.poster").hover()
    expect(card.locator("video")).to_have_count(1)
    assert card.locator("video").evaluate("video => video.muted") is True
    visitor.page.mouse.move(5, 5)
    expect(card.locator("video")).to_have_count(0)


def test_a_first_visit_makes_one_owner(visitor: Visitor) -> None:
    # Each answer to a call without the cookie brings a new one: a late one would take the clips of the first away.
    answers: list[Response] = []
    visitor.page.on("response", lambda answer: answers.append(answer) if "/api/" in answer.url else None)
    page = visitor.open().page
    visitor.give_picture()
    page.locator("cw-ideas").wait_for()
    expect(page.locator(".slot-facts")).to_contain_text("맞아요.")
    visitor.until_some(answers, 4)
    made = [answer.url for answer in answers if "set-cookie" in answer.all_headers()]
    assert len(made) == 1, made
