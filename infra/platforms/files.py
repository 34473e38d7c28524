"""Files that a check judges, read so that one which cannot be read is a finding with its file and line.

It knows no particular file, and what stands in it is for the checks to judge.
"""

import ast
import json
import re
import threading
import tomllib
from pathlib import Path
from typing import Any

from infra.process.shell import InfraError

PARSING = threading.Lock()
TOML_LINE = re.compile(r"at line (\d+)")


class UnreadableError(InfraError):
    """A file of the checkout that is missing, or not what its ending says. `where` is its path, with `:line`."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message, "mend the file, or put it back as git has it")
        self.where = where


def text_of(root: Path, name: str) -> str:
    """Raises UnreadableError for a file that is missing or not UTF-8."""
    try:
        content = (root / name).read_bytes()
    except OSError as error:
        raise UnreadableError(name, f"cannot be read: {error.strerror or error}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"{name}:{line}", f"not UTF-8 (byte {error.start})") from error


def syntax_of(source: str | bytes, name: str = "<unknown>") -> ast.Module:
    """A Python file's syntax tree. One at a time: checks run side by side, and Python 3.11 counts the depth of all
    trees that are made at once together, then takes what it counted for an error. Raises SyntaxError and ValueError."""
    with PARSING:
        return ast.parse(source, filename=name)


def json_of(root: Path, name: str) -> Any:
    """Raises UnreadableError as `text_of` does, and for what is no JSON."""
    try:
        return json.loads(text_of(root, name))
    except json.JSONDecodeError as error:
        raise UnreadableError(f"{name}:{error.lineno}", f"not JSON: {error.msg}") from error


def toml_of(root: Path, name: str) -> dict[str, Any]:
    """Raises UnreadableError as `text_of` does, and for what is no TOML."""
    try:
        return tomllib.loads(text_of(root, name))
    except tomllib.TOMLDecodeError as error:
        found = TOML_LINE.search(str(error))
        raise UnreadableError(f"{name}:{found[1]}" if found else name, f"not TOML: {error}") from error
