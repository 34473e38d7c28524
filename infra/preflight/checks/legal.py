"""The notice that an AI made a clip. Korea's AI Basic Act requires it since 22 January 2026.

It must be on the page in both languages and in the file's metadata. The target's row may switch it off with a written
reason. Whether the notice satisfies a court is not known here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from infra.language import localized
from infra.platforms.files import json_of, text_of
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

LINK = "https://www.law.go.kr/법령/인공지능발전과신뢰기반조성등에관한기본법"
PAGE_KEY = "ai_made"


@dataclass(frozen=True, slots=True)
class Label:
    """Where the notice was found. `page` maps a language to its text; `used` says whether the page shows it."""

    off_because: str
    page: dict[str, str]
    used: bool
    in_file: bool


def probe(ground: Ground) -> Label:
    root = ground.root
    words: Any = json_of(root, "frontend/messages.json").get(PAGE_KEY, {})
    sources = [text_of(root, path.relative_to(root).as_posix()) for path in (root / "frontend" / "src").rglob("*.ts")]
    encoder = text_of(root, "gpu/media/encode.py")
    return Label(
        off_because=ground.target.ai_label_off_because,
        page=cast("dict[str, str]", words) if isinstance(words, dict) else {},
        used=any(f't("{PAGE_KEY}")' in source for source in sources),
        in_file=bool(re.search(r'^AI_NOTICE = "[^"]', encoder, re.MULTILINE)) and encoder.count("AI_NOTICE") > 1,
    )


def evaluate(label: Label) -> list[Finding]:
    if label.off_because:
        return [
            Finding(
                "warning",
                localized(
                    ko=f"AI 표시가 꺼져 있어요: {label.off_because}",
                    en=f"the AI notice is switched off: {label.off_because}",
                ),
                localized(
                    ko="다시 보이게 하려면 ai_label_off_because를 비워 주세요",
                    en="empty ai_label_off_because to show it again",
                ),
                where="infra/targets.toml",
                link=LINK,
            )
        ]
    findings: list[Finding] = []
    for language in ("ko", "en"):
        if not label.page.get(language, "").strip() or not label.used:
            findings.append(
                missing(
                    localized(
                        ko=f"화면({language})에 AI가 만든 영상이라는 말이 없어요",
                        en=f"the page ({language}) does not say that an AI makes the clips",
                    ),
                    "frontend/",
                )
            )
    if not label.in_file:
        findings.append(
            missing(
                localized(
                    ko="MP4 정보에 AI가 만들었다는 말이 없어요", en="the MP4's metadata does not say that an AI made it"
                ),
                "gpu/media/encode.py",
            )
        )
    return findings


def missing(message: str, where: str) -> Finding:
    return Finding(
        "error",
        message,
        localized(
            ko=f"화면에 {PAGE_KEY} 문구를 보여 주고, 파일에는 AI_NOTICE를 써 주세요",
            en=f"show the message {PAGE_KEY} on the page and write AI_NOTICE into the file",
        ),
        where=where,
        link=LINK,
    )


CHECKS: Sequence[Check[Label]] = (
    Check(
        "ai-label",
        "Legal",
        "clips say that an AI made them",
        "영상에 AI가 만들었다는 표시가 있는지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
