"""The words of the setup: causes read from what pip and npm print, word by word as they print it, and the lines on a
terminal and in a log."""

import io

import pytest

from infra.settings import DEPENDENCY_GROUPS
from infra.setup import costs, refusals
from infra.setup.progress import Progress
from infra.setup.refusals import SetupError
from tests.hand_clock import HandClock

# ------------------------------------------------------------ what pip and npm print

RETRIED = (
    "WARNING: Retrying (Retry(total={left}, connect=None, read=None, redirect=None, status=None)) after connection "
    "broken by 'NewConnectionError(...: Failed to establish a new connection: [Errno 111] Connection refused')': /a/\n"
)
NOT_FOUND = (
    "ERROR: Could not find a version that satisfies the requirement tiny==1 (from versions: none)\n"
    "ERROR: No matching distribution found for tiny==1\n"
)
NOT_INSTALLED = "ERROR: Could not install packages due to an OSError: "
UNTRUSTED = (
    "HTTPSConnectionPool(host='a', port=443): Max retries exceeded with url: /x.whl (Caused by SSLError("
    "SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')))\n"
)
OUT_OF_STEP = (
    "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and "
    "package-lock.json or npm-shrinkwrap.json are in sync.\n"
)


@pytest.mark.parametrize(
    ("who", "output", "sentence"),
    [
        ("pip", RETRIED.format(left=1) + RETRIED.format(left=0) + NOT_FOUND, "pip cannot reach its package index"),
        (
            "pip",
            RETRIED.format(left=1) + NOT_FOUND,
            "pip reached its package index, but the index lacks a package of base",
        ),
        ("pip", f"{NOT_INSTALLED}{UNTRUSTED}", "pip does not trust the certificate"),
        ("pip", f"{NOT_INSTALLED}[Errno 28] No space left on device\n", "the disk became full while pip was"),
        ("pip", f"{NOT_INSTALLED}[WinError 112] 디스크 공간이 부족합니다\n", "the disk became full while pip was"),
        (
            "pip",
            f"{NOT_INSTALLED}[Errno 13] Permission denied: '/srv/a.py'\nCheck",
            "pip has no permission to write while it installs base: /srv/a.py",
        ),
        (
            "pip",
            f"{NOT_INSTALLED}[WinError 5] 액세스가 거부되었습니다: 'C:\\a b'\n",
            "pip has no permission to write while it installs base: C:\\a b",
        ),
        (
            "pip",
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n",
            "pip downloaded files for base whose hashes differ from the lock",
        ),
        (
            "npm",
            "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND\n",
            "npm cannot reach its package index",
        ),
        ("npm", "npm error   code: 'ECONNREFUSED',\n", "npm cannot reach its package index"),
        (
            "npm",
            "npm error code E404\nnpm error 404 File not found\n",
            "npm reached its package index, but the index lacks a package of base",
        ),
        ("npm", "npm error code ENOSPC\nnpm error syscall write\n", "the disk became full while npm was installing"),
        (
            "npm",
            "npm error code EACCES\nnpm error syscall mkdir\n",
            "npm has no permission to write while it installs base: -",
        ),
        ("npm", OUT_OF_STEP, "package.json and package-lock.json do not agree."),
        ("pip", "first\nlast\n", "pip could not install base:\n    first\n    last"),
    ],
)
def test_the_cause_is_read_from_the_output(who: str, output: str, sentence: str) -> None:
    refusal = refusals.of_output(who, "base", output)
    assert str(refusal).startswith(sentence)
    assert refusal.fix


# ------------------------------------------------------------ the lines themselves


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run_step(stream: io.StringIO) -> str:
    clock = HandClock()
    progress = Progress(2, stream, clock.monotonic)
    with progress.step("base: 24 packages"):
        for installed in range(25):
            clock.sleep(1)
            progress.show(f"installed {installed} of 24")
    with progress.step("npm", began=clock.now - 60):
        pass
    return stream.getvalue()


def test_a_log_gets_a_line_at_most_every_ten_seconds() -> None:
    assert run_step(io.StringIO()).splitlines() == [
        "[setup] [1/2] base: 24 packages",
        "[setup] [1/2] base: 24 packages, installed 9 of 24, 10 s",
        "[setup] [1/2] base: 24 packages, installed 19 of 24, 20 s",
        "[setup] [1/2] base: 24 packages, 25 s",
        "[setup] [2/2] npm",
        "[setup] [2/2] npm, 60 s",
    ]


def test_on_a_terminal_the_line_is_rewritten_in_place() -> None:
    lines = run_step(Terminal()).split("\n")
    assert len(lines) == 3
    assert lines[0].count("\r") == 27
    shown = lines[0].split("\r")
    assert shown[-1].rstrip() == "[setup] [1/2] base: 24 packages, 25 s"
    assert len(shown[-1]) == len(shown[-2])  # nothing of the longer line is left to see


def test_an_error_starts_on_a_line_of_its_own() -> None:
    terminal = Terminal()
    with pytest.raises(SetupError), Progress(1, terminal).step("base"):
        raise SetupError("no", "yes")
    assert terminal.getvalue().endswith("\n")


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "10 s"), (44, "50 s"), (119, "120 s"), (125, "2 min"), (290, "5 min")]
)
def test_an_estimate_is_said_roundly(seconds: int, said: str) -> None:
    assert costs.duration(seconds) == said


def test_every_group_has_its_cost() -> None:
    assert set(costs.COSTS) == {*DEPENDENCY_GROUPS, costs.VENV, costs.TORCH, costs.EDGE}
