"""Waiting by progress: without a limit while there is progress, and only briefly without it."""

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import psutil
import pytest

from infra.process.activity import activity
from infra.process.processes import end_tree
from infra.process.waiting import STALLED_AFTER_SECONDS, StalledError, wait_until
from tests.hand_clock import HandClock

BUSY = "while True: pass"
IDLE = "import threading; threading.Event().wait()"
WITH_BUSY_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"

Start = Callable[[str], int]


def nothing() -> None:
    return None


def test_what_is_found_is_returned_and_what_is_there_is_not_waited_for() -> None:
    clock = HandClock()
    assert wait_until(lambda: "clip", what="a clip", moved=nothing, clock=clock) == "clip"
    assert clock.sleeps == 0


def test_a_wait_lasts_as_long_as_anything_moves() -> None:
    clock, steps = HandClock(), count()
    hours = wait_until(lambda: clock.now > 100_000, what="a slow clip", moved=lambda: next(steps), clock=clock)
    assert hours


def test_a_wait_ends_when_nothing_moves_and_says_for_what_and_how_things_stood() -> None:
    clock = HandClock()
    with pytest.raises(StalledError) as stalled:
        wait_until(nothing, what="the clip of job 7", moved=lambda: ("stage_1", 3), fix="read gpu.log", clock=clock)
    assert clock.now - 1_000 == pytest.approx(STALLED_AFTER_SECONDS, abs=1)
    for word in ("the clip of job 7", f"no progress for {STALLED_AFTER_SECONDS:.0f} s", "('stage_1', 3)"):
        assert word in str(stalled.value)
    assert stalled.value.fix == "read gpu.log"


def test_a_move_renews_the_patience() -> None:
    clock = HandClock()
    with pytest.raises(StalledError):
        wait_until(nothing, what="it", moved=lambda: clock.now > 1_050, stalled_after=60, clock=clock)
    assert clock.now - 1_000 == pytest.approx(120, abs=1)


def test_a_laptop_that_was_closed_meanwhile_costs_no_patience() -> None:
    clock = HandClock(oversleeps=3_600)
    assert wait_until(lambda: clock.sleeps == 3, what="it", moved=nothing, clock=clock)


@pytest.fixture
def start() -> Generator[Start]:
    """Starts Python programs; they are ended with the test, and so is what they started."""
    with ExitStack() as running:

        def start_one(code: str) -> int:
            program = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL)
            running.callback(end, program)
            return program.pid

        yield start_one


def end(program: "subprocess.Popen[bytes]") -> None:
    end_tree(psutil.Process(program.pid))
    program.wait()


def until_it_works(pid: int) -> None:
    before = activity(pid)
    wait_until(lambda: activity(pid) > before, what="a busy program", moved=nothing)


def test_a_program_that_works_moves_and_one_that_waits_does_not(start: Start) -> None:
    idle, busy = start(IDLE), start(BUSY)
    until_it_works(busy)  # so the idle one has begun too
    before = activity(idle)
    until_it_works(busy)
    assert activity(idle) == before


def test_what_a_program_started_works_for_it(start: Start) -> None:
    until_it_works(start(WITH_BUSY_CHILD))


def test_a_log_that_grows_is_a_move(tmp_path: Path, start: Start) -> None:
    pid, log = start(IDLE), tmp_path / "로그.log"
    assert activity(pid, log)[0] == 0
    log.write_bytes(b"one line\n")
    assert activity(pid, log)[0] == 9


def test_a_program_that_ended_does_nothing() -> None:
    program = subprocess.Popen([sys.executable, "-c", ""])
    program.wait()
    assert activity(program.pid) == (0, 0)
