"""A lock for the setup: two verbs that start at the same time must not install into one environment at once."""

import contextlib
import sys
import time
from collections.abc import Generator
from pathlib import Path

from infra.language import localized
from infra.setup.progress import say
from infra.setup.refusals import of_system

PAUSE_SECONDS = 0.2


@contextlib.contextmanager
def alone(folder: Path) -> Generator[None]:
    """Holds the lock in `folder`, after waiting for its holder. Raises SetupError when the lock cannot be written."""
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "setup.lock").open("ab")
    except OSError as error:
        raise of_system(error, folder) or error from error
    with lock:
        announced = False
        while not try_lock(lock.fileno()):
            if not announced:
                say(
                    localized(
                        ko="다른 run.py가 환경을 준비하고 있어요. 끝날 때까지 기다려요",
                        en="another run.py is preparing the environment; waiting until it has finished",
                    )
                )
                announced = True
            time.sleep(PAUSE_SECONDS)
        yield  # closing the file releases the lock, also when this process dies


def try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
