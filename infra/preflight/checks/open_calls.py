"""Python calls without an encoding: the system's encoding then applies, which is code page 949 on Korean Windows.

ruff's PLW1514 finds only paths whose type it can infer, and no subprocess. This check also finds imported functions
under other names. It does not find functions that are passed as values.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.files import syntax_of
from infra.platforms.git import SourceFile
from infra.platforms.ground import Ground
from infra.preflight.checks.encoding import path_of
from infra.preflight.checks.python_nodes import calls_of, nodes_of, probe_python
from infra.preflight.findings import Check, Finding

UTF8 = 'encoding="utf-8"'
MODE_SECOND = {"open", "io.open", "builtins.open", "os.fdopen"}
"""Functions that open text by default and need an encoding; the mode is their second argument."""
BINARY_UNLESS_T = {"gzip.open", "bz2.open", "lzma.open"}
MODE_FIRST = {"tempfile.NamedTemporaryFile", "tempfile.TemporaryFile"}
"""The mode is the first argument, and binary by default."""
MODE_AFTER_SIZE = {"tempfile.SpooledTemporaryFile"}
ALWAYS_TEXT = {
    "codecs.open": 3, "io.TextIOWrapper": 2, "logging.FileHandler": 3, "fileinput.input": 9, "fileinput.FileInput": 9,
    "subprocess.getoutput": 2, "subprocess.getstatusoutput": 2,
}  # fmt: skip
"""Functions that always open text -> the number of positional arguments up to the encoding."""
SUBPROCESS = {f"subprocess.{name}" for name in ("run", "Popen", "check_output", "check_call", "call")}
IMPORTED = {name.partition(".")[0] for name in (*MODE_SECOND, *BINARY_UNLESS_T, *MODE_FIRST, *MODE_AFTER_SIZE,
                                               *ALWAYS_TEXT, *SUBPROCESS) if "." in name}  # fmt: skip
PATHS = {"Path", "PurePath", "joinpath", "with_suffix", "with_name", "with_stem", "resolve", "absolute", "expanduser"}
"""Calls that return a path."""
PATH_WORDS = ("path", "file", "log")
"""Endings of the names of paths; `x.open()` on other names may be any method."""


@dataclass(frozen=True, slots=True)
class BareCall:
    """A call without an encoding. `addition` are the missing keywords; `end` is the position of its `)`."""

    line: int
    what: str
    addition: str
    end: tuple[int, int]


def evaluate(files: Sequence[SourceFile]) -> list[Finding]:
    return [
        Finding(
            "error",
            localized(
                ko=f"{call.what}에 encoding이 없어서 시스템 것이 쓰여요. 한국어 Windows에서는 코드 페이지 949예요",
                en=f"{call.what} has no encoding, so the system's applies: code page 949 on Korean Windows",
            ),
            localized(ko=f"{call.addition} 인자를 더해 주세요", en=f"add {call.addition}"),
            ("python run.py preflight --fix --only open-encoding",),
            where=f"{file.path}:{call.line}",
            mendable=True,
        )
        for file in files
        for call in bare_calls(file)
    ]


def bare_calls(file: SourceFile) -> list[BareCall]:
    nodes = nodes_of(file)
    names, paths = imported_names(nodes), path_names(nodes)
    return [found for call in calls_of(nodes) if (found := judge_call(call, names, paths)) is not None]


def imported_names(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """What a module calls the modules and functions above -> their full names."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name in IMPORTED}
        elif isinstance(node, ast.ImportFrom) and node.module in IMPORTED:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def path_names(nodes: Sequence[ast.AST]) -> set[str]:
    """Names that a module gives to paths, as far as their assignment tells."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value) if makes_path(value):
                found.add(name)
            case (
                ast.arg(arg=name, annotation=ast.Name("Path"))
                | ast.AnnAssign(target=ast.Name(name), annotation=ast.Name("Path"))
            ):
                found.add(name)
            case _:
                pass
    return found


def makes_path(value: ast.expr) -> bool:
    match value:
        case ast.Call(func=ast.Name(name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in PATHS
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            return makes_path(left) or any(isinstance(side, ast.Constant) and isinstance(side.value, str)
                                           for side in (left, right))  # fmt: skip
        case _:
            return False


def judge_call(call: ast.Call, names: Mapping[str, str], paths: set[str]) -> BareCall | None:
    keywords = {word.arg: word.value for word in call.keywords}
    if "encoding" in keywords or None in keywords or any(isinstance(word, ast.Starred) for word in call.args):
        return None
    name = full_name(call.func, names)
    if name in SUBPROCESS:
        if not is_text_run(keywords):
            return None
        return bare(call, f"{name}(text=True)", UTF8 if "errors" in keywords else f'{UTF8}, errors="replace"')
    if is_text(call, name, keywords):
        return bare(call, f"{name}()")
    match call.func:
        case ast.Attribute(_, "read_text") if not call.args:
            return bare(call, ".read_text()")
        case ast.Attribute(_, "write_text") if len(call.args) == 1:
            return bare(call, ".write_text()")
        case ast.Attribute(receiver, "open") if not name and len(call.args) < 3:
            spelled = call.args[:1] or ([keywords["mode"]] if "mode" in keywords else [])
            if is_text_mode(spelled[0]) if spelled else is_path(receiver, paths):
                return bare(call, ".open()")
        case _:
            pass
    return None


def bare(call: ast.Call, what: str, addition: str = UTF8) -> BareCall:
    end = (call.end_lineno or call.lineno, (call.end_col_offset or 1) - 1)
    return BareCall(call.lineno, what, addition, end)


def full_name(function: ast.expr, names: Mapping[str, str]) -> str:
    """The name under which the standard library has what is called; empty for anything else."""
    match function:
        case ast.Name("open"):
            return names.get("open", "open")
        case ast.Name(name):
            return names.get(name, "")
        case ast.Attribute(ast.Name(module), name) if module in names:
            return f"{names[module]}.{name}"
        case _:
            return ""


def is_text(call: ast.Call, name: str, keywords: Mapping[str | None, ast.expr]) -> bool:
    """Whether a function of the standard library opens a text here, and nothing names its encoding."""
    if name in ALWAYS_TEXT:
        return len(call.args) < ALWAYS_TEXT[name]
    if name in MODE_SECOND:
        mode = call.args[1] if len(call.args) > 1 else keywords.get("mode")
        return len(call.args) < 4 and (mode is None or is_text_mode(mode))
    if name in BINARY_UNLESS_T:
        mode = call.args[1] if len(call.args) > 1 else keywords.get("mode")
        return len(call.args) < 4 and isinstance(mode, ast.Constant) and "t" in str(mode.value)
    if name in MODE_FIRST or name in MODE_AFTER_SIZE:
        before = 1 if name in MODE_AFTER_SIZE else 0
        mode = call.args[before] if len(call.args) > before else keywords.get("mode")
        return mode is not None and is_text_mode(mode)
    return False


def is_text_mode(mode: ast.expr) -> bool:
    return (
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and bool(mode.value)
        and set(mode.value) <= set("rwaxt+")
    )


def is_path(receiver: ast.expr, paths: set[str]) -> bool:
    """Whether `receiver.open()` opens a file, as far as the text shows."""
    match receiver:
        case ast.Name(name):
            return name in paths or name.lower().endswith(PATH_WORDS)
        case ast.Attribute(_, name):
            return name.lower().endswith(PATH_WORDS)
        case _:
            return makes_path(receiver)


def is_text_run(keywords: Mapping[str | None, ast.expr]) -> bool:
    return any(
        isinstance(value, ast.Constant) and value.value is True
        for value in (keywords.get("text"), keywords.get("universal_newlines"))
    )


def mend(ground: Ground, findings: Sequence[Finding]) -> list[str]:
    """Adds the missing keywords. A file that would no longer parse is left as it was."""
    changed: list[str] = []
    for name in sorted({path_of(finding) for finding in findings}):
        path = ground.root / name
        mended = with_encodings(SourceFile(name, path.read_bytes()))
        if mended is not None:
            path.write_bytes(mended)
            changed.append(name)
    return changed


def with_encodings(file: SourceFile) -> bytes | None:
    """The file's bytes with every bare call completed; None when that would not be Python."""
    lines = file.content.splitlines(keepends=True)
    # From the end backwards, so that earlier places stay where they are.
    for call in sorted(bare_calls(file), key=lambda call: call.end, reverse=True):
        row, column = call.end
        before = b"".join([*lines[: row - 1], lines[row - 1][:column]]).rstrip()
        glue = b"" if before.endswith(b"(") else b" " if before.endswith(b",") else b", "
        line = lines[row - 1]
        lines[row - 1] = line[:column] + glue + call.addition.encode("ascii") + line[column:]
    mended = b"".join(lines)
    try:
        syntax_of(mended)
    except SyntaxError:
        return None
    return mended


CHECKS: Sequence[Check[tuple[SourceFile, ...]]] = (
    Check(
        "open-encoding",
        "Encoding",
        "every call that opens text names an encoding",
        "파일을 열 때 인코딩을 정했는지",
        probe_python,
        evaluate,
        mend=mend,
        of_the_tree=True,
    ),
)
