"""The headings and verdicts of the sizing and price tables, in the language of the terminal. It knows no figure."""

from collections.abc import Iterable

from infra.build import facts
from infra.language import language

KOREAN = {
    "plan": "배치",
    "verdict": "결과",
    "fits": "들어감",
    "card": "GPU",
    "gpu": "GPU 값",
    "seconds": "초",
    "won": "원",
    "cpu": "CPU",
    "memory": "메모리",
    "cold start": "켜는 값",
    "speed": "속도",
    "basis": "근거",
    "as of": "날짜",
    "preset": "방식",
    "size": "화질",
    "offered": "이것을 써요",
    "none fits": "안 들어감",
}


def shown(word: str) -> str:
    """A heading or verdict as it is shown; names of presets, plans and phases stay as they are."""
    return KOREAN.get(word) or facts.shown(word) if language() == "ko" else word


def heads(words: Iterable[str]) -> list[str]:
    return [shown(word) for word in words]
