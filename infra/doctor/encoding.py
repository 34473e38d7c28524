"""Text that breaks on a Korean Windows: files in other encodings, and Python that leaves the encoding to the system.

ruff's PLW1514 sees only paths whose type it can infer and no subprocess, so the calls are looked for here. What a
file says does not matter to this module.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.doctor.tree import SourceFile, text_files
from infra.findings import Check, Finding, Ground

BOM = b"\xef\xbb\xbf"
POWERSHELL = (".ps1", ".psm1", ".psd1")
BATCH = (".bat", ".cmd")
SUBPROCESS_CALLS = {"run", "Popen", "check_output", "check_call", "call"}
TEXT_MODES = {"r", "w", "a", "x", "rt", "wt", "at", "xt", "r+", "w+", "a+", "x+"}


@dataclass(frozen=True, slots=True)
class BareCall:
    """A call that leaves the encoding open. `addition` are the keywords it lacks; `end` is the place of its `)`."""

    line: int
    what: str
    addition: str
    end: tuple[int, int]


def probe(ground: Ground) -> tuple[SourceFile, ...]:
    return text_files(ground.root)


def evaluate_files(files: Sequence[SourceFile]) -> list[Finding]:
    """Encodings: UTF-8 without a mark everywhere; scripts of Windows PowerShell 5.1 ASCII, or UTF-8 with a mark."""
    return [finding for file in files for finding in judge_file(file)]


def judge_file(file: SourceFile) -> Iterator[Finding]:
    ending = file.path[file.path.rfind(".") :].lower()
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        yield Finding(
            "error",
            f"not UTF-8 (byte {error.start})",
            "save it as UTF-8; from a Korean editor it is most likely code page 949",
            ("python run.py preflight --fix --only text-encoding",),
            where=f"{file.path}:{line}",
            mendable=as_text(file.content) is not None,
        )
        return
    marked = file.content.startswith(BOM)
    if ending in POWERSHELL and not marked and not text.isascii():
        yield Finding(
            "error",
            "Windows PowerShell 5.1 reads this script in the system's code page, and it is neither ASCII nor marked",
            "write the script in ASCII and leave the words to Python; or save it as UTF-8 with a byte order mark",
            ("python run.py preflight --fix --only text-encoding",),
            where=file.path,
            mendable=True,
        )
    elif ending in BATCH and not text.isascii():
        yield Finding(
            "error",
            "cmd.exe reads batch files in the console's code page; this one is not ASCII",
            "move what is not ASCII into Python",
            where=file.path,
        )
    elif marked and ending not in POWERSHELL:
        yield Finding(
            "error",
            "starts with a byte order mark, which Node, tomllib and shebangs do not expect",
            "save it as UTF-8 without a mark",
            ("python run.py preflight --fix --only text-encoding",),
            where=file.path,
            mendable=True,
        )


def mend_files(ground: Ground, findings: Sequence[Finding]) -> list[str]:
    """Re-encodes; line ends stay as they are."""
    changed: list[str] = []
    for finding in findings:
        name = path_of(finding)
        path = ground.root / name
        content = path.read_bytes()
        text = as_text(content)
        if text is None:
            continue
        mark = BOM if path.suffix.lower() in POWERSHELL and not text.isascii() else b""
        path.write_bytes(mark + text.encode("utf-8"))
        changed.append(name)
    return changed


def as_text(content: bytes) -> str | None:
    """The text of bytes in one of the encodings that Korean Windows tools write; None when it is none of them."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp949")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def evaluate_calls(files: Sequence[SourceFile]) -> list[Finding]:
    """`open`, `read_text`, `write_text` and text-mode subprocesses without an encoding."""
    findings: list[Finding] = []
    for file in files:
        for call in bare_calls(file):
            findings.append(
                Finding(
                    "error",
                    f"{call.what} leaves the encoding to the system, which is code page 949 on Korean Windows",
                    f"add {call.addition}",
                    ("python run.py preflight --fix --only open-encoding",),
                    where=f"{file.path}:{call.line}",
                    mendable=True,
                )
            )
    return findings


def bare_calls(file: SourceFile) -> list[BareCall]:
    if not file.path.endswith(".py"):
        return []
    try:
        tree = ast.parse(file.content)
    except (SyntaxError, ValueError):
        return []  # the linter says so better
    return [found for node in ast.walk(tree) if isinstance(node, ast.Call) and (found := judge_call(node))]


def judge_call(call: ast.Call) -> BareCall | None:
    keywords = {word.arg: word.value for word in call.keywords}
    if "encoding" in keywords or None in keywords or any(isinstance(word, ast.Starred) for word in call.args):
        return None
    end = (call.end_lineno or call.lineno, (call.end_col_offset or 1) - 1)
    utf8 = 'encoding="utf-8"'
    match call.func:
        case ast.Name("open") if len(call.args) < 4 and is_text_mode(call.args[1:2], keywords.get("mode")):
            return BareCall(call.lineno, "open()", utf8, end)
        case ast.Attribute(_, "open") if mode_is_spelled(call) and is_text_mode(call.args[:1], keywords.get("mode")):
            return BareCall(call.lineno, ".open()", utf8, end)
        case ast.Attribute(_, "read_text") if not call.args:
            return BareCall(call.lineno, ".read_text()", utf8, end)
        case ast.Attribute(_, "write_text") if len(call.args) == 1:
            return BareCall(call.lineno, ".write_text()", utf8, end)
        case ast.Attribute(ast.Name("subprocess"), name) if name in SUBPROCESS_CALLS and is_text_run(keywords):
            addition = utf8 if "errors" in keywords else f'{utf8}, errors="replace"'
            return BareCall(call.lineno, f"subprocess.{name}(text=True)", addition, end)
        case _:
            return None


def mode_is_spelled(call: ast.Call) -> bool:
    """`thing.open()` may be anything; with a mode it is a file."""
    return any(word.arg == "mode" for word in call.keywords) or bool(call.args[:1])


def is_text_mode(positional: Sequence[ast.expr], keyword: ast.expr | None) -> bool:
    mode = positional[0] if positional else keyword
    if mode is None:
        return True
    return isinstance(mode, ast.Constant) and mode.value in TEXT_MODES


def is_text_run(keywords: dict[str | None, ast.expr]) -> bool:
    return any(
        isinstance(value, ast.Constant) and value.value is True
        for value in (keywords.get("text"), keywords.get("universal_newlines"))
    )


def mend_calls(ground: Ground, findings: Sequence[Finding]) -> list[str]:
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
        ast.parse(mended)
    except SyntaxError:
        return None
    return mended


def path_of(finding: Finding) -> str:
    return (finding.where or "").rsplit(":", 1)[0] if ":" in (finding.where or "") else (finding.where or "")


CHECKS: tuple[Check[tuple[SourceFile, ...]], ...] = (
    Check("text-encoding", "Encoding", "every text file is UTF-8", probe, evaluate_files, mend=mend_files),
    Check("open-encoding", "Encoding", "no call leaves the encoding open", probe, evaluate_calls, mend=mend_calls),
)
