"""Encodings of text files that fail on Korean Windows, or that Korean Windows programs have written.

It does not judge the content of a file. `open_calls` finds code that opens files without an encoding.
"""

from collections.abc import Iterator, Sequence

from infra.language import localized
from infra.platforms.git import SourceFile, text_files
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

BOM = b"\xef\xbb\xbf"
POWERSHELL = (".ps1", ".psm1", ".psd1")
BATCH = (".bat", ".cmd")


def probe(ground: Ground) -> tuple[SourceFile, ...]:
    return text_files(ground.root)


def evaluate_files(files: Sequence[SourceFile]) -> list[Finding]:
    """UTF-8 without a byte order mark everywhere. Scripts of Windows PowerShell 5.1: ASCII, or UTF-8 with a mark."""
    return [finding for file in files for finding in judge_file(file)]


def judge_file(file: SourceFile) -> Iterator[Finding]:
    ending = file.path[file.path.rfind(".") :].lower()
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        yield Finding(
            "error",
            localized(ko=f"UTF-8이 아니에요 ({error.start}번째 바이트)", en=f"not UTF-8 (byte {error.start})"),
            localized(
                ko="UTF-8로 저장해 주세요. 한글 편집기로 쓴 파일이면 코드 페이지 949일 때가 많아요",
                en="save it as UTF-8; a file from a Korean editor is probably in code page 949",
            ),
            ("python run.py preflight --fix --only text-encoding",),
            where=f"{file.path}:{line}",
            mendable=as_text(file.content) is not None,
        )
        return
    marked = file.content.startswith(BOM)
    if ending in POWERSHELL and not marked and not text.isascii():
        yield Finding(
            "error",
            localized(
                ko="Windows PowerShell 5.1은 이 스크립트를 시스템 코드 페이지로 읽어요. 표시(BOM)도 "
                "없고 ASCII도 아니에요",
                en="Windows PowerShell 5.1 reads this script in the system's code page: it has no mark and is not "
                "ASCII",
            ),
            localized(
                ko="스크립트는 ASCII로만 쓰고 나머지 글은 Python으로 옮기거나, BOM이 있는 UTF-8로 저장해 주세요",
                en="write the script in ASCII and move the other text into Python, or save it as UTF-8 with a byte "
                "order mark",
            ),
            ("python run.py preflight --fix --only text-encoding",),
            where=file.path,
            mendable=True,
        )
    elif ending in BATCH and not text.isascii():
        yield Finding(
            "error",
            localized(
                ko="cmd.exe는 배치 파일을 콘솔의 코드 페이지로 읽어요. 이 파일은 ASCII가 아니에요",
                en="cmd.exe reads batch files in the console's code page; this one is not ASCII",
            ),
            localized(ko="ASCII가 아닌 글은 Python으로 옮겨 주세요", en="move the text that is not ASCII into Python"),
            where=file.path,
        )
    elif marked and ending not in POWERSHELL:
        yield Finding(
            "error",
            localized(
                ko="파일이 BOM으로 시작해요. Node, tomllib, 셔뱅이 읽지 못해요",
                en="starts with a byte order mark, on which Node, tomllib and shebangs fail",
            ),
            localized(ko="BOM 없는 UTF-8로 저장해 주세요", en="save it as UTF-8 without a mark"),
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
    """Decodes bytes in the encodings that Korean Windows programs write; None when none of them fits."""
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
