"""Keys in the commits and messages that a push would publish, in addition to the current files.

A key that one commit added and the next removed is published too. Commits that the remote already has are not checked:
a key in them must be replaced where it was issued.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.language import localized
from infra.platforms.git import SourceFile, git, pushed, text_files
from infra.platforms.ground import Ground
from infra.preflight.checks.file_names import KEY_FILE
from infra.preflight.checks.secrets import (
    DIGESTS,
    GUESSED_IN_FILES,
    GUESSED_IN_TEXT,
    Trace,
    evaluate,
    in_file,
    is_plain,
    kinds_of,
    scanner,
)
from infra.preflight.findings import Check, Finding

PATCH = ("log", "-p", "-m", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--format=%x00%h")
TAGS = "--format=%(refname:short)%00%(objecttype)%00%(contents)%00%00"
NAMED = re.compile(r"^(?:\+\+\+ b/|Binary files .* and b/)(.*?)(?: differ)?\t?$")


def next_push() -> str:
    """What would publish the key, as `infra.preflight.checks.secrets` shows it."""
    return localized(ko="다음에 푸시하면", en="the next push")


@dataclass(frozen=True, slots=True)
class Addition:
    """What one commit added to one file."""

    commit: str
    path: str
    lines: tuple[str, ...]


def scope(ground: Ground) -> list[str]:
    """For `git log`: the commits that a push would send. All commits if the remote's branch is unknown here."""
    base = pushed(ground)
    return [f"{base}..HEAD"] if base else ["HEAD"]


def probe_history(ground: Ground) -> tuple[Trace, ...]:
    present = {line for file in text_files(ground.root) for line in as_lines(file.content)}
    found: list[Trace] = []
    added = list(additions(git(ground.root, *PATCH, *scope(ground)), present))
    for each in added:
        if KEY_FILE.search(each.path):
            found.append(
                Trace(
                    f"commit {each.commit}: {each.path}",
                    localized(ko="키를 담는 파일", en="a file for keys"),
                    next_push(),
                )
            )
    with tempfile.TemporaryDirectory() as folder:
        for plain, guesses in ((True, GUESSED_IN_FILES), (False, ())):
            with scanner(guesses):
                for each in added:
                    if each.lines and is_plain(each.path) == plain and not DIGESTS.match(each.path):
                        file = SourceFile(each.path, "\n".join(each.lines).encode("utf-8"))
                        place = f"commit {each.commit}: {each.path}"
                        found += [Trace(place, trace.kind, next_push()) for trace in in_file(file, Path(folder))]
    return tuple(dict.fromkeys(found))


def as_lines(content: bytes) -> list[str]:
    return content.decode("utf-8", errors="replace").splitlines()


def additions(patches: str, present: set[str]) -> Iterator[Addition]:
    """What `git log -p` shows as added, file by file, without the lines that stand in the files today: those are
    searched where they stand."""
    for entry in patches.split("\0")[1:]:
        commit, _, patch = entry.partition("\n")
        for part in re.split(r"^diff --git ", patch, flags=re.MULTILINE)[1:]:
            rows = part.split("\n")
            path = next((found[1] for row in rows if (found := NAMED.match(row))), "")
            body = next((at for at, row in enumerate(rows) if row.startswith("@@")), len(rows))
            lines = tuple(row[1:] for row in rows[body:] if row.startswith("+") and row[1:] not in present)
            if path:
                yield Addition(commit.strip(), path, lines)


def probe_messages(ground: Ground) -> tuple[Trace, ...]:
    log = git(ground.root, "log", "--format=%h%n%B%x00", *scope(ground))
    texts: list[tuple[str, str]] = []
    for entry in log.split("\0"):
        commit, _, message = entry.strip().partition("\n")
        texts.append((f"commit {commit}", message))
    for row in git(ground.root, "for-each-ref", "refs/tags", TAGS).split("\0\0"):
        name, kind, message = (*row.strip("\n").split("\0"), "", "")[:3]
        if kind == "tag":
            texts.append((f"tag {name}", message))
    with scanner(GUESSED_IN_TEXT):
        found = [Trace(where, kind, next_push()) for where, text in texts for line in text.splitlines()
                 for kind in kinds_of(line)]  # fmt: skip
    return tuple(dict.fromkeys(found))


def evaluate_history(traces: Sequence[Trace]) -> list[Finding]:
    """The fix differs from that for a file: another commit without the key does not remove it from the history."""
    return [
        Finding(
            "error",
            finding.message,
            localized(
                ko="발급한 곳에서 키를 바꾸고, 그 커밋들을 키 없이 다시 써 주세요. 커밋을 더한다고 "
                "기록에서 사라지지 않아요",
                en="replace the key where it was issued, and rewrite those commits without it; another commit does not "
                "remove "
                "it from the history",
            ),
            ("git log --oneline", "git rebase --interactive <the commit before it>"),
            where=finding.where,
        )
        for finding in evaluate(traces)
    ]


CHECKS: tuple[Check[tuple[Trace, ...]], ...] = (
    Check(
        "secrets-history",
        "Secrets",
        "no commit to be pushed contains a key",
        "올릴 커밋에 키가 들어 있지 않은지",
        probe_history,
        evaluate_history,
    ),
    Check(
        "secrets-messages",
        "Secrets",
        "no message of a commit or tag contains a key",
        "커밋과 태그의 메시지에 키가 들어 있지 않은지",
        probe_messages,
        evaluate,
    ),
)
