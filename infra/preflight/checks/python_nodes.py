"""Python files of a checkout as syntax trees, for the checks that look for calls.

What a call means is for those checks.
"""

import ast
from collections.abc import Iterator, Sequence

from infra.platforms.files import syntax_of
from infra.platforms.git import SourceFile, text_files
from infra.platforms.ground import Ground


def probe_python(ground: Ground) -> tuple[SourceFile, ...]:
    return tuple(file for file in text_files(ground.root) if file.path.endswith(".py"))


def nodes_of(file: SourceFile) -> Sequence[ast.AST]:
    """Every node of a file. One that does not parse has none: another check says where it breaks."""
    try:
        return list(ast.walk(syntax_of(file.content)))
    except (SyntaxError, ValueError):
        return ()


def calls_of(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    return (node for node in nodes if isinstance(node, ast.Call))
