"""A clip to a sound of one's own, on the page: chosen, heard, missed, refused, and made."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.gpu.conftest import spoken


def test_a_clip_is_made_to_a_sound_that_was_chosen(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open().page
    expect(page.locator("cw-own-sound")).to_have_count(0)
    page.get_by_role("radio", name="립싱크").first.check()
    page.get_by_role("radio", name="2초").check()
    visitor.write("말하면서 웃는다")
    chooser = page.locator("#own-sound-file")
    visitor.press_make()
    expect(page.get_by_role("alert")).to_have_text("영상에 쓸 소리를 골라 주세요.")
    expect(page.locator("#field-sound")).to_be_focused()

    wrong = tmp_path / "짧게.wav"
    chooser.set_input_files(spoken(wrong, seconds=0.2))
    expect(page.locator("cw-own-sound cw-problem")).to_contain_text("0.5초")
    chooser.set_input_files(spoken(tmp_path / "말소리.wav", seconds=1.2))
    expect(page.locator(".own-sound-name")).to_have_text("말소리.wav")
    expect(page.locator("cw-own-sound cw-problem")).to_have_count(0)
    visitor.until("document.querySelector('cw-own-sound audio') !== null")
    page.get_by_role("checkbox", name="소리 크기 맞추기(-14 LUFS)").check()
    visitor.press_make()

    visitor.clip()
    (job,) = visitor.jobs()
    assert (job["input"]["preset"], job["input"]["loudness"]) == ("lip_sync", "even")
    assert (job["resolved"]["pipeline"], job["resolved"]["sound"]) == ("A2VidPipelineTwoStage", "own")
    # The site refuses what is no sound, and the console of a browser names each refusal.
    assert visitor.complaints.pop().startswith("Failed to load resource")
    assert visitor.complaints == []
