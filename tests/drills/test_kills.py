"""Kills without warning on a fixed schedule, while people go on submitting: no job fails, is lost or doubled."""

import random
import threading
import time
from contextlib import suppress

import httpx

from infra.process.shell import InfraError
from infra.process.waiting import StalledError, wait_until
from tests.drills.conftest import Size
from tests.drills.crowd import Crowd
from tests.drills.drilled_stack import Drilled, Part
from tests.drills.ends import begun_and_lost, count_ends
from tests.drills.figures import Figures

PARTS: tuple[Part, ...] = ("worker", "GPU service", "edge")
LONGEST_PAUSE = 1.5
AIM_SECONDS = 10.0
PER_SECOND = 10.0


def schedule(dice: random.Random, kills: int) -> list[tuple[Part, float]]:
    """Which part dies, and how long after a clip was begun, in seconds. Each part as often as the others."""
    parts: list[Part] = [PARTS[number % len(PARTS)] for number in range(kills)]
    dice.shuffle(parts)
    return [(part, dice.uniform(0.0, LONGEST_PAUSE)) for part in parts]


def aim(drilled: Drilled) -> None:
    """Waits for a first attempt at work, so that no clip loses two of them: that is another drill's matter."""

    def is_in_sight() -> bool:
        with suppress(httpx.TransportError, AssertionError):
            rows = drilled.cloud.rows("SELECT MAX(attempt) AS attempt FROM jobs WHERE status = 'running'")
            return rows[0]["attempt"] == 1
        return False

    with suppress(StalledError):
        wait_until(is_in_sight, what="a first attempt", moved=lambda: None, stalled_after=AIM_SECONDS)


def test_no_kill_costs_a_clip(drilled: Drilled, size: Size, figures: Figures, dice: random.Random) -> None:
    kills = schedule(dice, size.of(3, 30))
    jobs_per_kill = size.of(2, 5)
    over = threading.Event()
    with Crowd(drilled, owners=size.of(3, 10)) as crowd:

        def sweep() -> None:
            while not over.wait(1.0):
                with suppress(InfraError, httpx.TransportError):
                    drilled.sweep()

        sweeping = threading.Thread(target=sweep, daemon=True)
        sweeping.start()
        try:
            for part, pause in kills:
                submitting = threading.Thread(target=crowd.submit, args=(jobs_per_kill, PER_SECOND))
                submitting.start()
                aim(drilled)
                time.sleep(pause)
                drilled.kill(part)
                submitting.join()
                figures.count(**{f"kills_of_the_{part.replace(' ', '_')}": 1})
        finally:
            over.set()
            sweeping.join()
        jobs = crowd.wait()
        count_ends(figures, crowd, jobs)
        hits = sum(begun_and_lost(crowd, jobs).values())
        figures.count(attempts_killed_at_work=hits)
        figures.look_at("kills in vain", f"{hits} of {len(kills)} hit an attempt", is_wrong=size.is_whole and hits == 0)
    figures.judge()
