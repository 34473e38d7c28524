"""The state of the checkout: branch, uncommitted and untracked files, and the remote's branches.

It changes nothing in git, and it does not know what a release does.
"""

from dataclasses import dataclass

from infra.language import localized
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
            localized(
                ko=f"{tree.environment} 환경은 {tree.wanted} 브랜치에서 배포하는데, 지금은 {tree.branch or '-'} "
                "브랜치예요",
                en=f"{tree.environment} is released from {tree.wanted}, but this checkout is on {tree.branch or '-'}",
            ),
            localized(
                ko=f"{tree.wanted} 브랜치로 옮기거나, 다른 환경으로 배포해 주세요",
                en=f"switch to {tree.wanted}, or release to another environment",
            ),
            (f"git switch {tree.wanted}",),
        )
    ]


def evaluate_clean(tree: Tree) -> list[Finding]:
    findings = [
        Finding(
            "error",
            localized(ko="바꿨는데 커밋하지 않았어요", en="changed but not committed"),
            localized(
                ko="이름을 적어 커밋하거나 되돌려 주세요. 배포하는 것은 커밋이에요",
                en="commit it by its name, or restore it; a release consists of commits",
            ),
            (f'git commit -m "Change {path}" -- "{path}"',),
            where=path,
        )
        for path in tree.changed
    ]
    findings += [
        Finding(
            "error",
            localized(
                ko="git이 추적하지도, 무시하지도 않는 파일이에요", en="this file is neither tracked nor ignored by git"
            ),
            localized(
                ko="이름을 적어 더하거나, .gitignore에 넣거나, 지워 주세요",
                en="add it by its name, add it to .gitignore, or delete it",
            ),
            (f'git add "{path}"', f'git commit -m "Add {path}" -- "{path}"'),
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
                localized(
                    ko=f"원격 저장소 {remote.name}이 답하지 않아요: {remote.error}",
                    en=f"the remote {remote.name} does not answer: {remote.error}",
                ),
                localized(ko="주소와 접근 권한을 확인해 주세요", en="check its address and your access"),
                ("git remote -v", f"git ls-remote {remote.name}"),
            )
        ]
    if not remote.tip_is_behind_us:
        return [
            Finding(
                "error",
                localized(
                    ko=f"{remote.name}/{remote.branch}에 여기 없는 커밋이 있어요 ({remote.tip[:12]})",
                    en=f"{remote.name}/{remote.branch} has commits that are not here ({remote.tip[:12]})",
                ),
                localized(
                    ko="먼저 받아 와 주세요. 배포는 기록을 덮어쓰지 않아요",
                    en="pull them first; a release never overwrites history",
                ),
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
            localized(
                ko=f"{remote.name}/{remote.branch}가 {remote.tip[:12]}에 있는데 이 브랜치의 기록에 "
                "없는 커밋이에요. 그 브랜치는 배포만 앞으로 옮겨요",
                en=f"{remote.name}/{remote.branch} is at {remote.tip[:12]}, which is not in this branch's history; "
                "only a "
                "release moves that branch, and only forwards",
            ),
            localized(
                ko="합쳐 주세요. 아래 명령은 여러분의 파일을 그대로 둬요. 필요한 변경이 거기 있는지 먼저 확인하세요",
                en="merge it. These commands keep your files; first check whether it has changes that you need",
            ),
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
