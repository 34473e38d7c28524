"""Pictures: what is refused, what is cut off, and the ways in besides the file dialog."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image
from playwright.sync_api import Browser, expect

from gpu.media.quality import ssim
from infra.dev.stack import Stack
from tests.browser.visitor import PHONE, SAMPLES, Visitor

COSTS_WHAT_IT_SAID = """
document.querySelector(".cost strong").textContent === document.querySelector(".idea-price").textContent
"""
"""The price of an idea is what the press costs that it leads to."""
ALIKE, APART = 0.6, 0.4
"""Likeness (SSIM) of a poster to the picture it was made from, at least, and to another, at most."""


def grey(picture: Image.Image, size: tuple[int, int]) -> NDArray[np.float64]:
    return np.asarray(picture.convert("L").resize(size, Image.Resampling.LANCZOS), dtype=np.float64)


def test_a_file_that_is_no_picture_is_refused_with_what_to_do(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open().page
    bad = tmp_path / "그림 아님.png"
    bad.write_bytes(b"%PDF-1.7 not a picture")
    visitor.give_picture(bad)
    alert = page.locator("cw-picture-slot [role=alert]")
    expect(alert).to_contain_text("이미지를 열 수 없어요")
    expect(alert).to_contain_text("PNG·JPEG·WebP")
    visitor.write("보내지면 안 돼요")
    visitor.press_make()
    expect(page.locator(".composer-foot [role=alert]")).to_contain_text("바꾸거나 빼 주세요")
    page.get_by_role("button", name="빼기").click()
    expect(page.locator("#field-picture")).to_be_focused()


def test_the_servers_refusal_of_a_picture_is_shown_with_its_fix(visitor: Visitor) -> None:
    page = visitor.open().page
    tiny = page.evaluate_handle(
        """async () => {
          const canvas = new OffscreenCanvas(20, 20);
          canvas.getContext("2d").fillRect(0, 0, 20, 20);
          const blob = await canvas.convertToBlob({ type: "image/png" });
          const transfer = new DataTransfer();
          transfer.items.add(new File([blob], "작은 그림.png", { type: "image/png" }));
          return transfer;
        }"""
    )
    page.dispatch_event("cw-picture-slot .slot", "drop", {"dataTransfer": tiny})
    alert = page.locator("cw-picture-slot [role=alert]")
    expect(alert).to_contain_text("이 이미지는 쓸 수 없어요")
    expect(alert).to_contain_text("64~12,000픽셀")
    expect(page.get_by_role("button", name="다시 시도")).to_have_count(0)  # the same file would be refused again
    visitor.expect_complaint("422")


def test_what_the_ratio_cuts_off_is_told_and_follows_the_ratio(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.give_picture()
    facts = page.locator(".slot-facts")
    expect(facts).to_contain_text("9:16에 맞아요.")
    page.get_by_role("radio", name="1:1").check()
    expect(facts).to_contain_text("위아래 44%가 잘려요.")
    kept = page.locator(".crop-keep").bounding_box()
    whole = page.locator(".crop img").bounding_box()
    assert kept is not None
    assert whole is not None
    assert abs(kept["height"] / whole["height"] - 720 / 1280) < 0.02
    assert abs(kept["width"] / whole["width"] - 1) < 0.02


def test_files_that_are_dropped_anywhere_are_added(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.give_picture()
    expect(page.locator(".slot-name")).to_have_text("portrait.png")
    data = [base64.b64encode((SAMPLES / f"{name}.png").read_bytes()).decode("ascii") for name in ("cat", "harbor")]
    files = page.evaluate_handle(
        """all => {
          const transfer = new DataTransfer();
          for (const [place, data] of all.entries()) {
            const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0));
            transfer.items.add(new File([bytes], `장면_${place}.png`, { type: "image/png" }));
          }
          return transfer;
        }""",
        data,
    )
    page.dispatch_event("#ideas-title", "dragover", {"dataTransfer": files})
    expect(page.locator(".drop-anywhere")).to_be_visible()
    page.dispatch_event("#ideas-title", "drop", {"dataTransfer": files})
    expect(page.locator(".drop-anywhere")).to_have_count(0)
    expect(page.locator(".strip-item img")).to_have_count(2)
    expect(page.locator(".slot-name")).to_have_text("portrait.png")  # and nothing was replaced


def test_an_upload_that_failed_offline_goes_on_by_itself(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.set_offline(True)
    visitor.give_picture()
    expect(page.locator(".slot-facts [role=alert]")).to_contain_text("서버에 연결하지 못했어요")
    visitor.set_offline(False)
    expect(page.locator(".slot-facts")).to_contain_text("맞아요.")


def test_a_seed_that_is_none_is_told(visitor: Visitor) -> None:
    page = visitor.open().page
    page.locator(".drawer summary").click()
    page.get_by_role("radio", name="고정").check()
    number = page.get_by_role("textbox", name="시드 번호")
    number.fill("12")
    number.press("Tab")
    number.fill("4294967296")
    number.press("Tab")
    expect(number).to_have_value("12")
    expect(page.locator(".drawer [role=alert]")).to_contain_text("되돌렸어요")


def test_a_picture_can_be_pasted(visitor: Visitor) -> None:
    page = visitor.open().page
    data = base64.b64encode((SAMPLES / "cat.png").read_bytes()).decode("ascii")
    page.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), one => one.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "붙여 넣은 그림.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }));
        }""",
        data,
    )
    expect(page.locator(".slot-name")).to_have_text("붙여 넣은 그림.png")
    expect(page.locator(".slot-facts")).to_contain_text("720×1280")


def test_words_with_a_picture_of_themselves_are_pasted_as_words(visitor: Visitor) -> None:
    # Office programs put a picture of the copied words beside them.
    page = visitor.open().page
    page.locator("#field-prompt").focus()
    is_left_alone = page.evaluate(
        """() => {
          const transfer = new DataTransfer();
          transfer.setData("text/plain", "표에서 옮긴 문장");
          transfer.items.add(new File(["x"], "image.png", { type: "image/png" }));
          const paste = { clipboardData: transfer, bubbles: true, cancelable: true };
          return document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste));
        }"""
    )
    assert is_left_alone, "the browser puts the words where the cursor is"
    expect(page.locator(".slot-name")).to_have_count(0)


def test_a_photograph_keeps_its_upright_size_over_a_reload(visitor: Visitor, tmp_path: Path) -> None:
    # A phone writes the sensor's rows and beside them, in EXIF, how the phone was held.
    lying = Image.new("RGB", (640, 360), "teal")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    photograph = tmp_path / "사진.jpg"
    lying.save(photograph, exif=exif)
    page = visitor.open().page
    visitor.give_picture(photograph)
    facts = page.locator(".slot-facts")
    expect(facts).to_contain_text("360×640")
    expect(facts).to_contain_text("9:16에 맞아요.")
    page.reload()
    expect(page.locator(".slot-name")).to_have_text("사진.jpg")
    expect(facts).to_contain_text("360×640")
    expect(facts).to_contain_text("9:16에 맞아요.")


def test_a_picture_that_was_replaced_says_nothing_any_more(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open().page
    bad = tmp_path / "깨진 그림.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    # Large files take their time to be read: the broken one is still being opened when the next is chosen.
    page.evaluate(
        """() => {
          const ask = Worker.prototype.postMessage;
          Worker.prototype.postMessage = function (question) {
            if (question.file.name !== "깨진 그림.png") return ask.call(this, question);
            this.addEventListener("message", ({ data }) => {
              if (data.id === question.id) setTimeout(() => { window.wentOn = true; }); // once the page has seen it
            });
            window.goOn = () => ask.call(this, question);
          };
        }"""
    )
    visitor.give_picture(bad)
    visitor.until("window.goOn !== undefined")
    visitor.give_picture()
    expect(page.locator(".slot-facts")).to_contain_text("9:16에 맞아요.")
    page.evaluate("window.goOn()")
    visitor.until("window.wentOn === true")
    expect(page.locator(".slot-name")).to_have_text("portrait.png")
    expect(page.locator("cw-picture-slot [role=alert]")).to_have_count(0)


def test_what_was_pressed_is_what_is_made_once_the_picture_is_there(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    held = visitor.hold("**/api/uploads")
    visitor.give_picture()
    visitor.write("누를 때의 설정으로")
    visitor.press_make()
    expect(page.locator("cw-cost-bar")).to_contain_text("요청하는 중")
    page.get_by_role("radio", name="10초").check()  # to see what it would cost
    visitor.let_go(held)
    visitor.clip()
    (job,) = visitor.jobs()
    assert (job["input"]["seconds"], job["input"]["prompt"]) == (2, "누를 때의 설정으로")
    assert job["input"]["upload_id"] is not None


@pytest.mark.parametrize("other", ["바꾸기", "빼기"])
def test_nothing_is_made_without_the_picture_it_was_pressed_for(visitor: Visitor, other: str) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    visitor.hold("**/api/uploads")
    visitor.give_picture()
    visitor.write("이 그림이 아니에요")
    sent = visitor.submissions()
    visitor.press_make()
    expect(page.locator("cw-cost-bar")).to_contain_text("요청하는 중")
    if other == "빼기":
        page.get_by_role("button", name=other).click()
    else:
        visitor.give_picture(SAMPLES / "cat.png")
        expect(page.locator(".slot-facts")).to_contain_text("맞아요.")
    expect(page.locator("cw-cost-bar")).not_to_contain_text("요청하는 중")
    assert list(sent) == []
    visitor.press_make()
    visitor.clip()
    (job,) = visitor.jobs()
    assert (job["input"]["upload_id"] is None) == (other == "빼기")


def test_a_failed_upload_is_sent_again_on_request(visitor: Visitor) -> None:
    page = visitor.open().page
    page.route("**/api/uploads", lambda route: route.abort())
    visitor.give_picture()
    expect(page.locator("cw-picture-slot [role=alert]")).to_contain_text("서버에 연결하지 못했어요")
    page.unroute("**/api/uploads")
    page.get_by_role("button", name="다시 시도").click()
    expect(page.locator("cw-picture-slot [role=alert]")).to_have_count(0)
    expect(page.locator(".slot-facts")).to_contain_text("맞아요.")
    visitor.expect_complaint("ERR_FAILED")


def test_samples_move_once_they_are_seen(browser: Browser, stack: Stack) -> None:
    fetched: list[str] = []
    with Visitor(browser, stack, size=PHONE) as visitor:
        page = visitor.page
        page.on("request", lambda request: fetched.append(request.url) if request.url.endswith(".mp4") else None)
        visitor.open()
        page.locator(".idea").first.wait_for()
        assert fetched == []  # they lie under the form
        page.locator(".idea").first.scroll_into_view_if_needed()
        visitor.until("document.querySelector('.idea video')?.currentTime > 0")
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        visitor.until("document.querySelector('.idea video').paused")
        assert visitor.complaints == []


def test_a_sample_idea_fills_the_form(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    page.get_by_role("button", name="미소").click()
    visitor.until(COSTS_WHAT_IT_SAID)
    expect(page.locator(".slot-name")).to_have_text("portrait.png")
    expect(page.locator("#field-prompt")).to_have_value(
        "소녀가 천천히 눈을 깜빡이고 고개를 살짝 기울이며 부드럽게 미소 짓는다. 머리카락이 바람에 흔들린다."
    )
    expect(page.locator("cw-cost-bar button[type=submit]")).to_be_focused()


def test_a_sample_that_uploads_slowly_takes_the_focus_from_nobody(visitor: Visitor) -> None:
    page = visitor.open().page
    held = visitor.hold("**/api/uploads")
    page.get_by_role("button", name="미소").click()
    expect(page.locator("progress[aria-label='이미지 올리는 중']")).to_be_visible()
    page.locator("#field-prompt").focus()
    visitor.let_go(held)
    expect(page.locator(".slot-facts")).to_contain_text("맞아요.")
    visitor.let_pass(200)
    expect(page.locator("#field-prompt")).to_be_focused()


@pytest.mark.parametrize("mode", ["첫·끝 이미지", "스타일 바꾸기"])
def test_a_sample_idea_leaves_the_other_modes_behind(visitor: Visitor, mode: str) -> None:
    page = visitor.open().page
    page.get_by_role("radio", name=mode, exact=True).check()
    page.get_by_role("button", name="미소").click()
    expect(page.get_by_role("radio", name="이미지로", exact=True)).to_be_checked()
    visitor.until(COSTS_WHAT_IT_SAID)
    expect(page.locator(".choice-row input:checked")).to_have_count(1)
    visitor.choose_quick()
    visitor.press_make()
    visitor.clip()


def test_the_poster_in_the_gallery_shows_the_picture_that_was_given(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.give_picture()
    expect(page.get_by_role("button", name="빼기")).to_be_visible()
    source = visitor.make_clip("가만히").locator(".poster img").get_attribute("src")
    assert source is not None
    poster = Image.open(io.BytesIO(visitor.context.request.get(f"{visitor.url}{source}").body()))
    given, other = (Image.open(SAMPLES / f"{name}.png") for name in ("portrait", "harbor"))
    shown = grey(poster, poster.size)
    assert ssim(shown, grey(given, poster.size)) > ALIKE
    assert ssim(shown, grey(other, poster.size)) < APART
