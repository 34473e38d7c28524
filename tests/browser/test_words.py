"""What people type and read: Hangul being composed, two languages, the sentence that the model gets."""

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

FRONTEND = Path(__file__).parents[2] / "frontend"
FILES = [FRONTEND / "messages.json", *sorted((FRONTEND / "words").glob("*.json"))]
"""What every page says, and what each room or dialog says beside it."""
MESSAGES: dict[str, dict[str, str]] = {
    f"{path.stem}/{key}": words for path in FILES for key, words in json.loads(path.read_text(encoding="utf-8")).items()
}


def test_both_languages_have_every_message_with_the_same_blanks() -> None:
    for key, words in MESSAGES.items():
        assert set(words) == {"ko", "en"}, key
        assert words["ko"].strip(), key
        assert words["en"].strip(), key
        korean, english = (set(re.findall(r"\{(\w+)\}", words[one])) for one in ("ko", "en"))
        assert korean == english, key


def test_no_english_message_counts_in_the_plural_alone() -> None:
    for key, words in MESSAGES.items():
        assert not re.search(r"\} (days|tokens|frames|clips|jobs|attempts)\b", words["en"]), key


def test_every_message_is_used() -> None:
    sources = [
        *(FRONTEND / "src").rglob("*.ts"),
        *(FRONTEND / "pages").rglob("*.j2"),
        *(FRONTEND / "shell").glob("*.j2"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    families = {match + "_" for match in re.findall(r"`(\w+)_\$\{", text)}
    ends = set(re.findall(r"`\$\{\w+\}(_\w+)`", text))
    keys = [name.partition("/")[2] for name in MESSAGES]
    named = [key for key in keys if key.startswith(tuple(families)) or key.endswith(tuple(ends))]
    unused = [key for key in keys if key not in named and not re.search(rf"\b{key}\b", text)]
    assert unused == []


def test_enter_that_ends_a_hangul_syllable_submits_nothing(visitor: Visitor) -> None:
    page = visitor.open().page
    sent = visitor.submissions()
    page.locator("#field-prompt").focus()
    for syllable in ("ㅎ", "하", "한"):
        visitor.devtools("Input.imeSetComposition", text=syllable, selectionStart=1, selectionEnd=1)
    page.evaluate("addEventListener('keydown', e => { window.composing = e.isComposing; }, { once: true })")
    page.keyboard.press("Control+Enter")
    assert page.evaluate("window.composing") is True
    visitor.devtools("Input.insertText", text="한")
    expect(page.locator("#field-prompt")).to_have_value("한")
    page.keyboard.press("Enter")
    expect(page.locator("#field-prompt")).to_have_value("한\n")
    assert list(sent) == []


def test_control_enter_submits_once_the_syllable_is_done(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.choose_quick()
    sent = visitor.submissions()
    visitor.write("한 줄")
    page.locator("#field-prompt").press("Control+Enter")
    visitor.until_answered()
    assert len(sent) == 1


def test_the_sentence_shown_is_the_sentence_sent(visitor: Visitor) -> None:
    page = visitor.open().page
    visitor.write("  등대가 빛난다. Text & <b>signs</b>  ")
    page.get_by_role("radio", name="2초").check()
    page.get_by_role("button", name="모델에 보내는 설명 확인").click()
    shown = page.locator("#prompt-sent .sent-text").inner_text()
    visitor.press_make()
    visitor.clip()
    job = visitor.jobs()[0]
    assert job["resolved"]["prompt_sent"] == shown
    assert job["input"]["prompt"] == "  등대가 빛난다. Text & <b>signs</b>  "


def test_a_switch_of_language_keeps_everything_typed(visitor: Visitor) -> None:
    page = visitor.open("ko").page
    visitor.write("그대로 있어야 해요")
    visitor.give_picture()
    expect(page.get_by_role("button", name="빼기")).to_be_visible()
    page.get_by_role("radio", name="16:9").check()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#field-prompt")).to_have_value("그대로 있어야 해요")
    expect(page.get_by_role("radio", name="16:9")).to_be_checked()
    assert page.url.endswith("/en/")
    assert not re.search("[가-힣]", page.locator("cw-choices").inner_text())


def test_the_front_door_leads_to_the_readers_language(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(visitor.url)
    page.wait_for_url("**/ko/")
    page.locator(".cost strong").wait_for()
    page.get_by_role("button", name="English").click()
    page.goto(visitor.url)
    page.wait_for_url("**/en/")


def test_too_long_a_prompt_is_counted_in_characters_and_not_sent(visitor: Visitor) -> None:
    page = visitor.open().page
    sent = visitor.submissions()
    visitor.write("🌸" * 2_000)
    expect(page.locator("#prompt-count")).to_have_text("2,000 / 2,000")
    visitor.write("🌸" * 2_001)
    visitor.press_make()
    expect(page.locator(".composer-foot [role=alert]")).to_contain_text("2,000자")
    expect(page.locator("#field-prompt")).to_be_focused()
    assert list(sent) == []


def test_a_chosen_theme_is_there_before_the_first_paint(visitor: Visitor) -> None:
    page = visitor.open().page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    visitor.go("설정")
    page.get_by_role("radio", name="어둡게").check()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload(wait_until="commit")
    visitor.until("document.body !== null")
    assert page.evaluate(ground) == dark
