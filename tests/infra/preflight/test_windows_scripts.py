"""The PowerShell launchers under a real grammar, and what of Windows PowerShell 5.1 the grammar does not know."""

from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from infra.preflight.checks import windows
from infra.preflight.checks.windows import LAUNCHERS, Script, rendered
from infra.settings import ROOT

SCRIPTS = sorted((ROOT / "infra" / "windows").glob("*.ps1"))


def faults(source: bytes) -> list[str]:
    """Places that the grammar cannot read or had to make up."""
    tree = Parser(Language(tree_sitter_powershell.language())).parse(source)
    found: list[str] = []

    def visit(node: Node) -> None:
        if node.is_error or node.is_missing:
            found.append(f"line {node.start_point.row + 1}: {node.type}")
        for child in node.children:
            visit(child)

    visit(tree.root_node)
    return found


def test_there_is_a_launcher_for_every_operators_verb() -> None:
    assert [script.stem for script in SCRIPTS] == sorted(LAUNCHERS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_launcher_parses_and_is_plain_ascii(script: Path) -> None:
    content = script.read_bytes()
    assert content.isascii()
    assert b"\r" not in content
    assert faults(content) == []
    text = content.decode("ascii")
    assert "$LASTEXITCODE" in text
    assert "UTF8Encoding $false" in text
    assert f"'{script.stem}' @args" in text


@pytest.mark.parametrize(
    "broken",
    [
        "if ($x) { Write-Host 'a'",
        "Write-Host 'a",
        "Get-Item (Join-Path $a $b",
        "$x = @'\nno end\n",
    ],
)
def test_the_grammar_notices_what_is_not_powershell(broken: str) -> None:
    assert faults(broken.encode("ascii")) != []


@pytest.mark.parametrize("line", ["git pull && git push", "Test-Path x || exit 1", "$a = $b ?? 'c'", "$a?.Length"])
def test_what_only_powershell_7_reads_is_found(line: str) -> None:
    script = Script("deploy.ps1", "", f"{line}\n".encode("ascii"))
    assert "cannot parse" in windows.evaluate([script])[0].message


def test_hangul_in_a_launcher_is_found() -> None:
    script = Script("deploy.ps1", "", "Write-Host '배포'\n".encode("cp949"))
    assert "not ASCII" in windows.evaluate([script])[0].message


def test_a_launcher_with_windows_line_ends_is_the_same_launcher() -> None:
    name, text = next(iter(rendered().items()))
    assert windows.evaluate([Script(name, text, text.replace("\n", "\r\n").encode("ascii"))]) == []


def test_a_missing_and_an_unknown_launcher_are_found() -> None:
    findings = windows.evaluate([Script("deploy.ps1", "x", None), Script("other.ps1", None, b"exit 0\n")])
    assert [finding.mendable for finding in findings] == [True, False]
