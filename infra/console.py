"""Output to the terminal: notes, errors, results and live progress. The only importer of rich.

Output may go to a pipe. It is then written in the encoding of the pipe's reader; a character that this encoding lacks
is replaced by plain letters or by "?". It does not know what it prints, and decides nothing.
"""

import io
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from getpass import getpass
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from infra.console_encoding import PLAIN_SIGNS, encoding_here
from infra.language import localized

QUIET_SECONDS = 10.0
"""In a pipe, the current line is repeated after that long without a change."""


class Show(Protocol):
    """Shows the state of a long wait: its name, the share done (None: unknown), and words beside the bar."""

    def __call__(self, what: str, done: float | None, beside: str) -> None: ...


def use_utf8() -> None:
    """Writes Unicode to a terminal, and to a pipe the encoding of its reader, with missing characters replaced."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else encoding_here(), errors=PLAIN_SIGNS)


def note(text: str) -> None:
    _out().print(text, markup=False)


def styled(pieces: Iterable[tuple[str, str]]) -> None:
    """One line made of texts with their styles ("" for none). A pipe gets the texts alone."""
    _out().print(Text.assemble(*pieces))


def width() -> int:
    """Columns of the terminal; 80 in a pipe, unless COLUMNS says otherwise."""
    return _out().width


def error(message: str, fix: str) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(localized(ko="오류: ", en="error: "), style="bold red", end="", markup=False)
    console.print(message, markup=False)
    console.print(localized(ko=f"  해결: {fix}", en=f"  fix: {fix}"), markup=False)


def agreed(question: str) -> bool:
    """Asks the user a yes-or-no question. Returns False when stdin is no terminal."""
    if not sys.stdin.isatty():
        return False
    return _out().input(f"{question} [y/N] ", markup=False).strip().lower() in ("y", "yes", "ㅛ", "네", "예")


def can_ask() -> bool:
    """Whether a person can answer: stdin is a terminal."""
    return sys.stdin.isatty()


def asked(name: str) -> str:
    """Asks the user for a value. Returns an empty string when stdin is no terminal."""
    return _out().input(f"{name}: ", markup=False).strip() if sys.stdin.isatty() else ""


def went_on(words: str) -> bool:
    """Waits until the user presses Enter. Returns False when stdin is no terminal."""
    if not sys.stdin.isatty():
        return False
    _out().input(f"{words} ", markup=False)
    return True


def secret(name: str) -> str:
    """The same without showing the characters that are typed."""
    return getpass(f"{name}: ").strip() if sys.stdin.isatty() else ""


def verdict(name: str, *, passed: bool, seconds: float) -> None:
    console = _out()
    ok, failed = localized(ko="통과", en="ok    "), localized(ko="실패", en="FAILED")
    console.print(ok if passed else failed, style="green" if passed else "bold red", end="  ", markup=False)
    console.print(f"{name}  ({seconds:.1f} s)", markup=False)


def rows(pairs: list[tuple[str, str]]) -> None:
    """Names and values in two columns."""
    width = max(columns(name) for name, _ in pairs)
    for name, value in pairs:
        note(f"  {left(name, width)}  {value}")


def columns(text: str) -> int:
    """Columns that a text takes on the terminal: a Hangul syllable takes two."""
    return cell_len(text)


def left(text: str, width: int) -> str:
    """The text with spaces behind it, up to `width` columns."""
    return text + " " * (width - columns(text))


def right(text: str, width: int) -> str:
    """The text with spaces before it, up to `width` columns."""
    return " " * (width - columns(text)) + text


@contextmanager
def progress() -> Generator[Show]:
    """A live bar on a terminal. In a pipe, one line at each change, and the same line every QUIET_SECONDS."""
    console = _out()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            yield lambda what, done, beside: live.update(_bar(what, done, beside))
        return
    last, said = "", 0.0

    def line(what: str, done: float | None, beside: str) -> None:
        del done  # a line has no bar
        nonlocal last, said
        if what != last or time.monotonic() - said >= QUIET_SECONDS:
            last, said = what, time.monotonic()
            note(f"  {what}  {beside}".rstrip())

    yield line


def _bar(what: str, done: float | None, beside: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=1.0, completed=done or 0.0, width=30, pulse=done is None)
    grid.add_row(f"{what:<14}", bar, beside)
    return grid


def _out() -> Console:
    return Console(highlight=False, soft_wrap=True)
