"""The terminal: notes, errors, tables and live progress. The only importer of rich.

Output may be a pipe in any encoding: a character that the stream cannot carry is replaced, never an error. It does
not know what it prints, and decides nothing.
"""

import io
import sys

from rich.console import Console


def use_utf8() -> None:
    """Streams print Unicode; where a code page is forced on them, what it lacks becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def out() -> Console:
    return Console(highlight=False, soft_wrap=True)


def note(text: str) -> None:
    out().print(text, markup=False)


def error(message: str, fix: str) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("error: ", style="bold red", end="", markup=False)
    console.print(message, markup=False)
    console.print(f"  fix: {fix}", markup=False)
