"""One release or rollback of an environment at a time, over all machines: a lock that is a ref of the remote.

`refs/clipwright/lock/<environment>` is a blob that says who holds it, since when, and for which commit. It is pushed
with a lease, so of two machines one is refused. The same ref in this checkout is the proof that this machine holds it.
A machine that stopped in order says so in its lock; another one may then take it over at once, otherwise after
SILENT_SECONDS. It does not know what the holder does.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from infra.language import localized
from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.process.shell import InfraError, ProgramError
from infra.release.remote_blob import RemoteBlob

SILENT_SECONDS = 3 * 3600
"""Longer than a release: building images 30 minutes, waiting for services 20, the clip 30, and pauses between."""
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Lock:
    """`who` is the name in git's commits. `stopped_at` is when the holder stopped in order, empty while it works. Times
    are ISO 8601 in UTC."""

    who: str
    since: str
    commit: str
    stopped_at: str = ""

    def free_at(self) -> datetime:
        """From then on another machine may take it over."""
        if self.stopped_at:
            return datetime.fromisoformat(self.stopped_at)
        return datetime.fromisoformat(self.since) + timedelta(seconds=SILENT_SECONDS)


def ref_of(environment: str) -> str:
    return f"refs/clipwright/lock/{environment}"


def blob_of(ground: Ground) -> RemoteBlob:
    return RemoteBlob(
        ground,
        ref_of(ground.target.name),
        localized(ko=f"{ground.target.name} 잠금", en=f"the lock of {ground.target.name}"),
    )


def take(ground: Ground, *, over: bool = False, now: Clock = utc_now) -> None:
    """Takes the lock, or keeps it if this machine holds it. `over` takes another machine's lock when it may be taken.
    Raises InfraError when another machine holds it, or when the remote does not answer."""
    shared = blob_of(ground)
    there = shared.there()
    if there and there != shared.here():
        refuse_unless_free(ground, read(shared, there), over=over, now=now())
    who = git(ground.root, "var", "GIT_COMMITTER_IDENT").partition("<")[0].strip()
    head = git(ground.root, "rev-parse", "HEAD").strip()
    shared.put(text_of(Lock(who, f"{now():%Y-%m-%dT%H:%M:%SZ}", head)), there)


def refuse_unless_free(ground: Ground, lock: Lock, *, over: bool, now: datetime) -> None:
    name, free = ground.target.name, lock.free_at()
    works = (
        localized(ko=f"{lock.stopped_at}에 멈췄어요", en=f"stopped at {lock.stopped_at}")
        if lock.stopped_at
        else localized(ko="멈췄다고 알리지 않았어요", en="has not said that it stopped")
    )
    message = localized(
        ko=f"{lock.who} 님이 {lock.since}에 {name} 환경의 배포나 되돌리기를 시작했고 (커밋 {lock.commit[:12]}) {works}",
        en=f"{lock.who} began to release or undo {name} at {lock.since} (commit {lock.commit[:12]}) and {works}",
    )
    if now < free:
        raise InfraError(
            message,
            localized(
                ko=f"끝나기를 기다리거나, {free:%Y-%m-%dT%H:%M:%SZ} 뒤에 --take-lock을 붙여 주세요",
                en=f"wait for it, or add --take-lock after {free:%Y-%m-%dT%H:%M:%SZ}",
            ),
        )
    if not over:
        raise InfraError(
            message,
            localized(
                ko="거기서 이어서 하거나, 여기서 넘겨받으려면 --take-lock을 붙여 주세요",
                en="continue there, or take it over here: add --take-lock",
            ),
        )


def mark_stopped(ground: Ground, now: Clock = utc_now) -> None:
    """Lets other machines take the lock over at once. Does nothing when this machine does not hold it."""
    shared = blob_of(ground)
    if blob := shared.here():
        shared.put(text_of(replace(read(shared, blob), stopped_at=f"{now():%Y-%m-%dT%H:%M:%SZ}")), blob)


def give_back(ground: Ground) -> None:
    """Raises InfraError when the remote refuses."""
    shared = blob_of(ground)
    if blob := shared.here():
        shared.delete(blob)


def text_of(lock: Lock) -> str:
    return json.dumps(asdict(lock), ensure_ascii=False) + "\n"


def read(shared: RemoteBlob, blob: str) -> Lock:
    """Raises InfraError for a lock that cannot be read."""
    try:
        return Lock(**json.loads(shared.text(blob)))
    except (ProgramError, ValueError, TypeError) as error:
        raise InfraError(
            localized(ko=f"{shared.what}: 읽을 수 없어요. {error}", en=f"{shared.what} cannot be read: {error}"),
            localized(
                ko=f"아무도 배포하지 않는지 확인하고 지워 주세요: git push {shared.ground.target.remote} :{shared.ref}",
                en=f"check that nobody releases, then delete it: git push {shared.ground.target.remote} :{shared.ref}",
            ),
        ) from error
