"""Names, kinds and sizes of the tracked files: whether every system can store them, and whether git should have them.

Other checks read their content. Names are read from the index, so that files are found that this system cannot write.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from infra.language import localized
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
        Finding("error", message, fix, (out_of_git(entry),) if leaves else (), where=entry.path)
        for entry in entries
        for message, fix, leaves in faults_of(entry)
    ]
    return findings + [
        Finding(
            "error",
            localized(
                ko=f"{', '.join(others)}: Windows와 macOS에서는 이것과 같은 이름이에요",
                en=f"and {', '.join(others)} are the same name on Windows and macOS",
            ),
            localized(
                ko="하나만 남기거나, 대소문자 말고 다른 글자로 구별해 주세요",
                en="keep one of them, or give them names that differ in more than letter case",
            ),
            where=name,
        )
        for name, others in twins([entry.path for entry in entries])
    ]


def out_of_git(entry: Entry) -> str:
    return f'git rm --cached "{entry.path}"'


def faults_of(entry: Entry) -> Iterator[tuple[str, str, bool]]:
    """Each fault of one entry, its fix, and whether the fix is to take the file out of git."""
    rename = localized(ko="다른 이름으로 바꿔 주세요", en="give it another name")
    for part in PurePosixPath(entry.path).parts:
        if RESERVED.match(part) or FORBIDDEN.search(part) or part.endswith((".", " ")) or part.startswith(" "):
            yield (
                localized(
                    ko=f"Windows에서는 {part!r} 이름을 쓸 수 없어서 이 커밋을 받을 수 없어요",
                    en=f"Windows does not allow the name {part!r}, so this commit cannot be checked out there",
                ),
                rename,
                False,
            )
        invisible = sorted({f"U+{ord(sign):04X}" for sign in part if is_invisible(sign)})
        if invisible:
            yield (
                localized(
                    ko=f"보이지 않는 문자가 들어 있어요 ({', '.join(invisible)})",
                    en=f"contains invisible characters ({', '.join(invisible)})",
                ),
                rename,
                False,
            )
    if unicodedata.normalize("NFC", entry.path) != entry.path:
        yield (
            localized(
                ko="이름이 유니코드 NFD 형식(자모나 부호가 나뉜 형식)이에요. 다른 시스템은 다른 이름으로 읽어요",
                en="is in Unicode form NFD (separate jamo or accents), which other systems read as another name",
            ),
            rename,
            False,
        )
    if len(entry.path) > LONGEST_PATH:
        yield (
            localized(
                ko=f"경로가 {len(entry.path)}자예요. {LONGEST_PATH}자까지 쓸 수 있어요 (Windows는 폴더까지 합쳐 260자)",
                en=f"has a path of length {len(entry.path)}; the limit is {LONGEST_PATH} (Windows allows 260 with the "
                "folder)",
            ),
            rename,
            False,
        )
    if entry.mode == LINK:
        yield (
            localized(
                ko="심볼릭 링크예요. Windows는 글 파일로 받아요",
                en="is a symbolic link, which Windows checks out as a text file",
            ),
            localized(ko="파일 자체를 거기에 두세요", en="put the file itself there"),
            False,
        )
    if entry.mode == REPOSITORY:
        yield (
            localized(
                ko="저장소 안의 다른 git 저장소라서 그 파일들이 커밋되지 않아요",
                en="is a git repository inside this one, so its files are not committed",
            ),
            localized(ko="git에서 빼거나, 그 파일들을 더해 주세요", en="remove it from git, or add its files"),
            True,
        )
    if entry.size > LARGEST_BYTES:
        yield (
            localized(
                ko=f"{entry.size / 1024**2:.0f} MB예요. 저장소를 받는 사람마다 내려받아야 해요",
                en=f"has {entry.size / 1024**2:.0f} MB, which every clone must download",
            ),
            localized(ko="git에서 빼고 R2에 두세요", en="remove it from git; keep it in R2"),
            True,
        )
    if KEY_FILE.search(entry.path):
        yield (
            localized(
                ko="키를 담는 파일이에요. 푸시하면 공개돼요", en="is a file for keys, and a push would publish it"
            ),
            localized(
                ko="git에서 빼고, 그 안의 키를 모두 바꿔 주세요", en="remove it from git and replace every key in it"
            ),
            True,
        )
    elif entry.ignored:
        yield (
            localized(ko=".gitignore에 있는데도 git이 추적하고 있어요", en="is tracked although .gitignore matches it"),
            localized(ko="git에서 빼 주세요", en="remove it from git"),
            True,
        )


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
