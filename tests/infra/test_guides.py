"""The operator's guides: each command is one of run.py's, each quoted error is one that the terminal can show, and both
languages say the same."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from gpu.core.problems import PROBLEMS
from gpu.core.weight_sources import LICENCE_TEXTS
from infra.bootstrap.first_day import COMMANDS, first_day, waits
from infra.build.configuration import MACHINE
from infra.cli.main import commands
from infra.dev.screenshot import FIRST_CLIP, PICTURE
from infra.dev.terminal_picture import PICTURES as TERMINAL_PICTURES
from infra.language import speaking
from infra.platforms.cloudflare_account import RELEASE_RIGHTS, RIGHTS
from infra.preflight.runner import ground_of
from infra.settings import ROOT
from tests.infra.test_language import all_pairs
from tests.programs import run_to_end

DOCS = ROOT / "docs"
GUIDES = tuple(DOCS / name for name in ("deploy.ko.md", "deploy.md", "operate.ko.md", "operate.md"))
COMMAND = re.compile(r"python run\.py ([^`\n]+)")
TOKEN_SECTIONS = {"deploy.ko.md": "## 토큰과 권한", "deploy.md": "## Tokens and their rights"}
TROUBLE_SECTIONS = {"deploy.ko.md": "## 막혔을 때", "deploy.md": "## When it stops"}
DASHBOARD_SECTIONS = {"deploy.ko.md": "## 대시보드에서 하는 일", "deploy.md": "## In dashboards"}
MOST_PICTURE_BYTES = 500_000
DEPLOY_GUIDES = tuple(TROUBLE_SECTIONS)
WITHOUT_ACCOUNTS = (
    "setup-account --plan",
    "deploy --dry-run",
    "vram --gpu H200",
    "quote --seconds 8 --tier 704p",
    "quote --day",
)
"""Commands of the guides that read alone. CI runs them on Windows, too."""


def commands_of(path: Path) -> list[list[str]]:
    return [shlex.split(found) for found in COMMAND.findall(path.read_text(encoding="utf-8"))]


def section(name: str, heading: str) -> str:
    text = (DOCS / name).read_text(encoding="utf-8")
    return text[text.index(heading) :].split("\n## ", 1)[0]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_each_command_is_one_that_the_parser_takes(path: Path) -> None:
    found = commands_of(path)
    assert found
    for words in found:
        commands()[0].parse_args(words)  # ends the test with a usage message otherwise


@pytest.mark.parametrize("name", ["deploy", "operate"])
def test_both_languages_name_the_same_commands(name: str) -> None:
    korean, english = ([words[0] for words in commands_of(DOCS / f"{name}{end}")] for end in (".ko.md", ".md"))
    assert korean == english


@pytest.mark.parametrize("name", DEPLOY_GUIDES)
def test_each_quoted_error_is_one_that_the_terminal_shows(name: str) -> None:
    quoted = re.findall(r"^\| `([^`]+)` \|", section(name, TROUBLE_SECTIONS[name]), re.MULTILINE)
    assert len(quoted) > 10
    known = [pair.korean if ".ko" in name else pair.english for pair in all_pairs()]
    assert [text for text in quoted if not any(is_shown(text, each) for each in known)] == []


def is_shown(quoted: str, wording: str) -> bool:
    """Whether a wording begins with what a guide quotes: there the values are dots."""
    return re.sub(r"\{\}(/\{\})*", "…", wording).startswith(quoted)


@pytest.mark.parametrize(("name", "heading"), [("operate.ko.md", "## GPU가"), ("operate.md", "## A card")])
def test_what_a_failed_job_says_is_quoted_as_the_page_says_it(name: str, heading: str) -> None:
    rows = re.findall(r"^\| ([^|]+) \|", section(name, heading), re.MULTILINE)
    titles = {problem.title_ko if ".ko" in name else problem.title_en for problem in PROBLEMS}
    assert len(rows) > 3 and [row for row in rows[1:] if row not in titles and set(row) != {"-"}] == []


@pytest.mark.parametrize("name", DEPLOY_GUIDES)
def test_each_right_of_a_token_is_in_the_table(name: str) -> None:
    table = section(name, TOKEN_SECTIONS[name])
    assert [right for right in (*RIGHTS.values(), *RELEASE_RIGHTS) if f"`{right}`" not in table] == []


@pytest.mark.parametrize("name", DEPLOY_GUIDES)
def test_each_variable_is_explained_in_the_configuration(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:CLIPWRIGHT|CLOUDFLARE|HF)_[A-Z_]+)`", text))
    assert named and named - {variable for variable, _, _ in MACHINE} == set()


@pytest.mark.parametrize(
    ("name", "heading"), [("deploy.ko.md", "## GitHub에서 배포하기"), ("deploy.md", "## Releases from GitHub")]
)
def test_each_name_that_the_workflow_reads_is_in_the_table(name: str, heading: str) -> None:
    workflow = (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    told = section(name, heading)
    for kind, names in re.findall(r"\b(secrets|vars)\.([A-Z_]+)", workflow):
        assert f"`{names}`" in told, kind


@pytest.mark.parametrize("name", DEPLOY_GUIDES)
def test_each_licence_and_each_dashboard_is_named_with_its_source(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert all(f"`{licence}`" in text and address in text for licence, address in LICENCE_TEXTS.items())
    table = section(name, DASHBOARD_SECTIONS[name])
    rows = [row for row in table.splitlines() if row.startswith("|")][2:]
    assert len(rows) > 7 and "2026-" in table
    assert [row for row in rows if "**" not in row or not re.search(r"\]\(https://[^)]+\) \|$", row)] == [
        row for row in rows if "huggingface.co/google" in row
    ]


@pytest.mark.parametrize(("name", "language"), [("operate.ko.md", "ko"), ("operate.md", "en")])
def test_each_bold_word_is_one_of_the_page(name: str, language: str) -> None:
    sources = [ROOT / "frontend" / "messages.json", *(ROOT / "frontend" / "words").glob("*.json")]
    words = [each for path in sources for each in json.loads(path.read_text(encoding="utf-8")).values()]
    _, _, text = (DOCS / name).read_text(encoding="utf-8").partition("\n")  # the first line chooses the language
    bold = re.findall(r"\*\*([^*]+)\*\*", text)
    assert bold and set(bold) - {each[language] for each in words} == set()


@pytest.mark.parametrize(
    ("name", "heading"), [("deploy.ko.md", "## 첫날에 걸리는 시간"), ("deploy.md", "## How long the first day takes")]
)
def test_the_first_day_s_table_is_the_list_that_the_verb_prints(name: str, heading: str) -> None:
    told = section(name, heading)
    with speaking("ko" if ".ko" in name else "en"):
        found = waits(ground_of(ROOT, "production"))
        expected = [(wait.what, wait.long) for wait in found]
    assert [
        wait for wait in found if wait.source not in told or (wait.basis == "documented") != bool(wait.source)
    ] == []
    assert re.findall(r"^\| ([^|`]+) \| ([^|]+\)) \|", told, re.MULTILINE) == expected
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", told, re.MULTILINE)
    assert [command for command, _ in rows] == [command for command, _ in COMMANDS]
    for (_, time), (_, seconds) in zip(rows, COMMANDS, strict=True):
        assert re.findall(r"\d+", time)[:1] == ([] if seconds is None else [f"{seconds:.0f}"])
    day = first_day(ground_of(ROOT, "production"))
    counts = [len(day.commands), len(day.dashboards), len(day.typed)]
    assert [int(number) for number in re.findall(r"\d+", told.partition("|")[0])] == counts


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_each_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_each_picture_is_one_that_shots_takes_and_is_small() -> None:
    readmes = (ROOT / "README.md", ROOT / "README.ko.md")
    shown = {
        (path.parent / link).resolve()
        for path in (*GUIDES, *readmes)
        for link in re.findall(r"!\[[^\]]+\]\((?!https?:)([^)]+)\)", path.read_text(encoding="utf-8"))
    }
    assert shown == {PICTURE, FIRST_CLIP, *(DOCS / name for name in TERMINAL_PICTURES)} == set(DOCS.glob("*.png"))
    assert [path.name for path in shown if path.stat().st_size > MOST_PICTURE_BYTES] == []


@pytest.mark.parametrize("command", WITHOUT_ACCOUNTS)
def test_what_the_guides_ask_for_before_anything_is_made_runs_without_accounts(command: str) -> None:
    """As a Korean operator's pipe receives it. Each of these reads, and changes nothing."""
    assert command.split() in commands_of(DOCS / "deploy.ko.md") + commands_of(DOCS / "operate.ko.md")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "MODAL_"))}
    environment = {**bare, "CLIPWRIGHT_LANG": "ko", "PYTHONIOENCODING": "cp949", "NO_COLOR": "1"}
    ran = run_to_end([sys.executable, "-X", "utf8", "-m", "infra", *command.split()], cwd=ROOT, env=environment)
    said = ran.stdout.decode("cp949")
    assert ran.returncode == 0, said
    assert re.search("[가-힣]", said)
