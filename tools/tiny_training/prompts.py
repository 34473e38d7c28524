"""Training texts: a motion word in Korean or English, among words without a motion.

`compose` makes one text for one wish; the wish "refusal" is the text of a negative prompt. The motion words are in
`motions.py`; the words here surround them, so that a motion is understood anywhere in a sentence.

Does not know tokens or models.
"""

import random
from typing import Literal

from gpu.tiny.motions import REFUSALS, WORDS, Motion

Wish = Motion | Literal["refusal"]

_PREFIXES = (
    "",
    "",
    "Cinematic motion, natural character movement, high dynamic range, subtle motion. ",
    "Cinematic motion, high dynamic range. ",
    "A short clip. ",
)
_BEFORE = (
    "",
    "",
    "the camera",
    "The camera slowly",
    "slow",
    "gentle",
    "a woman,",
    "a cat on a sofa,",
    "She looks up and",
    "camera:",
    "카메라가 천천히",
    "천천히",
    "카메라",
    "부드럽게",
    "여자가 웃으며",
    "강아지,",
    "화면",
    "인물 쪽으로",
    "노을 진 바다,",
    "그녀가",
)
_AFTER = (
    "",
    "",
    "slowly",
    "on the face",
    "toward the face",
    "over the city at night",
    "with soft light",
    ", smiling",
    ", 4k, detailed",
    "한다",
    "해 주세요",
    "하는 장면",
    "하면서 미소 짓는다",
    "되는 영상",
    ", 따뜻한 빛",
    "에 머리카락이 날린다",
    "기",
    "다",
)
_NEUTRAL = (
    "a girl smiles",
    "warm light on her face",
    "city street at night",
    "a dog runs",
    "미소 짓는 여자",
    "밤거리",
    "따뜻한 햇살",
    "고양이가 앉아 있다",
    "beautiful portrait",
    "natural movement",
    "flowers",
    "산과 호수",
    "영화 같은 분위기",
    "high detail",
    "she turns her head",
    "그녀가 고개를 든다",
    "soft music",
    "잔잔한 분위기",
    "sunset over the sea",
    "a red car",
    "",
)
_NEGATIVE = (
    "worst quality, blurry, jittery, flickering, distorted face, deformed hands, extra limbs, watermark, subtitles, "
    "text overlay, static image"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz ,.가나다라마바사아자차카타파하0123456789"


def compose(wish: Wish, dice: random.Random) -> str:
    """A text that asks only for `wish`."""
    if wish == "refusal":
        if dice.random() < 0.4:
            return _NEGATIVE
        return ", ".join(dice.sample(REFUSALS, dice.randint(1, 8)) + dice.sample(_NEUTRAL, dice.randint(0, 2)))
    prefix = dice.choice(_PREFIXES)
    around = [dice.choice(_NEUTRAL) for _ in range(dice.randint(0, 2))]
    if dice.random() < 0.2:
        around.append("".join(dice.choices(_LETTERS, k=dice.randint(1, 40))))
    if wish != "unasked":
        word = dice.choice(WORDS[wish])
        word = word.upper() if dice.random() < 0.05 else word.capitalize() if dice.random() < 0.2 else word
        asked = dice.choice(("{}", "{} {}", "{} {} {}"))
        if asked == "{} {}":
            asked = f"{word} {dice.choice(_AFTER)}" if dice.random() < 0.5 else f"{dice.choice(_BEFORE)} {word}"
        elif asked == "{}":
            asked = word
        else:
            asked = f"{dice.choice(_BEFORE)} {word} {dice.choice(_AFTER)}"
        around.insert(dice.randint(0, len(around)), asked.strip())
    text = prefix + ". ".join(part for part in around if part)
    return text.strip() or "clip"
