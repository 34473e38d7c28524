"""Python files of a checkout as syntax trees, for the checks that search for calls.

It does not judge the calls.
"""

import ast
from collections.abc import Iterator, Sequence

from infra.platforms.files import syntax_of
from infra.platforms.git import SourceFile, text_files
from infra.platforms.ground import Ground


def probe_python(ground: Ground) -> tuple[SourceFile, ...]:
    return tuple(file for file in text_files(ground.root) if file.path.endswith(".py"))


def nodes_of(file: SourceFile) -> Sequence[ast.AST]:
    """Every node of a file; none if it does not parse, which another check reports."""
    try:
        return list(ast.walk(syntax_of(file.content)))
    except (SyntaxError, ValueError):
        return ()


def calls_of(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    return (node for node in nodes if isinstance(node, ast.Call))
