"""The encoding of this process's output, and replacements for the characters that the encoding lacks.

A terminal accepts every character. A pipe is read by another program: on Windows `more`, `Tee-Object` and `>` of
PowerShell read the console's code page; elsewhere readers use the encoding of the locale. It does not know what is
printed.
"""

import codecs
import os
import sys
from collections.abc import Mapping

PLAIN_SIGNS = "clipwright-plain-signs"
"""Name of the error handler that replaces a missing character by plain letters."""
IN_LETTERS = {
    **dict.fromkeys("\u2713\u2714\u2611\u2705", "ok"),
    **dict.fromkeys("\u2717\u2718\u2715\u2716\u2612\u274c\u274e", "x"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2022\u25cf\u25b6", "*"),
    **dict.fromkeys("\u26a0", "!"),
    "\u2026": "...",
    "\u2192": "->",
    "\u00a0": " ",
    "\ufe0f": "",
}
"""Characters that mark success and failure in our output and in the output of modal and wrangler."""


def encoding_of_pipe(environment: Mapping[str, str], code_page: int) -> str | None:
    """The encoding that a pipe's reader expects; None to keep the stream's own. `code_page` is the Windows console's,
    0 without a console."""
    if environment.get("PYTHONIOENCODING"):
        return None  # the user has chosen the encoding
    if code_page:
        return usable(f"cp{code_page}")
    words = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next(filter(None, words), "")
    return usable(locale.partition(".")[2].partition("@")[0])


def usable(name: str) -> str | None:
    """Python's name of the codec; None for a codec that Python lacks, and for ASCII and UTF-8."""
    if not name:
        return None
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return None if found in ("ascii", "utf-8") else found


def console_code_page() -> int:
    """The code page of this process's Windows console; 0 without a console and on other systems."""
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.GetConsoleOutputCP())


def encoding_here() -> str | None:
    return encoding_of_pipe(os.environ, console_code_page())


def in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    """An error handler for encoding: plain letters for the characters in IN_LETTERS, "?" for all others."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(IN_LETTERS.get(sign, "?") for sign in missing), error.end


codecs.register_error(PLAIN_SIGNS, in_plain_signs)
