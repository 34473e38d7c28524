"""Every verb in both languages: its help, its refusals, and what it prints where it only reads.

A Korean line must be Korean but for commands, paths, names and numbers. An English one holds no Hangul. `modal` and
`wrangler` are other companies' programs, and speak as they do.
"""

import argparse
import ast
import os
import re
import shlex
from pathlib import Path

import pytest

from gpu.core.geometry import TIERS
from gpu.core.hardware import GPUS
from gpu.core.measurements import NOT_MEASURED
from gpu.core.placement import PLANS
from gpu.core.price_list import PRICE_LIST
from infra import console
from infra.build import facts
from infra.cli.main import commands, unexpected
from infra.cli.parser import FOR_PROGRAMMERS, KOREAN
from infra.process.known_answers import explained
from infra.process.shell import InfraError

HANGUL = re.compile("[가-힣]")
OTHER_COMPANIES = ("modal", "wrangler")
VERBS = [name for name in commands()[1].choices if name not in OTHER_COMPANIES]
NO_WORDS = re.compile(
    r"https?://\S+"  # addresses
    r"|(?:python run\.py|git|GET|POST) .*"  # commands, to the end of the line
    r"|`[^`]*`"  # what is quoted
    r"|<[^>]*>|\{[^}]*\}|\[[^\]]*\]"  # places to fill in, choices, options of a usage
    r"|--?[a-z][\w-]*(?: [A-Z]+)?"  # options and the names of their values
    r"|\b[a-z][a-z0-9]*(?:-[a-z0-9]+)+"  # names with a hyphen: checks, verbs
    r"|\b\w*[\d_]\w*"  # names and units with a number or an underscore
    r"|\b[\w.-]*[./:][\w./:-]*"  # paths, names with a dot, `Pages: Edit`
    r"|\b[A-Z][\w-]*"  # names of products and rights
)
NAMES = {"pin", "fetch", "verify", "where", "cookie", "event", "gpu", "streamed", "git", "demo", "file"}
"""Values of arguments, a plan and programs: words of a Korean line that are typed as they are."""
ENGLISH_WORD = re.compile(r"\b[a-z]{2,}\b")
SENTENCE = re.compile(r"(?:\b[a-z]+\b +){3,}")
QUOTED = re.compile(r"(프로그램이 종료 코드 \d+로 끝났어요\n)(?:    .*\n)+")
"""The lines of another program below its error."""
READ_ONLY = (
    "vram --gpu H200",
    "vram --gpu A10G",
    "quote --seconds 8",
    "quote --all",
    "quote --day --clips 12 --presses 3 --over 1h --deadline 5m",
    "setup-account --plan",
    "deploy --dry-run",
    "rollback --dry-run",
    "weights where",
    "preflight --offline --only cost-cap --only vram --only addresses",
    "reflect gone --learned x",
    "render --check",
)
WITHOUT_ACCOUNTS = ("caps", "bill", "prices", "export folder", "remove --check", "rotate event", "weights verify")
WRONG = (
    "frobnicate",
    "vram",
    "vram --gpu T4",
    "quote --seconds",
    "quote --seconds eight",
    "quote --day --clips 2000",
    "quote --day --presses 3 --clips 2",
    "quote --clips 2",
    "quote --day --gpu A10G",
    "quote --day --over 6",
    "quote --preset draft --tier 1088p",
    "caps --stop --go",
    "caps --set owner_day",
    "caps --set nothing=1",
    "prices --set H100=3.95",
    "prices --set X=1 --source x --date 2026-11-26",
    "prices --date yesterday",
    "preflight extra",
    "preflight --only nothing",
    "setup-account --plan --check",
    "remove --name",
    "scenes no-such-file.csv --out out",
    "render --check=1",
    "--lang fr preflight",
)


def said(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the verb prints, refusals included."""
    capsys.readouterr()
    try:
        options = commands()[0].parse_args(shlex.split(line))
        options.run(options)
    except InfraError as error:
        console.error(str(error), error.fix)
    except SystemExit:
        pass  # argparse has printed why
    printed = capsys.readouterr()
    return printed.out + printed.err


def foreign(text: str) -> list[str]:
    """Lines that are no Korean: without Hangul and with a word, or with an English sentence."""
    return [line for line in QUOTED.sub(r"\1", text).splitlines() if is_foreign(line)]


def is_foreign(line: str) -> bool:
    rest = NO_WORDS.sub(" ", line)
    names = {*NAMES, *GPUS, *PLANS, *TIERS}
    words = [word for word in ENGLISH_WORD.findall(rest) if word not in names]
    return bool(words and not HANGUL.search(line)) or bool(SENTENCE.search(rest))


@pytest.fixture(autouse=True)
def no_accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [each for each in os.environ if each.startswith(("CLOUDFLARE_", "MODAL_", "CLIPWRIGHT_", "HF_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MODAL_CONFIG_PATH", str(tmp_path / "modal.toml"))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_LANG", "ko")


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPWRIGHT_LANG", "en")


def help_of(verb: str) -> str:
    return commands()[1].choices[verb].format_help() if verb else commands()[0].format_help()


@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_is_korean(verb: str) -> None:
    assert foreign(help_of(verb)) == []


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_is_english(verb: str) -> None:
    assert not HANGUL.search(help_of(verb))


@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize("line", [*READ_ONLY, *WITHOUT_ACCOUNTS, *WRONG])
def test_what_a_verb_prints_is_korean(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(line, capsys)
    assert HANGUL.search(text) or not text.strip()
    assert foreign(text) == []


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("line", [*READ_ONLY, *WRONG])
def test_what_a_verb_prints_is_english(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not HANGUL.search(said(line, capsys))


def test_a_line_is_judged_by_its_words() -> None:
    wrong = ["usage: something is wrong", "배치  won a clip and more", "  none  58.1"]
    right = ["오류: python run.py wrangler d1 list of all", "H100  20.7  97.5", "  resident_twice  들어감"]
    assert foreign("\n".join(wrong + right)) == wrong


def test_each_sentence_of_argparse_that_a_user_sees_has_its_korean() -> None:
    tree = ast.parse(Path(argparse.__file__).read_text(encoding="utf-8"))
    asked = [
        argument.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "ngettext")
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    assert len(asked) > 20
    assert [sentence for sentence in asked if sentence not in KOREAN and sentence not in FOR_PROGRAMMERS] == []
    assert [sentence for sentence in KOREAN if re.findall(r"%\(?\w*\)?[sr]", sentence) != values_of(sentence)] == []


def values_of(sentence: str) -> list[str]:
    """The places of the Korean sentence, in the order of the English one where they are named."""
    found = re.findall(r"%\(?\w*\)?[sr]", KOREAN[sentence])
    named = re.findall(r"%\(?\w*\)?[sr]", sentence)
    return named if sorted(found) == sorted(named) and (found == named or "(" in sentence) else found


@pytest.mark.usefixtures("korean")
def test_each_fact_of_the_core_that_is_shown_has_its_korean() -> None:
    words = [*NOT_MEASURED, *(row.source for row in PRICE_LIST.values()), *(row.basis for row in PRICE_LIST.values())]
    assert [each for each in words if not HANGUL.search(facts.shown(each))] == []


@pytest.mark.usefixtures("korean")
def test_complaints_of_other_programs_and_errors_that_nobody_expects_are_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "setup-account" in explained("it's necessary to set a CLOUDFLARE_API_TOKEN environment variable")
    assert "modal token new" in explained("Token missing. Could not authenticate client.")
    assert explained("something else") == ""
    unexpected(OSError("[Errno 28] No space left on device"))
    unexpected(KeyError("x"))
    first, second = capsys.readouterr().err.split("오류: ")[1:]
    assert "디스크가 가득 찼어요" in first and "다시 돌려" in second
    assert foreign(first + second) == []
