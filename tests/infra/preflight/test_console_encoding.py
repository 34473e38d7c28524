"""The commands' output in a pipe: in the console's encoding, with success and failure distinguishable."""

import os
import sys

import pytest

from infra.console_encoding import PLAIN_SIGNS, encoding_of_pipe
from infra.settings import ROOT
from tests.programs import run_to_end

PRINT = (
    "from infra import console, console_encoding; "
    "console_encoding.console_code_page = lambda: 0; "  # whichever console the tests were started from
    "console.use_utf8(); "
    "console.note('\\u2713 \\ubc30\\ud3ec'); console.note('\\u2717 \\ubc30\\ud3ec'); "
    "console.error('\\u2718', '\\u2192')"
)


def printed(**environment: str) -> bytes:
    """What a pipe receives from a process in UTF-8 mode, which is how run.py starts every verb."""
    bare = {key: value for key, value in os.environ.items() if key not in ("PYTHONIOENCODING", "LC_ALL", "LANG")}
    child = {**bare, "NO_COLOR": "1", **environment}
    return run_to_end([sys.executable, "-X", "utf8", "-c", PRINT], cwd=ROOT, env=child).stdout


@pytest.mark.parametrize(
    ("environment", "code_page", "expected"),
    [
        ({}, 949, "cp949"),
        ({}, 65001, None),
        ({}, 0, None),
        ({"PYTHONIOENCODING": "utf-8"}, 949, None),
        ({"LC_ALL": "ko_KR.CP949"}, 0, "cp949"),
        ({"LANG": "ko_KR.eucKR"}, 0, "euc_kr"),
        ({"LC_ALL": "", "LANG": "ko_KR.UTF-8"}, 0, None),
        ({"LANG": "C"}, 0, None),
        ({"LANG": "ko_KR.no-such-code-page"}, 0, None),
        ({"LANG": "en_US.US-ASCII"}, 0, None),
    ],
)
def test_a_pipe_is_written_as_its_reader_reads_it(
    environment: dict[str, str], code_page: int, expected: str | None
) -> None:
    assert encoding_of_pipe(environment, code_page) == expected


def test_a_pipe_on_a_korean_machine_is_readable_there_and_tells_good_from_bad() -> None:
    lines = printed(LC_ALL="ko_KR.CP949").decode("cp949").splitlines()
    assert lines[:2] == ["ok 배포", "x 배포"]


def test_a_pipe_elsewhere_stays_unicode() -> None:
    assert printed(LC_ALL="C.UTF-8").decode("utf-8").splitlines()[:2] == ["✓ 배포", "✗ 배포"]


def test_whoever_names_an_encoding_gets_it() -> None:
    assert printed(LC_ALL="ko_KR.CP949", PYTHONIOENCODING="utf-8").decode("utf-8").startswith("✓ 배포")
    assert printed(LC_ALL="C.UTF-8", PYTHONIOENCODING="cp949").decode("cp949").startswith("ok 배포")


@pytest.mark.parametrize("code_page", ["cp949", "cp437", "cp1252", "ascii"])
def test_no_sign_for_good_looks_like_one_for_bad(code_page: str) -> None:
    good = {sign.encode(code_page, PLAIN_SIGNS) for sign in "✓✔✅☑"}
    bad = {sign.encode(code_page, PLAIN_SIGNS) for sign in "✗✘❌✖"}
    assert good == {b"ok"}
    assert bad == {b"x"}
    assert "🎉".encode(code_page, PLAIN_SIGNS) == b"?"


def test_korean_arrives_whole_through_a_pipe_in_code_page_949() -> None:
    """What a Korean operator reads of preflight and of the prices; a question mark would be a letter that was lost."""
    for verb in (
        ["preflight", "--offline", "--only", "cost-cap", "--only", "price-age"],
        ["quote", "--all"],
        ["--help"],
    ):
        command = [sys.executable, "-X", "utf8", "-m", "infra", "--lang", "ko", *verb]
        narrow, wide = (
            run_to_end(command, cwd=ROOT, env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": encoding}).stdout
            for encoding in ("cp949", "utf-8")
        )
        assert narrow.decode("cp949") == wide.decode("utf-8")
        assert any("가" <= sign <= "힣" for sign in wide.decode("utf-8"))
