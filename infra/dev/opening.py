"""Starts a stack for a user at a terminal: checks the folders first, and shows the part that is starting.

Errors of the system, such as a full disk or a folder without write permission, are explained in one sentence. It does
not know what the stack is used for.
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
from infra.language import localized
from infra.process.shell import InfraError
from infra.setup.refusals import of_system

LOOK_SECONDS = 0.5


@contextlib.contextmanager
def opened(state: Path, port: int, *writes: Path) -> Generator[Stack]:
    """`with opened(state, port) as stack:` serves until the block ends. `writes` are folders that the block uses.

    Raises InfraError before the start when a folder cannot be written; later when the stack does not start, or when
    the system refuses to write.
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
    """Turns an OSError about writing into an InfraError; it names `folder` if the system names no path."""
    try:
        yield
    except OSError as error:
        refusal = of_system(error, folder)
        if refusal is None:
            raise
        raise InfraError(str(refusal), refusal.fix) from error


def check_writable(folder: Path) -> None:
    """Creates the folder if it is missing. Raises OSError when it is a file or cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


@contextlib.contextmanager
def startup_shown(stack: Stack) -> Generator[None]:
    """Shows which part of the stack is starting, while the block runs."""
    began = time.monotonic()
    started = threading.Event()
    with console.progress() as show:

        def tell() -> None:
            while not started.wait(LOOK_SECONDS):
                show(
                    what_starts(stack),
                    None,
                    localized(ko=f"{time.monotonic() - began:.0f}초", en=f"{time.monotonic() - began:.0f} s"),
                )

        teller = threading.Thread(target=tell, name="teller", daemon=True)
        teller.start()
        try:
            yield
        finally:
            started.set()
            teller.join()


def what_starts(stack: Stack) -> str:
    if not stack.edge.running:
        return localized(ko="화면과 데이터베이스를 만들어요", en="building the page and the database")
    return (
        localized(ko="사이트를 켜요", en="starting the site")
        if is_free(stack.site_port)
        else localized(ko="GPU 서비스를 켜요", en="starting the GPU service")
    )
