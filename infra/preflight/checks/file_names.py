"""Names, kinds and sizes of the tracked files: whether every system can store them, and whether git should have them.

Other checks read their content. Names are read from the index, so that files are found that this system cannot write.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

LONGEST_PATH = 200
"""Windows allows 260 characters for the whole path; the rest is for the checkout's folder."""
LARGEST_BYTES = 25 * 1024**2
"""The limit of Pages. Every clone downloads a large file, also after it is deleted."""
RESERVED = re.compile(
    r"^(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9\u00b9\u00b2\u00b3]|LPT[0-9\u00b9\u00b2\u00b3])(\.|$)", re.IGNORECASE
)
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
KEY_FILE = re.compile(
    r"(^|/)(\.env(\..+)?|\.dev\.vars(\..+)?|\.netrc|_netrc|\.pypirc|\.modal\.toml|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)"
    r"|[^/]+\.(pem|key|p12|pfx|jks|keystore|ppk))$",
    re.IGNORECASE,
)
"""Files that are made to hold keys."""
TAKE_OUT = "remove it from git"
LINK, REPOSITORY = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the index. `mode` is git's; `ignored` says that .gitignore matches it nevertheless."""

    path: str
    mode: str = "100644"
    size: int = 0
    ignored: bool = False


def probe(ground: Ground) -> tuple[Entry, ...]:
    root = ground.root
    ignored = set(git(root, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard").split("\0"))
    rows = [row for row in git(root, "ls-files", "-z", "--stage").split("\0") if row]
    found: list[Entry] = []
    for row in rows:
        kind, _, path = row.partition("\t")
        file = root / path
        size = file.stat().st_size if file.is_file() and not file.is_symlink() else 0
        found.append(Entry(path, kind.split()[0], size, path in ignored))
    return tuple(found)


def evaluate(entries: Sequence[Entry]) -> list[Finding]:
    findings = [
        Finding("error", message, fix, (out_of_git(entry),) if fix.startswith(TAKE_OUT) else (), where=entry.path)
        for entry in entries
        for message, fix in faults_of(entry)
    ]
    return findings + [
        Finding(
            "error",
            f"and {', '.join(others)} are the same name on Windows and macOS",
            "keep one of them, or give them names that differ in more than letter case",
            where=name,
        )
        for name, others in twins([entry.path for entry in entries])
    ]


def out_of_git(entry: Entry) -> str:
    return f'git rm --cached "{entry.path}"'


def faults_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Each fault of one entry, with its fix."""
    rename = "give it another name"
    for part in PurePosixPath(entry.path).parts:
        if RESERVED.match(part) or FORBIDDEN.search(part) or part.endswith((".", " ")) or part.startswith(" "):
            yield f"Windows does not allow the name {part!r}, so this commit cannot be checked out there", rename
        invisible = sorted({f"U+{ord(sign):04X}" for sign in part if is_invisible(sign)})
        if invisible:
            yield f"contains invisible characters ({', '.join(invisible)})", rename
    if unicodedata.normalize("NFC", entry.path) != entry.path:
        yield (
            "is in Unicode form NFD (separate jamo or accents), which other systems read as another name",
            rename,
        )
    if len(entry.path) > LONGEST_PATH:
        yield (
            f"is {len(entry.path)} characters long; the limit is {LONGEST_PATH} (Windows allows 260 with the folder)",
            rename,
        )
    if entry.mode == LINK:
        yield "is a symbolic link, which Windows checks out as a text file", "put the file itself there"
    if entry.mode == REPOSITORY:
        yield "is a git repository inside this one, so its files are not committed", f"{TAKE_OUT}, or add its files"
    if entry.size > LARGEST_BYTES:
        yield f"has {entry.size / 1024**2:.0f} MB, which every clone must download", f"{TAKE_OUT}; keep it in R2"
    if KEY_FILE.search(entry.path):
        yield "is a file for keys, and a push would publish it", f"{TAKE_OUT} and replace every key in it"
    elif entry.ignored:
        yield "is tracked although .gitignore matches it", TAKE_OUT


def is_invisible(sign: str) -> bool:
    """True for format and control characters, and for every space except the plain one."""
    return unicodedata.category(sign) in ("Cf", "Cc", "Zl", "Zp") or (sign.isspace() and sign != " ")


def twins(paths: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Paths of files and folders that differ only in letter case or Unicode form."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        pure = PurePosixPath(path)
        for each in (pure, *pure.parents):
            seen[unicodedata.normalize("NFC", str(each)).casefold()].add(str(each))
    groups = [sorted(group) for group in seen.values() if len(group) > 1]
    return [(group[0], group[1:]) for group in sorted(groups)]


CHECKS: Sequence[Check[tuple[Entry, ...]]] = (
    Check(
        "file-names",
        "Files",
        "every system can store every tracked file",
        "올린 파일을 어느 컴퓨터에서나 받을 수 있는지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
