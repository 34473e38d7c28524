"""Opens a stack for a person at a terminal: looks at the port and the folders first, and says what it is waiting for.

What the system refuses, a full disk or a folder that may not be written, is told in one sentence. It does not know
what the stack is opened for.
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path

from infra import console
from infra.dev.ports import is_free
from infra.dev.stack import Stack
from infra.process.shell import InfraError
from infra.setup.refusals import of_system

LOOK_SECONDS = 0.5


@contextlib.contextmanager
def opened(state: Path, port: int, *writes: Path) -> Generator[Stack]:
    """`with opened(state, port) as stack:` serves until the block ends. `writes` are folders that the block will write.

    Raises InfraError before anything starts when a folder cannot be written, and when the stack does not come up or the
    system refuses to write later on.
    """
    with refusals_explained(state):
        for folder in (state, *writes):
            check_writable(folder)
        stack = Stack(state, site_port=port)
        with contextlib.ExitStack() as stopping:
            with startup_shown(stack):
                stopping.enter_context(stack)
            yield stack


@contextlib.contextmanager
def refusals_explained(folder: Path) -> Generator[None]:
    """Turns what the system refuses to write into an InfraError; `folder` is named where the system names none."""
    try:
        yield
    except OSError as error:
        refusal = of_system(error, folder)
        if refusal is None:
            raise
        raise InfraError(str(refusal), refusal.fix) from error


def check_writable(folder: Path) -> None:
    """Makes the folder if need be. Raises OSError when it is none or cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


@contextlib.contextmanager
def startup_shown(stack: Stack) -> Generator[None]:
    """Says what the stack is waiting for while it starts inside the block."""
    began = time.monotonic()
    started = threading.Event()
    with console.progress() as show:

        def tell() -> None:
            while not started.wait(LOOK_SECONDS):
                show(what_starts(stack), None, f"{time.monotonic() - began:.0f} s")

        teller = threading.Thread(target=tell, name="teller", daemon=True)
        teller.start()
        try:
            yield
        finally:
            started.set()
            teller.join()


def what_starts(stack: Stack) -> str:
    if not stack.edge.running:
        return "building the page and the database"
    return "starting the site" if is_free(stack.site_port) else "starting the GPU service"
