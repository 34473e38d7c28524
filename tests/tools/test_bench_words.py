"""What `bench` and `check` print is in the terminal's language: no English words stand beside `localized`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.dev.checks import all_steps
from infra.language import speaking
from infra.settings import ROOT
from tools.bench.figures import Figure

SHOWN = {"print", "show", "Figure", "Asked", "measure", "press", "timed"}
"""Functions and classes whose texts are printed."""
ENGLISH = re.compile(r"[A-Za-z]{3,}")
KEYS = ("End", "Escape")
"""Of the keyboard."""
FILES = sorted((ROOT / "tools" / "bench").glob("*.py"))


def english(source: str) -> list[str]:
    """Texts with an English word that a call of `SHOWN` receives as they are."""
    found: list[str] = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and name_of(call.func) in SHOWN:
            found += [text for argument in call.args for text in texts(argument) if ENGLISH.search(text)]
    return found


def texts(node: ast.expr) -> Iterator[str]:
    """A string, and the parts of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant):
                yield str(part.value)


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_benchmark_prints_no_english_of_its_own(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert [text for text in english(source) if text not in ("ZIP", *KEYS)] == []


def test_an_english_text_that_is_printed_as_it_is_would_be_found() -> None:
    assert english('show([Figure(f"requests a minute, {n} jobs", 1, 2, "번")])') == ["requests a minute, ", " jobs"]
    assert english('felt.press("end of search", search)') == ["end of search"]
    assert english('print(localized(ko="하나", en="one"))') == []


def test_a_figure_and_the_steps_of_check_speak_the_terminal_s_language() -> None:
    missed = Figure("1분 동안의 요청", 21, 20, "번", "15개 끝남")
    with speaking("ko"):
        assert re.split(r" {2,}", missed.line()) == ["1분 동안의 요청", "21 번", "최대", "20", "못 미침", "15개 끝남"]
        korean = [step.name for step in all_steps()]
    with speaking("en"):
        assert re.split(r" {2,}", Figure("requests a minute", 20, 20, "requests").line())[-1] == "reached"
        spoken = [step.name for step in all_steps()]
    assert [name for name in korean if not re.search("[가-힣]", name)] == []
    assert [name for name in spoken if re.search("[가-힣]", name)] == []
