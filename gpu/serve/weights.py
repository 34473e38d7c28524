"""The weight files on a disk: a download that is complete or refused, and where each file is.

A file is complete when its size and SHA-256 equal its pin. A folder is complete when a marker, written last, lists
every pin. Only pinned files are downloaded (`gpu/core/weight_pins.py`). A packed twin (`gpu/render/packed_weights.py`)
may lie beside a file; it is made here and pinned nowhere. This module knows no GPU platform and no model.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gpu.core.checkpoints import Checkpoint, Flavour
from gpu.core.problems import WeightsUnusable
from gpu.core.weight_sources import MARKERS, Pin, Role, listing

log = logging.getLogger(__name__)

SPARE_BYTES = 2 * 1024**3
"""Free space to leave on the volume, for the downloader's own files."""
_BLOCK_BYTES = 16 * 1024 * 1024

Download = Callable[[Pin, Path], Path]
"""Downloads a pinned file into a folder, resumes a partial file, and returns the path."""


# ---------------------------------------------------------------- fetching


def fetch(
    pins: Sequence[Pin],
    folder: Path,
    download: Download,
    commit: Callable[[], None] = lambda: None,
    flavour: Flavour = "19b",
) -> None:
    """Downloads every pinned file into `folder` and writes the family's marker. Files that equal their pins are kept;
    each is read to know that, so a file that was damaged later is replaced too.

    `commit` is called after each file, so that a later crash loses one file at most. Raises WeightsUnusable for no
    pins, for a full volume, and for a file that differs from its pin; that file is removed.
    """
    if not pins:
        raise WeightsUnusable("No weights are pinned. Run: python run.py weights pin")
    marker = folder / MARKERS[flavour]
    folder.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pins if not _is_right(pin, folder)]
    if not missing and is_complete(pins, folder, flavour):
        log.info("all %d weight files are complete", len(pins))
        return
    marker.unlink(missing_ok=True)
    _check_room(missing, folder)
    for pin in missing:
        log.info("fetching %s (%.1f GB, %s)", pin.name, pin.bytes / 1e9, pin.licence)
        target = folder / pin.path
        target.unlink(missing_ok=True)  # the downloader would accept a wrong file that already exists
        got = _downloaded(pin, folder, download)
        if got != target:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(got, target)  # noqa: PTH105 (a rename that replaces, on every system)
        fault = _fault(pin, target)
        if fault is not None:
            target.unlink()
            raise WeightsUnusable(f"{pin.name} {fault}; it was removed.")
        commit()
    _write_marker(pins, marker)
    commit()


def pack(pins: Sequence[Pin], folder: Path, commit: Callable[[], None] = lambda: None) -> None:
    """Writes the packed twin of each complete file where that saves bytes, so that a start reads fewer. A twin that is
    missing costs a start some seconds and nothing else, so a full volume is logged and the files stay as they are."""
    from gpu.render.packed_weights import pack_beside

    for pin in pins:
        if not pin.path.endswith(".safetensors"):
            continue
        try:
            pack_beside(folder / pin.path)
        except (OSError, ValueError):
            log.warning("%s is not packed, and is read as it is", pin.name, exc_info=True)
        commit()


def is_complete(pins: Sequence[Pin], folder: Path, flavour: Flavour = "19b") -> bool:
    """True when the marker lists exactly these pins and every file has its size. Hashes were checked when fetched."""
    return _listed(folder, flavour) == listing(pins) and all(_size(folder / pin.path) == pin.bytes for pin in pins)


def paths(pins: Sequence[Pin], folder: Path, flavour: Flavour = "19b") -> dict[Role, Path]:
    """The path of each role's file (Gemma: its folder). Raises WeightsUnusable unless the folder is complete."""
    if not pins or not is_complete(pins, folder, flavour):
        raise WeightsUnusable("Weight files are missing. Run: python run.py weights fetch")
    found: dict[Role, Path] = {}
    for pin in pins:
        found[pin.role] = folder / Path(pin.path).parts[0] if pin.role == "gemma" else folder / pin.path
    return found


def revision(pins: Sequence[Pin]) -> str:
    """Twelve hex digits that change with any file."""
    return _digest(listing(pins)) if pins else "unpinned"


def installed(checkpoint: Checkpoint, folder: Path) -> str:
    """The weights' revision in `/version`: a digest of the files in the folder's marker, `absent` without a marker.
    The tiny sets come with the source: the trained one has its name here, the others are random numbers."""
    if checkpoint.scale == "tiny":
        return "tiny-trained" if checkpoint.name == "tiny-trained" else "random"
    try:
        listed = _listed(folder, checkpoint.flavour)
    except OSError:
        return "absent"
    return _digest(listed) if listed else "absent"


def _listed(folder: Path, flavour: Flavour) -> Any:
    """The marker's content; None where it is missing or incomplete. Raises OSError for a volume that cannot be read,
    which says nothing about the files."""
    try:
        return json.loads((folder / MARKERS[flavour]).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def _digest(rows: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(rows).encode("utf-8")).hexdigest()[:12]


def _downloaded(pin: Pin, folder: Path, download: Download) -> Path:
    try:
        return download(pin, folder)
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            raise WeightsUnusable(f"The volume is full: {pin.name} needs {pin.bytes / 1e9:.1f} GB.") from None
        raise


def _check_room(missing: Sequence[Pin], folder: Path) -> None:
    begun = sum(each.stat().st_size for each in folder.rglob("*.incomplete"))
    replaced = sum(
        max(0, _size(folder / pin.path)) for pin in missing
    )  # each old file is deleted before its successor is downloaded
    wanted = sum(pin.bytes for pin in missing) - begun - replaced
    free = shutil.disk_usage(folder).free
    if wanted + SPARE_BYTES > free:
        raise WeightsUnusable(f"The volume is too full: {wanted / 1e9:.1f} GB to fetch, {free / 1e9:.1f} GB free.")


def faults(pins: Sequence[Pin], folder: Path) -> Iterator[tuple[Pin, str]]:
    """Each pinned file with what is wrong with it; an empty text where size and SHA-256 equal the pin."""
    for pin in pins:
        yield pin, "is missing" if _size(folder / pin.path) < 0 else _fault(pin, folder / pin.path) or ""


def _is_right(pin: Pin, folder: Path) -> bool:
    return _size(folder / pin.path) == pin.bytes and _fault(pin, folder / pin.path) is None


def _fault(pin: Pin, path: Path) -> str | None:
    size = _size(path)
    if size != pin.bytes:
        return f"has {size:,} bytes, but its pin says {pin.bytes:,}"
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return None if digest.hexdigest() == pin.sha256 else "has a SHA-256 that differs from its pin"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return -1


def _write_marker(pins: Sequence[Pin], marker: Path) -> None:
    draft = marker.with_suffix(".part")
    draft.write_text(json.dumps(listing(pins), indent=1) + "\n", encoding="utf-8", newline="\n")
    draft.replace(marker)
