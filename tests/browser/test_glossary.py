"""One word for one thing: every Korean text of the page and the API keeps to the glossary, also problems and qualities.

Texts stand in JSON files of words, and in a few places in the code; comments there are English.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from gpu.core.presets import PRESETS
from gpu.core.problems import PROBLEMS

ROOT = Path(__file__).parents[2]
FRONTEND, FUNCTIONS = ROOT / "frontend", ROOT / "functions"
GLOSSARY = {
    r"(?<!밑)그림": "이미지",
    r"문장": "설명, 장면 설명",
    r"품질(?! 확인)": "화질",
    r"작업(?!자)": "영상",
    r"가격|청구": "금액: 예상 금액, 실제 금액, 준비 금액",
    r"스텝": "%, 단계",
    r"키프레임": "첫·끝 이미지",
    r"다시 그리": "스타일 바꾸기",
    r"콘텐츠 자격 증명": "AI 출처 표시",
    r"준비 비용": "준비 금액",
    r"비용은 (들지|받지)": "돈은 들지 않았어요",
}
"""What is not written, and what is written in its place."""
READ_FROM_FILES = "headings.ts"
"""Column headings of scene files, as people write them."""


def korean_texts() -> Iterator[tuple[str, str]]:
    """Where a text stands, and the text."""
    for path in (FRONTEND / "messages.json", *(FRONTEND / "words").glob("*.json")):
        for key, words in json.loads(path.read_text(encoding="utf-8")).items():
            yield f"{path.name} {key}", words["ko"]
    for problem in PROBLEMS:
        yield f"problem {problem.slug}", f"{problem.title_ko} {problem.fix_ko}"
    for name, preset in PRESETS.items():
        yield f"preset {name}", f"{preset.title_ko} {preset.summary_ko}"
    for path in (*(FRONTEND / "src").rglob("*.ts"), *FRONTEND.rglob("*.j2"), *FUNCTIONS.rglob("*.ts")):
        if "node_modules" in path.parts or "_generated" in path.parts or path.name == READ_FROM_FILES:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search("[가-힣]", line):
                yield f"{path.name} {number}", line


def test_every_text_keeps_to_the_glossary() -> None:
    found = [
        f"{place}: {text!r} has {match[0]!r}, which is {instead}"
        for place, text in korean_texts()
        for pattern, instead in GLOSSARY.items()
        if (match := re.search(pattern, text))
    ]
    assert found == []
