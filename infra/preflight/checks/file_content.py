"""Line ends that break a script, and invisible characters in text files.

`infra.preflight.checks.encoding` checks the encoding. It does not know what the files say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms.git import SourceFile, git, text_files
from infra.platforms.ground import Ground
from infra.preflight.checks.encoding import BATCH
from infra.preflight.findings import Check, Finding

RUN_BY_NAME = re.compile(rb"^#!")
SCRIPTS = (".sh", ".bash", ".zsh", ".ci/run")
HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\u00ad\ufeff]")
"""Characters that change the reading order, and zero-width spaces: with them, code differs from what a reader sees."""


@dataclass(frozen=True, slots=True)
class Lines:
    """`committed` are the paths whose committed bytes have CR LF, despite .gitattributes."""

    files: tuple[SourceFile, ...]
    committed: frozenset[str]


def probe(ground: Ground) -> Lines:
    return Lines(text_files(ground.root), frozenset(with_crlf(git(ground.root, "ls-files", "--eol", "-z"))))


def with_crlf(listing: str) -> list[str]:
    """Paths from `git ls-files --eol -z` with CR LF in the index; batch files, which may have CR LF, excluded."""
    rows = (row.partition("\t") for row in listing.split("\0") if row)
    return [path for kinds, _, path in rows if kinds.startswith(("i/crlf", "i/mixed")) and not is_batch(path)]


def is_batch(path: str) -> bool:
    return path.lower().endswith(BATCH)


def evaluate_lines(lines: Lines) -> list[Finding]:
    findings = [
        Finding(
            "error",
            localized(
                ko="줄 끝이 Windows 방식(CR LF)으로 커밋되어 있어요. .gitattributes와 달라요",
                en="is committed with the line ends of Windows (CR LF), against .gitattributes",
            ),
            localized(ko="git이 줄 끝을 맞추게 한 다음 커밋해 주세요", en="let git normalise it, then commit"),
            (f'git add --renormalize "{path}"',),
            where=path,
        )
        for path in sorted(lines.committed)
    ]
    findings += [
        Finding(
            "error",
            localized(
                ko="스크립트의 줄 끝이 Windows 방식(CR LF)이에요. 다른 시스템에서는 실행할 프로그램을 찾지 못해요",
                en="is a script with the line ends of Windows (CR LF); other systems cannot find its interpreter",
            ),
            localized(ko="줄 끝을 LF로 저장해 주세요", en="save it with LF line ends"),
            ("python run.py preflight --fix --only line-ends",),
            where=file.path,
            mendable=True,
        )
        for file in lines.files
        if is_script(file) and b"\r\n" in file.content
    ]
    return findings


def is_script(file: SourceFile) -> bool:
    return bool(RUN_BY_NAME.match(file.content)) or file.path.endswith(SCRIPTS)


def mend_lines(ground: Ground, findings: Sequence[Finding]) -> list[str]:
    changed: list[str] = []
    for path in [finding.where or "" for finding in findings]:
        file = ground.root / path
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
        changed.append(path)
    return changed


def probe_files(ground: Ground) -> tuple[SourceFile, ...]:
    return text_files(ground.root)


def evaluate_signs(files: Sequence[SourceFile]) -> list[Finding]:
    findings: list[Finding] = []
    for file in files:
        text = file.content.decode("utf-8", errors="replace").removeprefix("\ufeff")
        for found in HIDDEN.finditer(text):
            findings.append(
                Finding(
                    "error",
                    localized(
                        ko=f"보이지 않는 문자 U+{ord(found[0]):04X}이 들어 있어요",
                        en=f"contains the invisible character U+{ord(found[0]):04X}",
                    ),
                    localized(ko="지우거나 이스케이프로 써 주세요", en="delete it, or write it as an escape"),
                    where=f"{file.path}:{text.count(chr(10), 0, found.start()) + 1}",
                )
            )
    return findings


LINE_CHECKS: Sequence[Check[Lines]] = (
    Check(
        "line-ends",
        "Files",
        "scripts and committed files have LF line ends",
        "스크립트의 줄바꿈이 맞는지",
        probe,
        evaluate_lines,
        mend=mend_lines,
        of_the_tree=True,
    ),
)
SIGN_CHECKS: Sequence[Check[tuple[SourceFile, ...]]] = (
    Check(
        "hidden-signs",
        "Files",
        "no file has invisible characters",
        "보이지 않는 글자가 없는지",
        probe_files,
        evaluate_signs,
        of_the_tree=True,
    ),
)
