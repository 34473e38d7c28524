"""The states that releases made, from a journal or a line of the log, compared with what is live.

A way back is right only from a state that a release made, be it between two of its steps. From a state that somebody
made by hand, or that a lost journal left, a rollback would go to the wrong versions, and a release would take half of
another one as its way back. It changes nothing, and it does not know how a part is moved.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from infra.language import localized
from infra.platforms import live
from infra.platforms.cloudflare import of_sweeper
from infra.platforms.commit_name import SHORT
from infra.platforms.git import committed, is_ancestor
from infra.platforms.ground import Ground
from infra.platforms.targets import Target
from infra.process.shell import InfraError
from infra.reflection.release_log import LOG, Release, read_log
from infra.release import branches
from infra.release.journal import Journal

PART_OF = {"site": "pages", "functions": "pages", "sweeper": "sweeper", "gpu": "modal"}
"""The part of a release that each service belongs to."""
BEFORE = " before"


@dataclass(frozen=True, slots=True)
class Known:
    """`source` made this state. `builds` are the commits that each service may report; a service without any is not
    compared. `commit` is the release's own, in full."""

    source: str
    commit: str
    builds: Mapping[str, frozenset[str]]


def before_of(release: Release) -> dict[str, str]:
    """What was live before a release in the log: versions and builds, as a journal holds them."""
    return {name.removesuffix(BEFORE): value for name, value in release.versions.items() if name.endswith(BEFORE)}


def of_journal(journal: Journal, replaced: Sequence[str]) -> Known:
    """Each part as it was before the release, or as this release, or one abandoned for it, has replaced it."""
    made = [commit[:SHORT] for commit in (journal.commit, *journal.abandoned)]
    after = {service: made if part in replaced else [] for service, part in PART_OF.items()}
    return Known(
        localized(ko=f"진행 중인 배포 {journal.id}", en=f"the running release {journal.id}"),
        journal.commit,
        builds(journal.before, after),
    )


def of_release(release: Release) -> Known:
    """Each part as a release in the log left it; in the middle where it failed."""
    before = before_of(release)
    if release.outcome == "live":
        return Known(
            localized(ko=f"배포 {release.id}", en=f"release {release.id}"),
            release.commit,
            builds({}, after_of(release)),
        )
    if release.outcome == "failed":
        return Known(
            localized(ko=f"실패한 배포 {release.id}", en=f"the failed release {release.id}"),
            release.commit,
            builds(before, after_of(release)),
        )
    unmoved = {service: builds for service, builds in after_of(release).items() if not before.get(PART_OF[service])}
    return Known(
        localized(ko=f"{release.id} 배포의 되돌리기", en=f"the rollback of {release.id}"),
        release.commit,
        builds(before, unmoved),
    )


def around_release(release: Release) -> Known:
    """Each part as before or after a release: a rollback of it may have stopped between its moves."""
    return Known(
        localized(ko=f"배포 {release.id}", en=f"release {release.id}"),
        release.commit,
        builds(before_of(release), after_of(release)),
    )


def after_of(release: Release) -> dict[str, list[str]]:
    gpu = release.versions.get("gpu_commit") or release.commit
    return {service: [(gpu if service == "gpu" else release.commit)[:SHORT]] for service in PART_OF}


def builds(before: Mapping[str, str], after: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    found = dict[str, frozenset[str]]()
    for service, part in PART_OF.items():
        was = before.get(f"{service}_build", "")
        known = {*after.get(service, ()), was} - {""}
        # A part that did not answer then can be restored, and nobody knows what it will report.
        found[service] = frozenset() if before.get(part) and not was else frozenset(known)
    return found


def agreeing(answers: Iterable[tuple[str, str]]) -> Known:
    """Before a first release: site, Functions and sweeper of one commit, whatever it is. `answers` are services and
    builds."""
    found = {service: build for service, build in answers if build and service != "gpu"}
    first = next(iter(found.values()), "")
    return Known(localized(ko="첫 배포", en="a first release"), "", {service: frozenset({first}) for service in found})


def last_in_log(ground: Ground) -> Release | None:
    """The line of this environment that was written last, without releases that stopped before they looked at what was
    live: they replaced nothing."""
    rows = [row for row in read_log(ground.root).releases if row.environment == ground.target.name]
    found = [row for row in rows if row.outcome != "failed" or before_of(row)]
    return found[-1] if found else None


def refuse_strange(ground: Ground, known: Known, reported: Mapping[str, str]) -> list[str]:
    """Returns in words what could not be compared. Raises InfraError when a service reports a commit that is not known,
    or when the branch that Pages builds is elsewhere. `reported` are builds by service, empty without an answer."""
    strange = [
        localized(
            ko=f"{service}: {reported[service]} 버전이에요. 기다리는 것은 {' or '.join(sorted(expected))}",
            en=f"{service} reports {reported[service]}, expected {' or '.join(sorted(expected))}",
        )
        for service, expected in known.builds.items()
        if expected and reported.get(service) and not is_one_of(reported[service], expected)
    ]
    strange += strange_tip(ground, known)
    if strange:
        raise InfraError(
            localized(
                ko=f"지금 올라가 있는 것이 {known.source}의 결과와 달라요: {'; '.join(strange)}",
                en=f"what is live is not what {known.source} made: {'; '.join(strange)}",
            ),
            ways_on(ground.target),
        )
    silent = [name for name, expected in known.builds.items() if expected and not reported.get(name)]
    return [
        localized(
            ko=f"{name}: 답이 없어서 {known.source}의 결과와 견주지 못했어요",
            en=f"{name} does not answer, so it was not compared with {known.source}",
        )
        for name in silent
    ]


def is_one_of(build: str, expected: Iterable[str]) -> bool:
    """Whether `build` is one of these commits. Pages lists seven digits of one."""
    return any(build[:SHORT] == each or live.same(build, each) for each in expected)


def reported_now(target: Target) -> dict[str, str]:
    return {answer.service: answer.build for answer in live.ask(target)}


def strange_tip(ground: Ground, known: Known) -> list[str]:
    """Words on a tip of the branch that Pages builds which is neither in this release nor in a logged one."""
    target = ground.target
    commits = {row.commit for row in read_log(ground.root).releases if row.environment == target.name} | {known.commit}
    commits.discard("")
    if not commits or (tip := branches.fetched(ground, target.live_branch)) in {*commits, ""}:
        return []
    if any(is_ancestor(ground.root, tip, commit) for commit in commits):
        return []
    return [
        localized(
            ko=f"{target.remote}/{target.live_branch}가 {tip[:SHORT]}에 있는데, 어느 배포의 커밋도 아니에요",
            en=f"{target.remote}/{target.live_branch} is at {tip[:SHORT]}, a commit of no release",
        )
    ]


def refuse_older_log(ground: Ground) -> None:
    """Raises InfraError when the remote's log has releases that this checkout's lacks: the last one is unknown here."""
    target = ground.target
    tip = branches.fetched(ground, target.branch)
    there = (committed(ground.root, tip, LOG.as_posix()) if tip else "") or ""
    path = ground.root / LOG
    here = set(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else set[str]()
    if missing := [line for line in there.splitlines() if line not in here]:
        raise InfraError(
            localized(
                ko=f"이 클론의 기록에 {target.remote}/{target.branch}에 있는 배포가 없어요 (줄: {len(missing)})",
                en=f"this checkout's log lacks releases that {target.remote}/{target.branch} has (lines: "
                f"{len(missing)})",
            ),
            localized(
                ko=f"git pull --rebase {target.remote} {target.branch}. 그다음 다시 돌려 주세요",
                en=f"git pull --rebase {target.remote} {target.branch}, then run this again",
            ),
        )


def ways_on(target: Target) -> str:
    environment, apps = target.name, f"{target.modal_app} --env {target.modal_environment}"
    return "\n".join(
        (
            localized(
                ko=f"다른 컴퓨터가 배포했다면: git pull --rebase {target.remote} {target.branch}. "
                "그다음 다시 돌려 주세요",
                en=f"if another machine has released: git pull --rebase {target.remote} {target.branch}, then run this "
                "again",
            ),
            localized(
                ko=f"  되돌리기가 도중에 멈췄다면: python run.py rollback --env {environment}",
                en=f"  if a rollback stopped half way: python run.py rollback --env {environment}",
            ),
            localized(
                ko="  지금 올라가 있는 것이 맞고, 그것을 돌아갈 곳으로 삼아 이 클론이 뒤따르려면:",
                en="  if what is live is right and this checkout shall follow it, with what is live as its way back:",
            ),
            f"    python run.py deploy --env {environment} --from-live",
            localized(
                ko="  손으로 되돌리려면 버전을 직접 골라 주세요. Pages는 Cloudflare 대시보드(Rollback),",
                en="  to go back by hand, choose the versions yourself: Pages in Cloudflare's dashboard (Rollback),",
            ),
            localized(
                ko=f"    python run.py wrangler deployments list {' '.join(of_sweeper(target))}, "
                "그다음 rollback <버전>,",
                en=f"    python run.py wrangler deployments list {' '.join(of_sweeper(target))}, then rollback "
                "<version>,",
            ),
            localized(
                ko=f"    python run.py modal app history {apps}, 그다음 app rollback",
                en=f"    python run.py modal app history {apps}, then app rollback",
            ),
        )
    )
