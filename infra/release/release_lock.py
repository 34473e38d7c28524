"""One release or rollback of an environment at a time, over all machines: a lock that is a ref of the remote.

`refs/clipwright/lock/<environment>` is a blob that says who holds it, since when, and for which commit. It is pushed
with a lease, so of two machines one is refused. The same ref in this checkout is the proof that this machine holds it.
A machine that stopped in order says so in its lock; another one may then take it over at once, otherwise after
SILENT_SECONDS. It does not know what the holder does.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.process.shell import InfraError, ProgramError

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


def take(ground: Ground, *, over: bool = False, now: Clock = utc_now) -> None:
    """Takes the lock, or keeps it if this machine holds it. `over` takes another machine's lock when it may be taken.
    Raises InfraError when another machine holds it, or when the remote does not answer."""
    there, here = remote_blob(ground), local_blob(ground)
    if there and there != here:
        lock = read(ground, there)
        refuse_unless_free(ground, lock, over=over, now=now())
    who = git(ground.root, "var", "GIT_COMMITTER_IDENT").partition("<")[0].strip()
    head = git(ground.root, "rev-parse", "HEAD").strip()
    put(ground, Lock(who, f"{now():%Y-%m-%dT%H:%M:%SZ}", head), there)


def refuse_unless_free(ground: Ground, lock: Lock, *, over: bool, now: datetime) -> None:
    name, free = ground.target.name, lock.free_at()
    works = f"stopped at {lock.stopped_at}" if lock.stopped_at else "has not said that it stopped"
    message = f"{lock.who} began to release or undo {name} at {lock.since} (commit {lock.commit[:12]}) and {works}"
    if now < free:
        raise InfraError(message, f"wait for it, or add --take-lock after {free:%Y-%m-%dT%H:%M:%SZ}")
    if not over:
        raise InfraError(message, "continue there, or take it over here: add --take-lock")


def mark_stopped(ground: Ground, now: Clock = utc_now) -> None:
    """Lets other machines take the lock over at once. Does nothing when this machine does not hold it."""
    if blob := local_blob(ground):
        put(ground, replace(read(ground, blob), stopped_at=f"{now():%Y-%m-%dT%H:%M:%SZ}"), blob)


def give_back(ground: Ground) -> None:
    """Raises InfraError when the remote refuses."""
    if blob := local_blob(ground):
        push(ground, "", blob)
        git(ground.root, "update-ref", "-d", ref_of(ground.target.name))


def put(ground: Ground, lock: Lock, before: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lock.json"
        file.write_text(json.dumps(asdict(lock), ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
        blob = git(ground.root, "hash-object", "-w", "--", str(file)).strip()
    if blob != before:
        push(ground, blob, before)
    git(ground.root, "update-ref", ref_of(ground.target.name), blob)


def push(ground: Ground, blob: str, before: str) -> None:
    ref, remote = ref_of(ground.target.name), ground.target.remote
    try:
        git(ground.root, "push", "--quiet", f"--force-with-lease={ref}:{before}", remote, f"{blob}:{ref}")
    except ProgramError as error:
        raise InfraError(
            f"the lock of {ground.target.name} on {remote} cannot be moved: {error}",
            "check that no other release is running, that the network works, and that you may push; then run it again",
        ) from error


def read(ground: Ground, blob: str) -> Lock:
    """Raises InfraError for a lock that cannot be read."""
    ref = ref_of(ground.target.name)
    try:
        if blob != local_blob(ground):
            git(ground.root, "fetch", "--quiet", "--no-tags", ground.target.remote, ref)
        return Lock(**json.loads(git(ground.root, "cat-file", "blob", blob)))
    except (ProgramError, ValueError, TypeError) as error:
        raise InfraError(
            f"the lock of {ground.target.name} cannot be read: {error}",
            f"check that nobody releases, then delete it: git push {ground.target.remote} :{ref}",
        ) from error


def local_blob(ground: Ground) -> str:
    return git(ground.root, "for-each-ref", "--format=%(objectname)", ref_of(ground.target.name)).strip()


def remote_blob(ground: Ground) -> str:
    remote = ground.target.remote
    try:
        return git(ground.root, "ls-remote", remote, ref_of(ground.target.name)).split("\t")[0].strip()
    except ProgramError as error:
        raise InfraError(
            f"the remote {remote} does not answer: {error}", "check its address and your access: git remote -v"
        ) from error
