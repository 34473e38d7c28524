"""The journal of a release where other machines find it: a ref of the remote, beside the file of this checkout.

A machine that released may be gone: GitHub throws each of its own away. So after every step the journal is also put to
`refs/clipwright/releases/<environment>`, as a blob, without what is nobody else's business. The same ref in this
checkout says what it saw there last. As long as the remote has just that, the file here holds, which may know more;
else somebody went on elsewhere, and what the remote has holds. Nobody puts a journal over one that they have not seen,
so two releases at once are refused.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from infra.platforms.git import git
from infra.platforms.ground import Ground
from infra.process.shell import InfraError, ProgramError
from infra.release import journal as local_journal
from infra.release.journal import Journal

PRIVATE = ("smoke_upload", "smoke_cookie")
"""What stays on the machine that made it: with it anybody could look at the smoke clip. Another machine makes one of
its own."""


def ref_of(environment: str) -> str:
    return f"refs/clipwright/releases/{environment}"


def load(ground: Ground) -> Journal | None:
    """The release under way, wherever it was begun, or None. Raises InfraError when the remote does not answer."""
    root, environment = ground.root, ground.target.name
    here = local_journal.load(root, environment)
    seen, there = seen_of(ground), remote_of(ground)
    if there == seen and here is not None:
        return here
    if not there:
        if seen:  # ended elsewhere
            git(root, "update-ref", "-d", ref_of(environment))
        local_journal.close(root, environment)
        return None
    git(root, "fetch", "--quiet", "--no-tags", ground.target.remote, f"+{ref_of(environment)}:{ref_of(environment)}")
    found = local_journal.parse(
        git(root, "cat-file", "blob", there), f"{ref_of(environment)} of {ground.target.remote}"
    )
    if here is not None and here.id == found.id:
        found = replace(found, **{name: getattr(here, name) for name in PRIVATE})
    local_journal.save(root, found)
    return found


def share(ground: Ground, journal: Journal) -> None:
    """Keeps the journal here and on the remote. Raises InfraError where the remote refuses it."""
    local_journal.save(ground.root, journal)
    ref, seen = ref_of(ground.target.name), seen_of(ground)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.json"
        file.write_text(public(ground.root, journal), encoding="utf-8", newline="\n")
        blob = git(ground.root, "hash-object", "-w", "--", str(file)).strip()
    if blob == seen:
        return
    put(ground, blob, seen)
    git(ground.root, "update-ref", ref, blob)


def close(ground: Ground) -> None:
    """The release has ended. Raises InfraError where the remote refuses to forget it."""
    if seen := seen_of(ground):
        put(ground, "", seen)
        git(ground.root, "update-ref", "-d", ref_of(ground.target.name))
    local_journal.close(ground.root, ground.target.name)


def put(ground: Ground, blob: str, seen: str) -> None:
    """Moves the remote's ref from what was seen there to this blob; to nothing where that is empty."""
    ref, remote = ref_of(ground.target.name), ground.target.remote
    try:
        git(ground.root, "push", "--quiet", f"--force-with-lease={ref}:{seen}", remote, f"{blob}:{ref}")
    except ProgramError as error:
        raise InfraError(
            f"the journal of this release cannot be kept on {remote}: {error}",
            "look whether another release is being made, at the network, and whether you may push; then run it again",
        ) from error


def seen_of(ground: Ground) -> str:
    return git(ground.root, "for-each-ref", "--format=%(objectname)", ref_of(ground.target.name)).strip()


def remote_of(ground: Ground) -> str:
    remote = ground.target.remote
    try:
        return git(ground.root, "ls-remote", remote, ref_of(ground.target.name)).split("\t")[0].strip()
    except ProgramError as error:
        raise InfraError(
            f"the remote {remote} does not answer: {error}", "check its address and your access: git remote -v"
        ) from error


def public(root: Path, journal: Journal) -> str:
    """The journal as others may read it."""
    shown = replace(
        journal, found=list(without_folders(root, journal.found)), left=list(without_folders(root, journal.left))
    )
    fields = asdict(shown) | dict.fromkeys(PRIVATE, "")
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


def without_folders(root: Path, lines: Sequence[str]) -> tuple[str, ...]:
    """What is published does not say where the operator's checkout lies, though an error's words may quote it."""
    folder = f"{root}{os.sep}"
    return tuple(line.replace(repr(folder)[1:-1], "").replace(folder, "") for line in lines)
