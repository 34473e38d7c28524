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
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from infra.language import localized
from infra.platforms.ground import Ground
from infra.release import journal as local_journal
from infra.release.journal import Journal
from infra.release.remote_blob import RemoteBlob


def ref_of(environment: str) -> str:
    return f"refs/clipwright/releases/{environment}"


def blob_of(ground: Ground) -> RemoteBlob:
    return RemoteBlob(
        ground, ref_of(ground.target.name), localized(ko="이 배포의 일지", en="the journal of this release")
    )


def load(ground: Ground) -> Journal | None:
    """The running release, begun on any machine, or None. Raises InfraError when the remote does not answer."""
    root, environment, shared = ground.root, ground.target.name, blob_of(ground)
    here = local_journal.load(root, environment)
    seen, there = shared.here(), shared.there()
    if there == seen and here is not None:
        return here
    if not there:
        if seen:  # another machine has finished it
            shared.forget()
        local_journal.close(root, environment)
        return None
    found = local_journal.parse(shared.text(there), f"{shared.ref} of {ground.target.remote}")
    shared.note(there)
    if here is not None and here.id == found.id and not found.smoke_upload:
        found = replace(found, smoke_upload=here.smoke_upload)  # kept here in a step that did not end
    local_journal.save(root, found)
    return found


def share(ground: Ground, journal: Journal) -> None:
    """Saves the journal here and on the remote. Raises InfraError when the remote refuses it."""
    local_journal.save(ground.root, journal)
    shared = blob_of(ground)
    shared.put(public(ground.root, journal), shared.here())


def close(ground: Ground) -> None:
    """Deletes the journal after the release's end. Raises InfraError when the remote refuses."""
    shared = blob_of(ground)
    if seen := shared.here():
        shared.delete(seen)
    local_journal.close(ground.root, ground.target.name)


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
