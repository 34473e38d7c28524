"""Programs that fail, hang, are missing, or print bytes that no code page knows."""

import sys
from pathlib import Path

import pytest

from infra.shell import ProgramError, capture, check


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_is_read_as_utf8_in_the_order_written() -> None:
    code = "import sys; print('하나', flush=True); print('둘', file=sys.stderr, flush=True); print('셋')"
    assert capture(python(code), timeout_seconds=20).output == "하나\n둘\n셋\n"


def test_an_inherited_code_page_does_not_reach_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp949")
    assert capture(python("print('✓ 🙂')"), timeout_seconds=20).output == "✓ 🙂\n"


def test_bytes_that_are_not_text_are_replaced() -> None:
    code = "import sys; sys.stdout.buffer.write(b'a\\xff\\xfeb')"
    assert capture(python(code), timeout_seconds=20).output == "a\ufffd\ufffdb"


def test_a_failure_carries_the_end_of_the_output_and_the_exit_code() -> None:
    with pytest.raises(ProgramError) as failure:
        check(python("print('x' * 10); print('the reason'); raise SystemExit(3)"), timeout_seconds=20)
    assert "exit code 3" in str(failure.value)
    assert "the reason" in str(failure.value)


def test_a_hanging_program_is_ended() -> None:
    with pytest.raises(ProgramError, match="ran past"):
        capture(python("import time; print('began', flush=True); time.sleep(60)"), timeout_seconds=2)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramError, match="no-such-program was not found"):
        capture(["no-such-program"], timeout_seconds=5)


def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    nasty = "한글 $(touch gone) & | \" ' %PATH%"
    code = "import sys; sys.stdout.write(sys.argv[1])"
    assert capture([*python(code), nasty], timeout_seconds=20, cwd=tmp_path).output == nasty
    assert list(tmp_path.iterdir()) == []


def test_input_reaches_the_program() -> None:
    code = "import sys; print(sys.stdin.read()[::-1])"
    assert check(python(code), timeout_seconds=20, stdin="가나다") == "다나가\n"
