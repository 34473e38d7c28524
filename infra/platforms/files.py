"""Reads files for the checks. An unreadable file becomes a finding with its path and line.

It knows no particular file, and does not judge the content.
"""

import ast
import json
import re
import threading
import tomllib
from pathlib import Path
from typing import Any

from infra.language import localized
from infra.process.shell import InfraError

PARSING = threading.Lock()
TOML_LINE = re.compile(r"at line (\d+)")


class UnreadableError(InfraError):
    """A file of the checkout is missing or cannot be parsed. `where` is its path, with `:line`."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(
            message,
            localized(ko="파일을 고치거나 git에서 되돌려 주세요", en="correct the file, or restore it from git"),
        )
        self.where = where


def text_of(root: Path, name: str) -> str:
    """Raises UnreadableError for a file that is missing or not UTF-8."""
    try:
        content = (root / name).read_bytes()
    except OSError as error:
        raise UnreadableError(
            name,
            localized(ko=f"읽을 수 없어요: {error.strerror or error}", en=f"cannot be read: {error.strerror or error}"),
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"{name}:{line}",
            localized(ko=f"UTF-8이 아니에요 ({error.start}번째 바이트)", en=f"not UTF-8 (byte {error.start})"),
        ) from error


def syntax_of(source: str | bytes, name: str = "<unknown>") -> ast.Module:
    """A Python file's syntax tree. A lock serialises the calls: checks run in parallel, and Python 3.11 adds up the
    depths of trees that are built at the same time, then raises an error. Raises SyntaxError and ValueError."""
    with PARSING:
        return ast.parse(source, filename=name)


def json_of(root: Path, name: str) -> Any:
    """Raises UnreadableError as `text_of` does, and for invalid JSON."""
    try:
        return json.loads(text_of(root, name))
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"{name}:{error.lineno}",
            localized(ko=f"JSON 문법에 맞지 않아요: {error.msg}", en=f"invalid JSON: {error.msg}"),
        ) from error


def toml_of(root: Path, name: str) -> dict[str, Any]:
    """Raises UnreadableError as `text_of` does, and for invalid TOML."""
    try:
        return tomllib.loads(text_of(root, name))
    except tomllib.TOMLDecodeError as error:
        found = TOML_LINE.search(str(error))
        raise UnreadableError(
            f"{name}:{found[1]}" if found else name,
            localized(ko=f"TOML 문법에 맞지 않아요: {error}", en=f"invalid TOML: {error}"),
        ) from error
