"""Motions that go with a spoken line, and the words by which a model is asked for them.

LTX-2 was taught with English captions, so the words are English, as the presets' own are. Which line suggests which
motion is decided where lines are typed: `functions/_lib/dialogue-motions.ts`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from gpu.core.contract import Motion


@dataclass(frozen=True, slots=True)
class SpokenMotion:
    """`words`: the sentence that is sent to the model; the titles name it on the page."""

    name: Motion
    title_ko: str
    title_en: str
    words: str


MOTIONS: tuple[SpokenMotion, ...] = (
    SpokenMotion("turn_head", "고개를 돌려요", "Turns the head", "The person speaking turns their head."),
    SpokenMotion("nod", "끄덕여요", "Nods", "The person speaking nods slightly."),
    SpokenMotion("lean_in", "몸을 앞으로 기울여요", "Leans forward", "The person speaking leans forward."),
)
"""In the order in which they are sent."""

_SENTENCE_END = re.compile("[.!?…。！？][\"'”’」』)]*$")


def with_motions(text: str, motions: Collection[Motion]) -> str:
    """The text, then a sentence for each motion. `withMotions` in `frontend/src/motions.ts` is the same rule;
    `tests/contract/prompts.json` holds both to it."""
    added = " ".join(motion.words for motion in MOTIONS if motion.name in motions)
    if not (added and text):
        return text or added
    return f"{text}{'' if _SENTENCE_END.search(text) else '.'} {added}"
