"""Programs that fail, hang, are missing, or print bytes that no code page knows."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from infra.platforms import git
from infra.platforms.programs import attempt
from infra.process.family import Family
from infra.process.shell import ProgramError, capture, check, name_of
from infra.process.waiting import STALLED_AFTER_SECONDS, wait_until
from infra.release.deployed_versions import newest
from tests.infra.process.started_verbs import LABEL, is_alive, label_of


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_is_read_as_utf8_in_the_order_written() -> None:
    code = "import sys; print('하나', flush=True); print('둘', file=sys.stderr, flush=True); print('셋')"
    assert capture(python(code), timeout_seconds=STALLED_AFTER_SECONDS).output == "하나\n둘\n셋\n"


def test_an_inherited_code_page_does_not_reach_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp949")
    assert capture(python("print('✓ 🙂')"), timeout_seconds=STALLED_AFTER_SECONDS).output == "✓ 🙂\n"


def test_bytes_that_are_not_text_are_replaced() -> None:
    code = "import sys; sys.stdout.buffer.write(b'a\\xff\\xfeb')"
    assert capture(python(code), timeout_seconds=STALLED_AFTER_SECONDS).output == "a\ufffd\ufffdb"


def test_a_failure_carries_the_end_of_the_output_and_the_exit_code() -> None:
    with pytest.raises(ProgramError) as failure:
        check(
            python("print('x' * 10); print('the reason'); raise SystemExit(3)"), timeout_seconds=STALLED_AFTER_SECONDS
        )
    assert "exit code 3" in str(failure.value)
    assert "the reason" in str(failure.value)


def test_a_hanging_program_is_ended() -> None:
    with pytest.raises(ProgramError, match="exceeded its limit"):
        capture(python("import threading; threading.Event().wait()"), timeout_seconds=0.5)


def living(label: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if label_of(process) == label and is_alive(process)]


CHILD = "import threading; threading.Event().wait()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {CHILD}"
STARTS = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session={apart})"
)


@pytest.mark.parametrize(
    "code",
    [
        STARTS.format(child=CHILD, apart=False) + "; child.wait()",
        STARTS.format(child=CHILD, apart=False),  # the launcher has ended, its child holds the pipe
        STARTS.format(child=CHILD, apart=True) + "; child.wait()",
        STARTS.format(child=DEAF, apart=True),
    ],
    ids=["launcher-waits", "launcher-is-gone", "session-of-its-own", "deaf-and-alone"],
)
def test_a_time_out_ends_all_that_the_program_started(code: str) -> None:
    """Otherwise a migration could continue after its release was logged as failed."""
    label = uuid.uuid4().hex
    with pytest.raises(ProgramError, match="exceeded its limit"):
        capture(python(code), timeout_seconds=4.0, env={LABEL: label})
    assert living(label) == []


def test_an_interruption_ends_all_that_the_program_started() -> None:
    label = uuid.uuid4().hex
    code = STARTS.format(child=CHILD, apart=True) + "; child.wait()"
    family = Family()
    child = subprocess.Popen(python(code), env=family.environment({**os.environ, LABEL: label}))
    family.adopt(child)
    with pytest.raises(KeyboardInterrupt), family:
        wait_until(lambda: len(living(label)) > 1, what="its child", moved=lambda: len(living(label)))
        raise KeyboardInterrupt
    child.wait()
    assert living(label) == []


def test_what_a_program_leaves_behind_in_order_is_let_be() -> None:
    label = uuid.uuid4().hex
    quiet = STARTS.format(child=CHILD, apart=True).replace("start_new", "stdout=-3, stderr=-3, start_new")
    capture(python(quiet), timeout_seconds=STALLED_AFTER_SECONDS, env={LABEL: label})
    (left,) = living(label)
    left.kill()


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramError, match="no-such-program was not found"):
        capture(["no-such-program"], timeout_seconds=STALLED_AFTER_SECONDS)


def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    nasty = "한글 $(touch gone) & | \" ' %PATH%"
    code = "import sys; sys.stdout.write(sys.argv[1])"
    assert capture([*python(code), nasty], timeout_seconds=STALLED_AFTER_SECONDS, cwd=tmp_path).output == nasty
    assert list(tmp_path.iterdir()) == []


def test_input_reaches_the_program() -> None:
    code = "import sys; print(sys.stdin.read()[::-1])"
    assert check(python(code), timeout_seconds=STALLED_AFTER_SECONDS, stdin="가나다") == "다나가\n"


def test_a_warning_is_no_part_of_an_answer(tmp_path: Path) -> None:
    code = "import sys; print('warning: known hosts', file=sys.stderr, flush=True); print('0123abc')"
    assert check(python(code), timeout_seconds=STALLED_AFTER_SECONDS) == "0123abc\n"
    with pytest.raises(ProgramError, match="known hosts"):
        check(python(f"{code}; sys.exit(1)"), timeout_seconds=STALLED_AFTER_SECONDS)
    # As ssh warns of an old key exchange, on each call that asks a remote.
    loud = 'echo "** WARNING: not quantum safe" >&2; exec git-upload-pack "$@"'
    for command in (["init", "--quiet", "--initial-branch=main"], ["config", "remote.origin.url", str(tmp_path)]):
        git.git(tmp_path, *command)
    git.git(tmp_path, "config", "remote.origin.uploadpack", f"sh -c '{loud}' sh")
    git.git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "--allow-empty", "-qm", "first")
    tip = git.git(tmp_path, "ls-remote", "origin", "refs/heads/main").split("\t")[0].strip()
    assert tip == git.git(tmp_path, "rev-parse", "HEAD").strip()


def test_a_warning_before_a_document_does_not_hide_it(tmp_path: Path) -> None:
    loud = "import sys; print('\u25b2 [WARNING] a new version is there', file=sys.stderr)"
    finished = attempt(
        python(f"""{loud}; print('[{{"Id": "pages-7"}}]')"""), cwd=tmp_path, timeout_seconds=STALLED_AFTER_SECONDS
    )
    assert newest(finished.output, "Id") == "pages-7"
    refused = attempt(python(f"{loud}; sys.exit(1)"), cwd=tmp_path, timeout_seconds=STALLED_AFTER_SECONDS)
    assert "a new version is there" in refused.output


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["git", "-c", "core.quotepath=off", "push", "origin", "main"], "git push origin"),
        (["/opt/누구/.venv/bin/python", "-X", "utf8", "-m", "modal", "deploy", "--env", "x"], "python modal deploy"),
        (["/opt/누구/node", "/opt/누구/wrangler/bin/wrangler.js", "d1", "migrations"], "node wrangler.js d1"),
        (["python", "-c", "print('a whole program')"], "python"),
    ],
)  # fmt: skip
def test_a_call_is_named_by_its_words_and_without_this_machines_folders(command: list[str], name: str) -> None:
    assert name_of(command) == name
