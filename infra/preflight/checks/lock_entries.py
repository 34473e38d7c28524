"""The entries of the locks: whether each has hashes, and whether each is as the resolver wrote it.

A hash belongs to one file of one version. So if two versions have the same hash, in any lock or earlier commit, one
entry was edited by hand and cannot be installed. It does not know which versions are the newest.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infra.language import localized
from infra.platforms.files import json_of, text_of, toml_of
from infra.platforms.git import committed, git
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding

FOLDER = "infra/locks"
NODE = "package-lock.json"
HEAD = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)")
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})\s*\\?$")
REQUIREMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
AGO = 10
"""Earlier states of each lock that are compared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One package in one lock. `when` is the commit of the entry, empty for the current files."""

    lock: str
    line: int
    name: str
    version: str
    hashes: frozenset[str]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Locks:
    """`now` and `before` are the current and the earlier entries; `strange` are invalid lines of the locks; `unlocked`
    are requirements that their group's lock lacks."""

    now: tuple[Entry, ...]
    before: tuple[Entry, ...]
    strange: tuple[tuple[str, str], ...]
    unlocked: tuple[tuple[str, str], ...]


def probe(ground: Ground) -> Locks:
    root = ground.root
    now: list[Entry] = []
    before: list[Entry] = []
    strange: list[tuple[str, str]] = []
    names = [path.relative_to(root).as_posix() for path in sorted((root / FOLDER).glob("*.txt"))]
    for name in names:
        text = text_of(root, name)
        now += entries(name, text)
        strange += [(f"{name}:{line}", words) for line, words in strange_lines(text)]
    if (root / NODE).is_file():
        now += node_entries(json_of(root, NODE))
    for name in (*names, NODE):
        for commit in git(root, "log", f"--max-count={AGO}", "--format=%h", "--", name).split():
            before += earlier(name, committed(root, commit, name) or "", commit)
    groups = toml_of(root, "pyproject.toml").get("dependency-groups", {})
    return Locks(tuple(now), tuple(before), tuple(strange), tuple(unlocked(groups, now)))


def entries(lock: str, text: str, when: str = "") -> list[Entry]:
    found: list[Entry] = []
    for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE):
        if head := HEAD.match(block):
            hashes = frozenset(match[1] for row in block.splitlines() if (match := HASH.search(row)))
            line = text.count("\n", 0, text.index(block)) + 1
            found.append(Entry(lock, line, normal(head[1]), head[2], hashes, when))
    return found


def strange_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#") and not HEAD.match(line) and not HASH.search(line):
            yield number, line.strip()


def node_entries(document: dict[str, Any], when: str = "") -> list[Entry]:
    """npm's entries with a digest; entries for other platforms may have none."""
    packages: dict[str, dict[str, Any]] = document.get("packages", {})
    return [
        Entry(
            NODE, 1, path.rpartition("node_modules/")[2], str(row["version"]), frozenset([str(row["integrity"])]), when
        )
        for path, row in packages.items()
        if "integrity" in row and "version" in row
    ]


def earlier(lock: str, text: str, commit: str) -> list[Entry]:
    if lock != NODE:
        return entries(lock, text, commit)
    try:
        return node_entries(json.loads(text), commit)
    except (ValueError, AttributeError):
        return []


def unlocked(groups: dict[str, Any], now: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Group and requirement of each requirement that the group's lock lacks, pinned or not."""
    held = {(entry.lock, entry.name) for entry in now}
    for group, requirements in groups.items():
        for requirement in [each for each in requirements if isinstance(each, str)]:
            name = REQUIREMENT.match(requirement)
            if name and (f"{FOLDER}/{group}.txt", normal(name[0])) not in held:
                yield group, requirement


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def evaluate(locks: Locks) -> list[Finding]:
    findings = [
        wrong(
            localized(
                ko=f"{group} 묶음의 {requirement} 항목이 잠겨 있지 않아서 설치되지 않아요",
                en=f"{requirement} of group {group} is not locked, so it is never installed",
            ),
            "pyproject.toml",
        )
        for group, requirement in locks.unlocked
    ]
    findings += [
        wrong(
            localized(
                ko=f"리졸버가 쓰지 않는 줄이에요: {words[:60]}",
                en=f"the resolver does not write such a line: {words[:60]}",
            ),
            where,
        )
        for where, words in locks.strange
    ]
    findings += [
        wrong(
            localized(
                ko=f"{entry.name} {entry.version} 항목에 해시가 없어요", en=f"{entry.name} {entry.version} has no hash"
            ),
            f"{entry.lock}:{entry.line}",
        )
        for entry in locks.now
        if not entry.hashes
    ]
    return findings + [wrong(message, where) for where, message in edited(locks)]


def edited(locks: Locks) -> Iterator[tuple[str, str]]:
    """Entries that share a hash with another version, or share none with the same version elsewhere."""
    owners: defaultdict[str, list[Entry]] = defaultdict(list)
    versions: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in (*locks.now, *locks.before):
        versions[entry.name, entry.version].append(entry)
        for digest in entry.hashes:
            owners[digest].append(entry)
    for entry in locks.now:
        where = f"{entry.lock}:{entry.line}"
        others = [other for digest in entry.hashes for other in owners[digest]]
        twin = next((other for other in others if (other.name, other.version) != (entry.name, entry.version)), None)
        if twin:
            place = twin.when or twin.lock
            yield (
                where,
                localized(
                    ko=f"{entry.name} {entry.version} 항목의 해시가 {twin.name} {twin.version} 것이에요 ({place})",
                    en=f"{entry.name} {entry.version} has the hashes of {twin.name} {twin.version} ({place})",
                ),
            )
        elif any(not entry.hashes & other.hashes for other in versions[entry.name, entry.version] if other.hashes):
            yield (
                where,
                localized(
                    ko=f"{entry.name} {entry.version} 항목의 해시가 다른 곳의 같은 버전과 달라요",
                    en=f"{entry.name} {entry.version} has hashes that differ from the same version elsewhere",
                ),
            )


def wrong(message: str, where: str) -> Finding:
    return Finding(
        "error",
        message,
        localized(ko="잠금 파일을 다시 쓰고 커밋해 주세요", en="write the locks again and commit them"),
        ("python run.py lock",),
        where=where,
    )


CHECKS: Sequence[Check[Locks]] = (
    Check(
        "lock-entries",
        "Dependencies",
        "locks are complete and not edited by hand",
        "잠금 파일이 온전하고 손대지 않았는지",
        probe,
        evaluate,
        of_the_tree=True,
    ),
)
