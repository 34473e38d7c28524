"""The language of the terminal: how it is chosen, and that each sentence of infra stands in both languages.

The second half reads the source of infra and tools: what `localized` is given there is the catalogue.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from infra.language import (
    Language,
    choose_language,
    language_of,
    language_of_locale,
    language_of_windows,
    localized,
)
from infra.preflight.checks.registry import CHECKS
from infra.preflight.findings import CheckResult, Report
from infra.preflight.runner import lines_of
from infra.settings import ROOT

HANGUL = re.compile("[가-힣]")
VERBS = "accepts as belongs costs does goes has holds is lacks names needs reports this uses was writes"
PLURAL_AFTER_VALUE = re.compile(rf"\{{\}} (?!(?:{'|'.join(VERBS.split())})\b)[a-z]+s\b(?!:)")
"""A word that ends in s behind a value and is no verb: wrong where the value is one."""
OTHER_WORDS = {
    "그림": "이미지",
    "프롬프트": "장면 설명",
    "해상도": "화질",
    "견적": "예상 금액",
    "예약금": "준비 금액",
    "당신": "(nothing: the reader is not named)",
    "되어진": "된",
    "에 의해": "(the active voice)",
    "하십시오": "해 주세요",
    "합니다": "해요",
    "습니다": "어요",
}
"""Words that the page does not use, and what it says instead."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One call of `localized`: the wordings with `{}` for their values, and the values as they are written."""

    where: str
    korean: str
    english: str
    korean_values: tuple[str, ...]
    english_values: tuple[str, ...]


def text_and_values(wording: ast.expr) -> tuple[str, tuple[str, ...]]:
    """Raises ValueError for a wording that is no literal and no f-string."""
    if isinstance(wording, ast.Constant) and isinstance(wording.value, str):
        return wording.value, ()
    if not isinstance(wording, ast.JoinedStr):
        raise ValueError(f"{ast.unparse(wording)} is neither a text nor an f-string")
    texts = [part.value if isinstance(part, ast.Constant) else "{}" for part in wording.values]
    values = [ast.unparse(ast.JoinedStr([part])) for part in wording.values if isinstance(part, ast.FormattedValue)]
    return "".join(map(str, texts)), tuple(values)


def calls(node: ast.AST, *, inside: bool = False) -> Iterator[tuple[ast.Call, bool]]:
    """Each call of `localized` below `node`, and whether it stands inside a function."""
    for child in ast.iter_child_nodes(node):
        function = isinstance(child, ast.FunctionDef | ast.Lambda)
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id == localized.__name__:
            yield child, inside
        yield from calls(child, inside=inside or function)


def pairs_of(path: Path) -> Iterator[Pair]:
    for call, inside in calls(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.relative_to(ROOT).as_posix()}:{call.lineno}"
        assert inside, f"{where}: called at import, when no language is chosen yet"
        wordings = {keyword.arg: keyword.value for keyword in call.keywords}
        korean, korean_values = text_and_values(wordings["ko"])
        english, english_values = text_and_values(wordings["en"])
        yield Pair(where, korean, english, korean_values, english_values)


SOURCES = [path for folder in ("infra", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def all_pairs() -> tuple[Pair, ...]:
    return tuple(pair for path in SOURCES for pair in pairs_of(path))


def test_both_wordings_show_the_same_values() -> None:
    apart = [pair for pair in all_pairs() if sorted(pair.korean_values) != sorted(pair.english_values)]
    assert not apart


def test_korean_is_korean_and_uses_the_words_of_the_page() -> None:
    assert [pair.where for pair in all_pairs() if not HANGUL.search(pair.korean) or HANGUL.search(pair.english)] == []
    wrong = [
        (pair.where, word, right) for pair in all_pairs() for word, right in OTHER_WORDS.items() if word in pair.korean
    ]
    assert wrong == []


def test_each_sign_exists_in_code_page_949() -> None:
    for pair in all_pairs():
        for text in (pair.korean, pair.english):
            assert text.encode("cp949", errors="replace").decode("cp949") == text, pair.where


def test_no_english_plural_stands_behind_a_value() -> None:
    assert [pair for pair in all_pairs() if PLURAL_AFTER_VALUE.search(pair.english)] == []


@pytest.mark.parametrize(
    ("arguments", "environment", "system", "chosen"),
    [
        (["preflight", "--lang", "ko"], {"CLIPWRIGHT_LANG": "en"}, "en", "ko"),
        (["--lang=en", "preflight"], {"CLIPWRIGHT_LANG": "ko"}, "ko", "en"),
        (["preflight"], {"CLIPWRIGHT_LANG": " KO "}, "en", "ko"),
        (["preflight"], {"CLIPWRIGHT_LANG": "fr"}, "ko", "ko"),
        (["preflight", "--lang"], {}, "en", "en"),
    ],
)
def test_the_nearest_choice_decides(
    arguments: list[str], environment: dict[str, str], system: Language, chosen: Language
) -> None:
    assert language_of(arguments, environment, system) == chosen


@pytest.mark.parametrize(
    ("environment", "system"),
    [
        ({"LC_ALL": "ko_KR.CP949", "LANG": "en_US.UTF-8"}, "ko"),
        ({"LC_ALL": "", "LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ko_KR.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_a_locale_names_the_system_s_language(environment: dict[str, str], system: Language) -> None:
    assert language_of_locale(environment) == system


def test_windows_names_its_language_by_number() -> None:
    assert [language_of_windows(number) for number in (0x0412, 0x0409, 0x0411)] == ["ko", "en", "en"]


def test_a_choice_holds_for_this_process_and_those_that_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_LANG", "en")
    assert localized(ko="네", en="yes") == "yes"
    choose_language(["deploy", "--lang", "ko"])
    code = "from infra.language import localized; print(ascii(localized(ko='네', en='yes')))"
    heard = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert (localized(ko="네", en="yes"), heard.stdout.strip()) == ("네", ascii("네"))


def test_each_check_has_a_korean_title_and_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_LANG", "ko")
    lines = lines_of(Report(tuple(CheckResult(check) for check in CHECKS)))
    assert [
        line for line in lines[:-1] if line and not HANGUL.search(line) and line not in ("Cloudflare", "Modal", "Git")
    ] == []
    assert lines[-1] == "오류 0개, 주의 0개, 건너뜀 0개.  배포할 수 있어요."
    assert "\n".join(lines).encode("cp949")


def test_a_part_of_the_checks_does_not_promise_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_LANG", "en")
    offline = tuple(CheckResult(check, skipped="--offline" if check.needs == "network" else None) for check in CHECKS)
    for results in (offline, offline[:1]):
        assert "A release is possible." not in lines_of(Report(results))[-1]
        assert "What ran has passed" in lines_of(Report(results))[-1]
