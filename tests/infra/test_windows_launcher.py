"""The PowerShell launcher: that Windows PowerShell 5.1 can parse it, and which Python it picks. CI runs it."""

import re

import pytest

from infra.settings import ROOT
from tests.infra.test_run import load

LAUNCHER = (ROOT / "infra" / "windows" / "clipwright.ps1").read_bytes()
NEWER_ONLY = re.compile(r"&&|\|\||\?\?|\?\.|\?\[|\s\?\s|-Parallel\b|\bclean\s*\{")
"""Syntax of PowerShell 7. Windows PowerShell 5.1, which every Windows has, stops at the first of them."""
TOKEN = re.compile(r"""(?P<quoted>'[^'\n]*'|"(?:[^"`\n]|`.)*")|(?P<comment>#[^\n]*)|(?P<bracket>[][(){}])|['"]""")
PAIRS = {")": "(", "}": "{", "]": "["}


def faults(script: str) -> list[str]:
    """What 5.1 cannot parse, as far as quotes, brackets and operators tell."""
    found: list[str] = []
    open_brackets: list[str] = []
    for token in TOKEN.finditer(script):
        if bracket := token["bracket"]:
            if bracket not in PAIRS:
                open_brackets.append(bracket)
            elif not open_brackets or open_brackets.pop() != PAIRS[bracket]:
                found.append(f"{bracket} closes nothing")
        elif not token["quoted"] and not token["comment"]:
            found.append("a quote without an end")
    code = TOKEN.sub(lambda token: token["bracket"] or "", script)
    return found + [f"{bracket} without an end" for bracket in open_brackets] + NEWER_ONLY.findall(code)


def quoted_after(name: str) -> list[str]:
    """The quoted words that the launcher assigns to a variable."""
    assigned = re.search(rf"^\${name} = (.*)$", LAUNCHER.decode("ascii"), re.MULTILINE)
    assert assigned
    return re.findall(r"'([^']*)'", assigned[1])


def test_it_is_plain_ascii_that_powershell_5_1_parses() -> None:
    assert LAUNCHER.isascii()
    assert b"\r" not in LAUNCHER
    assert faults(LAUNCHER.decode("ascii")) == []


@pytest.mark.parametrize(
    "broken",
    [
        "if ($x) { Write-Host 'a'", "Write-Host 'a", "Get-Item (Join-Path $a $b", "$x = @(1))", 'Write-Host "a',
        "git pull && git push", "Test-Path x || exit 1", "$a = $b ?? 'c'", "$a?.Length", "$a ? 1 : 2",
        "1..3 | ForEach-Object -Parallel { $_ }",
    ],
)  # fmt: skip
def test_what_5_1_cannot_parse_is_noticed(broken: str) -> None:
    assert faults(broken) != []


def test_it_passes_every_argument_and_the_exit_code_on() -> None:
    text = LAUNCHER.decode("ascii")
    assert re.findall(r"^ *& \$command (.*)$", text, re.MULTILINE) == ["@options (Join-Path $root 'run.py') @words"]
    assert "$words = @($args)\n" in text
    assert "$code = $LASTEXITCODE\n" in text
    assert text.endswith("\nexit $code\n")


def test_what_a_program_writes_to_stderr_does_not_end_it() -> None:
    """With "Stop", 5.1 ends a script at the first such line where the caller redirects stderr."""
    found = re.findall(r"ErrorActionPreference = (.*)$", LAUNCHER.decode("ascii"), re.MULTILINE)
    assert found == ["'Continue'", "$false"]


def test_it_sets_utf_8_for_the_console_python_and_git() -> None:
    text = LAUNCHER.decode("ascii")
    assert "$utf8 = New-Object System.Text.UTF8Encoding $false\n" in text
    for name in ("[Console]::InputEncoding", "[Console]::OutputEncoding", "$OutputEncoding"):
        assert re.search(rf"^ *{re.escape(name)} = \$utf8$", text, re.MULTILINE)
    settings = dict(re.findall(r"^\$env:(\w+) = '([^']*)'$", text, re.MULTILINE))
    assert settings["PYTHONUTF8"] == "1"
    assert settings["PYTHONIOENCODING"] == "utf-8"
    count = int(settings["GIT_CONFIG_COUNT"])
    git = {settings[f"GIT_CONFIG_KEY_{n}"]: settings[f"GIT_CONFIG_VALUE_{n}"] for n in range(count)}
    assert git == {"core.quotepath": "false", "i18n.commitEncoding": "utf-8", "i18n.logOutputEncoding": "utf-8"}


def test_it_takes_the_pythons_that_run_py_takes_and_prefers_3_12() -> None:
    run = load(ROOT / "run.py")
    (major, oldest), (_, newest) = run.OLDEST_PYTHON, run.NEWEST_PYTHON
    supported = quoted_after("supported")
    assert supported[0] == "3.12"
    assert sorted(supported) == [f"{major}.{minor}" for minor in range(oldest, newest + 1)]
    assert f"needs Python {major}.{oldest} to {major}.{newest}; " in LAUNCHER.decode("ascii")


@pytest.mark.parametrize(
    ("line", "version"),
    [
        (" -V:3.15 *        C:\\Python315\\python.exe", "3.15"),
        (" -V:3.12          C:\\도구 모음\\Python312\\python.exe", "3.12"),
        (" -V:3.12-64       C:\\Python312\\python.exe", "3.12"),
        (" -3.11-64 *       C:\\Python311\\python.exe", "3.11"),
        (" -3.13", "3.13"),
        (" -V:3.12-32       C:\\Python312-32\\python.exe", None),
        (" -V:3.13t         C:\\Python313\\python3.13t.exe", None),
        (" -V:ContinuumAnalytics/py312-64  C:\\conda\\python.exe", None),
        ("Installed Pythons found by C:\\Windows\\py.exe Launcher for Windows", None),
    ],
)
def test_it_reads_what_the_launcher_of_python_lists(line: str, version: str | None) -> None:
    (pattern,) = quoted_after("installed")
    found = re.search(pattern, line)
    assert (found[1] if found else None) == version
