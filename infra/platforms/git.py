"""Git in a checkout: its text files, its changes, its commits and its remote's branches.

It does not know what a release or a check does with them.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.platforms.ground import Ground
from infra.process.shell import ProgramError, check

GIT_LIMIT_SECONDS = 30.0
PUSH_LIMIT_SECONDS = 30 * 60.0
"""A first push sends the whole history, possibly over a slow line."""
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".mp4", ".safetensors", ".woff2", ".ico", ".gif", ".pdf"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`path` is relative to the checkout, with forward slashes."""

    path: str
    content: bytes


def git(root: Path, *arguments: str) -> str:
    """Output of a git command in the checkout; file names are not escaped. Raises ProgramError."""
    limit_seconds = PUSH_LIMIT_SECONDS if arguments[0] == "push" else GIT_LIMIT_SECONDS
    return check(["git", "-c", "core.quotepath=off", *arguments], timeout_seconds=limit_seconds, cwd=root)


def ran_too_long(error: BaseException) -> bool:
    """Whether a program exceeded its time limit: its question is then unanswered."""
    return isinstance(error.__cause__, subprocess.TimeoutExpired)


def changed_paths(root: Path) -> list[str]:
    """Paths that differ from HEAD and new ones that are not ignored; a renamed file appears under both names."""
    entries = git(root, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames").split("\0")
    return sorted(entry[3:] for entry in entries if entry)


def commit(root: Path, message: str, paths: list[str]) -> None:
    """Commits these paths alone. The message goes through a file: no shell and no code page can change it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "message"
        file.write_text(message + "\n", encoding="utf-8", newline="\n")
        git(root, "add", "--", *paths)
        git(root, "commit", "--quiet", "-F", str(file), "--", *paths)


def full_commit(root: Path, build: str) -> str:
    """The full hash of an abbreviated commit. Raises ProgramError where this clone lacks it."""
    return git(root, "rev-parse", f"{build}^{{commit}}").strip()


def is_ancestor(root: Path, commit_id: str, of: str) -> bool:
    """Whether `of` contains `commit_id`; False where this clone lacks one. Raises ProgramError after a timeout."""
    try:
        git(root, "merge-base", "--is-ancestor", commit_id, of)
    except ProgramError as error:
        if ran_too_long(error):
            raise
        return False
    return True


def remote_tip(ground: Ground, branch: str) -> str:
    """The remote branch's commit; empty where there is none yet. Raises ProgramError."""
    return git(ground.root, "ls-remote", ground.target.remote, f"refs/heads/{branch}").split("\t")[0].strip()


def pushed(ground: Ground) -> str:
    """The remote-tracking ref of the environment's branch; empty if it was never fetched or pushed."""
    upstream = f"refs/remotes/{ground.target.remote}/{ground.target.branch}"
    return upstream if git(ground.root, "for-each-ref", "--format=%(refname)", upstream).strip() else ""


def committed(root: Path, commit: str, path: str) -> str | None:
    """A file's text in a commit; None if this clone lacks the commit, or the commit lacks the file."""
    try:
        return git(root, "show", f"{commit}:{path}")
    except ProgramError as error:
        if ran_too_long(error):
            raise
        return None


def text_files(root: Path) -> tuple[SourceFile, ...]:
    """Every file that is not binary, judged by its ending and its first bytes. Deleted files are left out."""
    listing = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found: list[SourceFile] = []
    for name in sorted(set(listing.split("\0")) - {""}):
        path = root / name
        if path.suffix.lower() in BINARY or not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        # UTF-16 text is full of zero bytes, but it is text, and a check reports its encoding.
        if b"\0" in content[:8192] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        found.append(SourceFile(name, content))
    return tuple(found)
