"""Text files in encodings that break on a Korean Windows, or come from one.

What a file says does not matter to this module. Programs that leave the encoding open are another's: `open_calls`.
"""

from collections.abc import Iterator, Sequence

from infra.platforms.git import SourceFile, text_files
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

BOM = b"\xef\xbb\xbf"
POWERSHELL = (".ps1", ".psm1", ".psd1")
BATCH = (".bat", ".cmd")


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


def path_of(finding: Finding) -> str:
    return (finding.where or "").rsplit(":", 1)[0] if ":" in (finding.where or "") else (finding.where or "")


FILE_CHECKS: tuple[Check[tuple[SourceFile, ...]], ...] = (
    Check(
        "text-encoding",
        "Encoding",
        "every text file is UTF-8",
        "글 파일이 모두 UTF-8인지",
        probe,
        evaluate_files,
        mend=mend_files,
        of_the_tree=True,
    ),
)
