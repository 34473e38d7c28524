"""Rollback: restores the versions of Pages, the sweeper and Modal from before the last release, and logs it.

Migrations stay: preflight proves that older code runs on them. Git's branches stay too: a fault is corrected by a new
commit. If a commit that was undone is released again, Pages is asked to build it once more.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from infra.language import localized
from infra.platforms import pages
from infra.platforms.cloudflare import of_sweeper
from infra.platforms.ground import Ground
from infra.platforms.programs import modal, plain, run, wrangler
from infra.platforms.targets import Target
from infra.process.shell import InfraError
from infra.reflection.release_log import Release, append, read_log
from infra.release import known_states, notice, release_lock, shared_journal
from infra.release.deploy import Event, publish_reflection
from infra.release.known_states import Known
from infra.release.release_context import MODAL_SECONDS, WRANGLER_SECONDS
from infra.release.site_record import tell_site
from infra.release.steps import parts_of


@dataclass(frozen=True, slots=True)
class Back:
    """The release to undo: the versions that were live before it, the parts that it replaced, and the states from which
    it can be undone."""

    release: str
    commit: str
    before: dict[str, str]
    replaced: tuple[str, ...]
    known: Known


@dataclass(frozen=True, slots=True)
class Move:
    """The rollback of one part. `command` is the command line, or a description where a library is called."""

    part: str
    command: str
    run: Callable[[], object]


def moves(ground: Ground, back: Back) -> list[Move]:
    """The moves, in the reverse order of a release. So every intermediate state is one that the release had too, where
    the older site works with the newer GPU service."""
    target, root = ground.target, ground.root
    found: list[Move] = []
    if deployment := back.before.get("pages") if "pages" in back.replaced else "":
        words = f"pages rollback of {target.pages_project} to {deployment}"
        found.append(Move("pages", words, lambda: pages.serve(target, deployment)))
    if version := back.before.get("sweeper") if "sweeper" in back.replaced else "":
        undo = sweeper_back(target, back, version)
        found.append(Move("sweeper", plain(undo), lambda: run(undo, cwd=root, timeout_seconds=WRANGLER_SECONDS)))
    if version := back.before.get("modal") if "modal" in back.replaced else "":
        command = [*modal(), "app", "rollback", target.modal_app, version, "--env", target.modal_environment]
        command += ["--strategy", "rolling"]
        found.append(Move("modal", plain(command), lambda: run(command, cwd=root, timeout_seconds=MODAL_SECONDS)))
    return found


def sweeper_back(target: Target, back: Back, version: str) -> list[str]:
    return [*wrangler(), "rollback", version, *of_sweeper(target), "--yes", "--message", f"undo {back.release}"]


def last_release(ground: Ground) -> Back:
    """The running release if it may have replaced a part, otherwise the newest live release. Raises InfraError when
    there is none, or when the remote's log has newer ones."""
    journal = shared_journal.load(ground)
    if journal is not None and (replaced := parts_of(journal)):
        return Back(journal.id, journal.commit, journal.before, replaced, known_states.of_journal(journal, replaced))
    known_states.refuse_older_log(ground)
    for release in read_log(ground.root).latest():
        if release.environment == ground.target.name and release.outcome == "live":
            replaced = tuple(
                part
                for part in ("modal", "sweeper", "pages")
                if part == "pages" or release.versions.get(part, "unchanged") != "unchanged"
            )
            return Back(
                release.id,
                release.commit,
                known_states.before_of(release),
                replaced,
                known_states.around_release(release),
            )
    raise InfraError(
        localized(
            ko=f"{ground.target.name} 환경에 되돌릴 배포가 없어요",
            en=f"there is no release of {ground.target.name} to undo",
        ),
        localized(
            ko="배포 기록은 infra/reflection/REFLECTIONS.md에 있어요",
            en="the log of releases is infra/reflection/REFLECTIONS.md",
        ),
    )


def rollback(ground: Ground, at: str, *, takes_lock: bool = False) -> Iterator[Event]:
    """Runs the moves and logs the rollback; may be repeated after a failed move. Raises InfraError where it stops, and
    before the first move when what is live is no state that the release knows; this machine then keeps the lock, and
    another one may take it over."""
    release_lock.take(ground, over=takes_lock)
    try:
        yield from undo(ground, at)
    except InfraError:
        with suppress(InfraError):
            release_lock.mark_stopped(ground)
        raise


def undo(ground: Ground, at: str) -> Iterator[Event]:
    back = last_release(ground)
    todo = moves(ground, back)
    if not todo:
        raise InfraError(
            localized(
                ko=f"되돌릴 수 없어요. {back.release} 전에 올라가 있던 버전을 몰라요",
                en=f"no rollback is possible: the versions that were live before {back.release} are not known",
            ),
            localized(
                ko="새 커밋으로 고친 다음 deploy를 돌려 주세요", en="correct the fault in a new commit, then run deploy"
            ),
        )
    for line in known_states.refuse_strange(ground, back.known, known_states.reported_now(ground.target)):
        yield Event("compare", "says", line)
    for move in todo:
        yield Event(move.part, "begins", move.command)
        move.run()
        yield Event(move.part, "done")
    undone = undone_entry(ground, back, at, [move.part for move in todo])
    append(ground.root, undone)
    shared_journal.close(ground)
    release_lock.give_back(ground)
    yield Event(
        "reflection",
        "says",
        publish_reflection(
            ground,
            localized(ko="배포 전의 버전이 다시 올라갔어요", en="the versions from before the release are live again"),
        ),
    )
    yield Event("reflection", "says", tell_site(ground))
    if sent := notice.send(undone, ground.target.site_url):
        yield Event("reflection", "says", sent)
    yield Event("reflection", "done", back.release)


def undone_entry(ground: Ground, back: Back, at: str, parts: Sequence[str]) -> Release:
    """The log's entry of the release, as its rollback leaves it; a new one where the release wrote none."""
    known = {release.id: release for release in read_log(ground.root).latest()}
    entry = known.get(back.release) or Release(
        id=back.release, at=at, environment=ground.target.name, commit=back.commit, outcome="rolled_back", why=""
    )
    left = tuple(f"{part} 되돌림 · is back at {back.before.get(part, '')}" for part in parts)
    return replace(entry, at=at, commit=back.commit, outcome="rolled_back", left=left)
