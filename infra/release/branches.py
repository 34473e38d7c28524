"""Pushes to the two branches of an environment on its remote: the branch for commits, and the branch that Pages builds.
Only a release moves the second one.

Nothing is ever pushed by force. It does not know in which step of a release a branch is moved.
"""

import tempfile
from pathlib import Path

from infra.language import localized
from infra.platforms.git import committed, git, is_ancestor, remote_tip
from infra.platforms.ground import Ground
from infra.platforms.targets import Target
from infra.process.shell import InfraError, check
from infra.reflection.release_log import LOG, PAGE, page, read_log

GIT_SECONDS = 30.0
LOG_FILES = (LOG.as_posix(), PAGE.as_posix())
CONTENT = (".", *(f":(exclude){path}" for path in LOG_FILES))
"""For git: everything but the log of releases."""


def has(ground: Ground, branch: str, commit_id: str) -> bool:
    """Whether the remote's branch holds a commit. Raises ProgramError."""
    tip = remote_tip(ground, branch)
    return bool(tip) and is_ancestor(ground.root, commit_id, tip)


def refuse_newer(ground: Ground, commit_id: str) -> None:
    """Raises InfraError when the remote's branch has content that this release lacks, or lacks this release: somebody
    has released something else since. Commits of the log alone do not count."""
    target = ground.target
    tip = fetched(ground, target.branch)
    if not tip or not is_ancestor(ground.root, commit_id, tip):
        raise InfraError(
            localized(
                ko=f"{target.remote}/{target.branch}에 {commit_id[:12]} 커밋이 이제 없어요",
                en=f"{target.remote}/{target.branch} does not contain {commit_id[:12]} any more",
            ),
            localized(
                ko="거기에 무엇이 푸시됐는지 보고, 배포를 새로 시작해 주세요",
                en="look at what was pushed there, then start a new release",
            ),
        )
    if newer := git(ground.root, "rev-list", "-1", tip, f"^{commit_id}", "--", *CONTENT).strip():
        raise InfraError(
            localized(
                ko=f"{target.remote}/{target.branch}는 {newer[:12]}까지 나아갔고, 이번 배포는 {commit_id[:12]}예요",
                en=f"{target.remote}/{target.branch} has gone on to {newer[:12]}, and this release is of "
                f"{commit_id[:12]}",
            ),
            localized(
                ko=f"git pull --rebase {target.remote} {target.branch}. 그다음 deploy가 가장 새 커밋을 배포해요",
                en=f"git pull --rebase {target.remote} {target.branch}; then deploy releases the newest commit",
            ),
        )


def push_arguments(target: Target, branch: str, commit_id: str) -> list[str]:
    return ["push", target.remote, f"{commit_id or 'HEAD'}:refs/heads/{branch}"]


def push_log(ground: Ground) -> str:
    """Pushes the log's commits. Returns in words where the log is now.

    If unreleased commits lie below them, nothing is pushed, because unchecked commits would reach the remote; the next
    release pushes the log. If the remote has newer commits, a commit with the log alone is pushed on top of them, and
    this checkout stays as it is. Raises ProgramError.
    """
    target, root = ground.target, ground.root
    tip = fetched(ground, target.branch)
    if git(root, "rev-list", "-1", "HEAD", *([f"^{tip}"] if tip else []), "--", *CONTENT).strip():
        return localized(
            ko="기록은 아직 푸시하지 않았어요. 배포하지 않은 커밋 뒤에 있어서 다음 배포가 푸시해요",
            en="the log is not pushed yet: it follows unreleased commits; the next release pushes it",
        )
    if not tip or not is_ancestor(root, "HEAD", tip):
        ours = "HEAD" if not tip or is_ancestor(root, tip, "HEAD") else log_upon(root, tip)
        git(root, *push_arguments(target, target.branch, ours))
    return localized(
        ko=f"기록은 {target.remote}/{target.branch}에 있어요", en=f"the log is on {target.remote}/{target.branch}"
    )


def fetched(ground: Ground, branch: str) -> str:
    """Fetches the remote branch and returns its commit; empty when there is no such branch."""
    tip = remote_tip(ground, branch)
    if tip:
        git(ground.root, "fetch", "--quiet", "--no-tags", ground.target.remote, f"refs/heads/{branch}")
    return tip


def log_upon(root: Path, tip: str) -> str:
    """A commit on top of `tip` whose log has the lines of both: two machines may have tried the same release."""
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
