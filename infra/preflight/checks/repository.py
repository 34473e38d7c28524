"""The state of the checkout: branch, uncommitted and untracked files, and the remote's branches.

It changes nothing in git, and it does not know what a release does.
"""

from dataclasses import dataclass

from infra.platforms.git import git, is_ancestor, ran_too_long, remote_tip
from infra.platforms.ground import Ground
from infra.preflight.findings import Check, Finding
from infra.process.shell import ProgramError


@dataclass(frozen=True, slots=True)
class Tree:
    """`changed` and `unknown` are paths; `wanted` is the branch from which this environment is released."""

    branch: str
    wanted: str
    environment: str
    changed: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remote:
    """`tip` is the remote branch's commit, empty when it does not exist yet; `error` why the remote did not answer."""

    name: str
    branch: str
    tip: str = ""
    tip_is_behind_us: bool = True
    error: str = ""


def probe_tree(ground: Ground) -> Tree:
    changed: list[str] = []
    unknown: list[str] = []
    entries = iter(git(ground.root, "status", "--porcelain=v1", "-z", "--untracked-files=all").split("\0"))
    for entry in entries:
        if not entry:
            continue
        (unknown if entry.startswith("??") else changed).append(entry[3:])
        if entry[0] in "RC":
            next(entries, None)  # the old name follows
    branch = git(ground.root, "branch", "--show-current").strip()
    return Tree(branch, ground.target.branch, ground.target.name, tuple(changed), tuple(unknown))


def evaluate_branch(tree: Tree) -> list[Finding]:
    if tree.branch == tree.wanted:
        return []
    return [
        Finding(
            "error",
            f"{tree.environment} is released from {tree.wanted}, but this checkout is on {tree.branch or 'no branch'}",
            f"switch to {tree.wanted}, or release to another environment",
            (f"git switch {tree.wanted}",),
        )
    ]


def evaluate_clean(tree: Tree) -> list[Finding]:
    findings = [
        Finding(
            "error",
            "changed but not committed",
            "commit it by its name, or restore it; a release consists of commits",
            (f'git commit -- "{path}"',),
            where=path,
        )
        for path in tree.changed
    ]
    findings += [
        Finding(
            "error",
            "this file is neither tracked nor ignored by git",
            "add it by its name, add it to .gitignore, or delete it",
            (f'git add "{path}"',),
            where=path,
        )
        for path in tree.unknown
    ]
    return findings


def probe_remote(ground: Ground) -> Remote:
    return state_of(ground, ground.target.branch)


def probe_live(ground: Ground) -> Remote:
    return state_of(ground, ground.target.live_branch)


def state_of(ground: Ground, branch: str) -> Remote:
    name = ground.target.remote
    try:
        tip = remote_tip(ground, branch)
    except ProgramError as error:
        if ran_too_long(error):
            raise
        return Remote(name, branch, error=error.output.strip().splitlines()[-1] if error.output.strip() else str(error))
    if not tip:
        return Remote(name, branch)
    return Remote(name, branch, tip, is_ancestor(ground.root, tip, "HEAD"))


def evaluate_remote(remote: Remote) -> list[Finding]:
    if remote.error:
        return [
            Finding(
                "error",
                f"the remote {remote.name} does not answer: {remote.error}",
                "check its address and your access",
                ("git remote -v", f"git ls-remote {remote.name}"),
            )
        ]
    if not remote.tip_is_behind_us:
        return [
            Finding(
                "error",
                f"{remote.name}/{remote.branch} has commits that are not here ({remote.tip[:12]})",
                "pull them first; a release never overwrites history",
                (f"git pull --rebase {remote.name} {remote.branch}",),
            )
        ]
    return []


def evaluate_live(remote: Remote) -> list[Finding]:
    """A remote that does not answer is another check's finding."""
    if remote.error or remote.tip_is_behind_us:
        return []
    return [
        Finding(
            "error",
            f"{remote.name}/{remote.branch} is at {remote.tip[:12]}, which is not in this branch's history; only a "
            "release moves that branch, and only forwards",
            "merge it. These commands keep your files; first check whether it has changes that you need",
            (f"git fetch {remote.name} {remote.branch}", "git merge --strategy ours FETCH_HEAD"),
        )
    ]


TREE_CHECKS = (
    Check("git-branch", "Git", "this is the environment's branch", "이 환경의 브랜치인지", probe_tree, evaluate_branch),
    Check(
        "git-clean",
        "Git",
        "no uncommitted changes, no untracked files",
        "커밋하지 않은 변경이나 모르는 파일이 없는지",
        probe_tree,
        evaluate_clean,
    ),
)
REMOTE_CHECKS = (
    Check(
        "git-remote",
        "Git",
        "the remote answers and is not ahead",
        "원격 저장소가 답하고 앞서 있지 않은지",
        probe_remote,
        evaluate_remote,
        needs="network",
    ),
    Check(
        "git-live",
        "Git",
        "the branch that Pages builds is not ahead",
        "Pages가 빌드하는 브랜치가 이보다 앞서 있지 않은지",
        probe_live,
        evaluate_live,
        needs="network",
    ),
)
