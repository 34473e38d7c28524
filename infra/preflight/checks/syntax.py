"""Files that cannot be parsed: merge conflict markers, and invalid Python, JSON or TOML.

It imports little, so it can report why preflight cannot start. TypeScript, SQL and YAML have other checks or tools.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence

from infra.language import localized
from infra.platforms.files import TOML_LINE, syntax_of
from infra.platforms.git import SourceFile, text_files
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

MARKER = re.compile(r"^(<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
"""Git's marks around a conflict. The middle mark is not searched, because such lines also underline headings."""
WITH_COMMENTS = re.compile(r"(^|/)tsconfig[^/]*\.json$")
"""JSON that may hold comments."""


def probe(ground: Ground) -> tuple[SourceFile, ...]:
    return text_files(ground.root)


def evaluate(files: Sequence[SourceFile]) -> list[Finding]:
    return [finding for file in files for finding in judge_file(file)]


def judge_file(file: SourceFile) -> Iterator[Finding]:
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return  # the check on encodings reports it
    markers = [text.count("\n", 0, found.start()) + 1 for found in MARKER.finditer(text)]
    for line in markers:
        yield Finding(
            "error",
            localized(ko="병합 충돌 표시가 남아 있어요", en="a merge conflict marker"),
            localized(
                ko="맞는 줄을 고르고 git이 넣은 표시 세 줄을 지워 주세요",
                en="choose the right lines, and delete git's three marker lines",
            ),
            where=f"{file.path}:{line}",
        )
    if markers:
        return
    broken = parsing_error(file.path, text)
    if broken is not None:
        line, message = broken
        yield Finding(
            "error", message, localized(ko="그 줄을 고쳐 주세요", en="correct that line"), where=f"{file.path}:{line}"
        )


def parsing_error(path: str, text: str) -> tuple[int, str] | None:
    """Line and message of the parser's error; None if the file parses or has another format."""
    try:
        if path.endswith(".py"):
            syntax_of(text)
        elif path.endswith(".json") and not WITH_COMMENTS.search(path):
            json.loads(text)
        elif path.endswith(".toml"):
            tomllib.loads(text)
    except SyntaxError as error:
        return error.lineno or 1, localized(
            ko=f"Python 문법에 맞지 않아요: {error.msg}", en=f"invalid Python: {error.msg}"
        )
    except json.JSONDecodeError as error:
        return error.lineno, localized(ko=f"JSON 문법에 맞지 않아요: {error.msg}", en=f"invalid JSON: {error.msg}")
    except tomllib.TOMLDecodeError as error:
        found = TOML_LINE.search(str(error))
        return int(found[1]) if found else 1, localized(
            ko=f"TOML 문법에 맞지 않아요: {error}", en=f"invalid TOML: {error}"
        )
    except (ValueError, RecursionError) as error:
        return 1, localized(ko=f"읽을 수 없어요: {error}", en=f"cannot be parsed: {error}")
    return None


CHECKS: Sequence[Check[tuple[SourceFile, ...]]] = (
    Check(
        "file-syntax",
        "Files",
        "no conflict markers, and every file parses",
        "합치다 남은 표시가 없고 모든 파일을 읽을 수 있는지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
