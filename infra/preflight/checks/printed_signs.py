"""Printed characters that a console in code page 949 lacks.

`infra.console` replaces such characters. A bare `print` or a write to a stream raises an error there. The check reads
string literals, so characters that a program composes are not found.
"""

import ast
from collections.abc import Iterator, Sequence

from infra.language import localized
from infra.platforms.git import SourceFile
from infra.preflight.checks.python_nodes import calls_of, nodes_of, probe_python
from infra.preflight.findings import Check, Finding

OPERATORS = ("infra/", "run.py", "gpu/")
"""Code that runs on the operator's machine."""
STREAMS = {"stdout", "stderr"}
LETTERS = {"print", "say"}
"""Functions that print without a replacement: Python's `print`, and `say` of the setup."""


def evaluate(files: Sequence[SourceFile]) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{signs!r} 문자를 출력해요. 코드 페이지 949 콘솔에서 오류가 나요",
                en=f"prints {signs!r}, which raises an error on a console in code page 949",
            ),
            localized(
                ko="infra.console로 출력하거나, 보통 글자로 바꿔 주세요",
                en="print with infra.console, or use plain letters",
            ),
            where=f"{file.path}:{line}",
        )
        for file in files
        if file.path.startswith(OPERATORS)
        for line, signs in printed(file)
    ]


def printed(file: SourceFile) -> Iterator[tuple[int, str]]:
    """Line and missing characters of each call that writes to the console."""
    for call in calls_of(nodes_of(file)):
        if writes(call.func) and (signs := missing("".join(literals(call)))):
            yield call.lineno, signs


def writes(function: ast.expr) -> bool:
    match function:
        case ast.Name(name):
            return name in LETTERS
        case ast.Attribute(ast.Attribute(_, stream), "write"):
            return stream in STREAMS
        case ast.Attribute(ast.Name(stream), "write"):
            return stream in STREAMS
        case _:
            return False


def literals(call: ast.Call) -> Iterator[str]:
    for node in ast.walk(call):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def missing(text: str) -> str:
    """The characters of a text that code page 949 lacks, once each."""
    found: list[str] = []
    for sign in text:
        try:
            sign.encode("cp949")
        except UnicodeEncodeError:
            found.append(sign)
    return "".join(dict.fromkeys(found))


CHECKS: Sequence[Check[tuple[SourceFile, ...]]] = (
    Check(
        "printed-signs",
        "Encoding",
        "no print of characters that a console lacks",
        "콘솔에 없는 글자를 그냥 찍지 않는지",
        probe_python,
        evaluate,
        of_the_tree=True,
    ),
)
