"""Whether a clip carries Content Credentials: one quiet line among its settings, in both languages."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

TITLES = {"ko": "AI 출처 표시(C2PA)", "en": "Content Credentials"}
SETTINGS = {"ko": "설정과 측정값 모두 보기", "en": "All settings and measurements"}
WORDS = {
    "ko": {"off": "넣지 않았어요", "signed": "서명됨 · C2PA", "failed": "서명하지 못해 넣지 않았어요"},
    "en": {"off": "not added", "signed": "signed · C2PA", "failed": "left out, signing failed"},
}


@pytest.mark.parametrize("language", list(WORDS))
@pytest.mark.parametrize("standing", ["off", "signed", "failed"])
def test_the_settings_of_a_clip_say_whether_it_is_signed(visitor: Visitor, language: str, standing: str) -> None:
    visitor.open().make_clip("누가 만들었는지")
    page = visitor.page

    def change(job: dict[str, Any]) -> None:
        job["video"]["content_credentials"] = standing

    if standing != "off":  # what this stack makes
        visitor.tell_jobs(change)
    visitor.open(language)
    page.locator("cw-clip-card .poster").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("summary", has_text=SETTINGS[language]).click()
    line = dialog.locator(".fact", has_text=TITLES[language])
    expect(line.locator("dt")).to_have_text(TITLES[language])
    expect(line.locator("dd")).to_have_text(WORDS[language][standing])
