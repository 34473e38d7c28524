"""Long-running programs: ended with everything they started, found again after a crash, never confused with others."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from infra.process.processes import Process, identity
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS

SLEEP = "import time; time.sleep(120)"
WITH_CHILD = (
    "import subprocess, sys, time, pathlib;"
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid));"
    "time.sleep(120)"
)


def process(folder: Path, code: str, *arguments: str) -> Process:
    return Process(
        "the program",
        [sys.executable, "-c", code, *arguments],
        env={},
        cwd=folder,
        log=folder / "로그.log",
        record=folder / "record.json",
    )


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STALLED_AFTER_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stopping_ends_grandchildren_too(tmp_path: Path) -> None:
    note = tmp_path / "child.txt"
    program = process(tmp_path, WITH_CHILD, str(note))
    program.start()
    wait_for(lambda: note.is_file() and note.read_text(encoding="utf-8") != "")
    child = psutil.Process(int(note.read_text(encoding="utf-8")))
    program.stop()
    assert not program.running
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not (tmp_path / "record.json").exists()


def killed_with_a_child_left(folder: Path) -> tuple[Process, psutil.Process]:
    """A program that was killed, and the child that it has left."""
    note = folder / "child.txt"
    note.unlink(missing_ok=True)
    program = process(folder, WITH_CHILD, str(note))
    program.start()
    wait_for(lambda: note.is_file() and note.read_text(encoding="utf-8") != "")
    child = psutil.Process(int(note.read_text(encoding="utf-8")))
    psutil.Process(program.pid).kill()
    wait_for(lambda: not program.running)
    assert is_running(child)
    return program, child


def is_running(program: psutil.Process) -> bool:
    return program.is_running() and program.status() != psutil.STATUS_ZOMBIE


def test_a_restart_sees_the_family_of_a_killed_program_dead_before_it_starts_the_next(tmp_path: Path) -> None:
    program, child = killed_with_a_child_left(tmp_path)
    note = tmp_path / "alive.txt"
    sees = f"import pathlib, psutil; pathlib.Path({str(note)!r}).write_text(str(psutil.pid_exists({child.pid})))"
    program.command = [sys.executable, "-c", sees + f"\n{SLEEP}"]
    program.start()
    wait_for(lambda: note.is_file() and note.read_text(encoding="utf-8") != "")
    program.stop()
    assert not is_running(child)


def test_stopping_ends_what_a_killed_program_has_left(tmp_path: Path) -> None:
    program, child = killed_with_a_child_left(tmp_path)
    program.stop()
    assert not is_running(child)


def test_the_next_parent_ends_what_a_killed_program_has_left(tmp_path: Path) -> None:
    _, child = killed_with_a_child_left(tmp_path)
    record = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    (tmp_path / "record.json").write_text(json.dumps(record | {"parent": [os.getpid(), 1.0]}), encoding="utf-8")
    program = process(tmp_path, SLEEP)
    program.start()
    assert not is_running(child)
    program.stop()


def test_what_a_killed_parent_left_is_ended_by_the_next_start(tmp_path: Path) -> None:
    left = subprocess.Popen([sys.executable, "-c", SLEEP])
    seen = psutil.Process(left.pid)
    gone_parent = [left.pid, 1.0]  # a start time that no living process has
    record = {"program": identity(left.pid), "parent": gone_parent}
    (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
    program = process(tmp_path, SLEEP)
    program.start()
    try:
        assert not seen.is_running()
        assert program.running
    finally:
        program.stop()
        left.wait()


def test_another_living_parent_s_program_is_left_alone(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", SLEEP])
    program_of_parent = subprocess.Popen([sys.executable, "-c", SLEEP])
    try:
        record = {"program": identity(program_of_parent.pid), "parent": identity(parent.pid)}
        (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
        with pytest.raises(InfraError, match="already serving"):
            process(tmp_path, SLEEP).start()
        assert program_of_parent.poll() is None
    finally:
        for started in (parent, program_of_parent):
            started.kill()
            started.wait()


def test_a_process_id_used_again_is_not_ended(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", SLEEP])
    try:
        record = {"program": [bystander.pid, 1.0], "parent": [bystander.pid, 1.0]}
        (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
        program = process(tmp_path, SLEEP)
        program.start()
        program.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_broken_record_does_not_hinder_a_start(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text("{half", encoding="utf-8")
    program = process(tmp_path, SLEEP)
    program.start()
    assert program.running and program.pid != os.getpid()
    program.stop()


def test_a_program_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = process(tmp_path, "print('왜냐하면'); raise SystemExit(4)")
    program.start()
    wait_for(lambda: not program.running)
    with pytest.raises(InfraError) as report:
        program.raise_if_dead()
    assert "exit code 4" in str(report.value)
    assert "왜냐하면" in str(report.value)


def test_stopping_what_never_started_is_nothing(tmp_path: Path) -> None:
    process(tmp_path, SLEEP).stop()
    assert list(tmp_path.iterdir()) == []
