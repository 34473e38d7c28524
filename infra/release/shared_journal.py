"""Shares a release's journal with other machines, through a ref of the remote.

The machine of a release may be gone, as GitHub's runners are. So after every step the journal is pushed as a blob to
`refs/clipwright/releases/<environment>`, without paths of this machine. The same ref in this checkout records the blob
that this machine saw last:

* If the remote still has that blob, the local file is used, which may be newer.
* Otherwise another machine has continued the release, and the remote's journal is used.

A push succeeds only if the remote has the blob seen last. So two releases at once are refused.
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


def ref_of(environment: str) -> str:
    return f"refs/clipwright/releases/{environment}"


def load(ground: Ground) -> Journal | None:
    """The running release, begun on any machine, or None. Raises InfraError when the remote does not answer."""
    root, environment = ground.root, ground.target.name
    here = local_journal.load(root, environment)
    seen, there = seen_of(ground), remote_of(ground)
    if there == seen and here is not None:
        return here
    if not there:
        if seen:  # another machine has finished it
            git(root, "update-ref", "-d", ref_of(environment))
        local_journal.close(root, environment)
        return None
    git(root, "fetch", "--quiet", "--no-tags", ground.target.remote, f"+{ref_of(environment)}:{ref_of(environment)}")
    found = local_journal.parse(
        git(root, "cat-file", "blob", there), f"{ref_of(environment)} of {ground.target.remote}"
    )
    if here is not None and here.id == found.id and not found.smoke_upload:
        found = replace(found, smoke_upload=here.smoke_upload)  # kept here in a step that did not end
    local_journal.save(root, found)
    return found


def share(ground: Ground, journal: Journal) -> None:
    """Saves the journal here and on the remote. Raises InfraError when the remote refuses it."""
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
    """Deletes the journal after the release's end. Raises InfraError when the remote refuses."""
    if seen := seen_of(ground):
        put(ground, "", seen)
        git(ground.root, "update-ref", "-d", ref_of(ground.target.name))
    local_journal.close(ground.root, ground.target.name)


def put(ground: Ground, blob: str, seen: str) -> None:
    """Moves the remote's ref from the blob `seen` to `blob`; deletes the ref when `blob` is empty."""
    ref, remote = ref_of(ground.target.name), ground.target.remote
    try:
        git(ground.root, "push", "--quiet", f"--force-with-lease={ref}:{seen}", remote, f"{blob}:{ref}")
    except ProgramError as error:
        raise InfraError(
            f"the journal of this release cannot be saved on {remote}: {error}",
            "check that no other release is running, that the network works, and that you may push; then run it again",
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
    """The journal as JSON, without local paths."""
    shown = replace(
        journal, found=list(without_folders(root, journal.found)), left=list(without_folders(root, journal.left))
    )
    return json.dumps(asdict(shown), ensure_ascii=False, indent=2) + "\n"


def without_folders(root: Path, lines: Sequence[str]) -> tuple[str, ...]:
    """Removes the checkout's path from error texts before they are published."""
    folder = f"{root}{os.sep}"
    return tuple(line.replace(repr(folder)[1:-1], "").replace(folder, "") for line in lines)
