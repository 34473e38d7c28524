"""The two branches of an environment on its remote, and what is pushed to them: the one that commits come from, and the
one that Pages builds, which only a release moves.

Nothing is ever pushed by force. It does not know when in a release a branch is moved.
"""

import tempfile
from pathlib import Path

from infra.platforms.git import committed, git, is_ancestor, remote_tip
from infra.platforms.ground import Ground
from infra.platforms.targets import Target
from infra.process.shell import check
from infra.reflection.release_log import LOG, PAGE, page, read_log

GIT_SECONDS = 30.0
LOG_FILES = (LOG.as_posix(), PAGE.as_posix())
CONTENT = (".", *(f":(exclude){path}" for path in LOG_FILES))
"""For git: everything but the log of releases."""


def has(ground: Ground, branch: str, commit_id: str) -> bool:
    """Whether the remote's branch holds a commit. Raises ProgramError."""
    tip = remote_tip(ground, branch)
    return bool(tip) and is_ancestor(ground.root, commit_id, tip)


def push_arguments(target: Target, branch: str, commit_id: str) -> list[str]:
    return ["push", target.remote, f"{commit_id or 'HEAD'}:refs/heads/{branch}"]


def push_log(ground: Ground) -> str:
    """Pushes the log's commits, unless commits that no release has pushed lie below: those would come to the remote
    unchecked. A log that stays here costs nothing: the next release takes it along. Where the remote has moved on, the
    log alone goes on top of what is there, and this checkout is left as it is. Returns where the log is.

    Raises ProgramError.
    """
    target, root = ground.target, ground.root
    tip = fetched(ground, target.branch)
    if git(root, "rev-list", "-1", "HEAD", *([f"^{tip}"] if tip else []), "--", *CONTENT).strip():
        return "the log stays here until the next release: unreleased commits lie below it"
    if not tip or not is_ancestor(root, "HEAD", tip):
        ours = "HEAD" if not tip or is_ancestor(root, tip, "HEAD") else log_upon(root, tip)
        git(root, *push_arguments(target, target.branch, ours))
    return f"the log is on {target.remote}/{target.branch}"


def fetched(ground: Ground, branch: str) -> str:
    """The remote branch's commit, with all that it stands on here too; empty where there is no such branch."""
    tip = remote_tip(ground, branch)
    if tip:
        git(ground.root, "fetch", "--quiet", "--no-tags", ground.target.remote, f"refs/heads/{branch}")
    return tip


def log_upon(root: Path, tip: str) -> str:
    """A commit on top of `tip` whose log has the lines of both: one release may have been tried on two machines."""
    theirs, ours = (committed(root, commit_id, LOG.as_posix()) or "" for commit_id in (tip, "HEAD"))
    there = set(theirs.splitlines())
    with tempfile.TemporaryDirectory() as folder:
        merged = Path(folder) / LOG
        merged.parent.mkdir(parents=True)
        lines = [*theirs.splitlines(), *(line for line in ours.splitlines() if line not in there)]
        merged.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        (Path(folder) / PAGE).write_text(page(read_log(Path(folder))), encoding="utf-8", newline="\n")
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}

        def indexed(*arguments: str) -> str:
            return check(["git", *arguments], timeout_seconds=GIT_SECONDS, cwd=root, env=index)

        indexed("read-tree", tip)
        for path in LOG_FILES:
            blob = git(root, "hash-object", "-w", "--", str(Path(folder) / path)).strip()
            indexed("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        tree = indexed("write-tree").strip()
    message = git(root, "log", "-1", "--format=%B", "HEAD").strip()
    return git(root, "commit-tree", tree, "-p", tip, "-m", message).strip()
