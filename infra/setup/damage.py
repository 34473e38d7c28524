"""Finds packages that lack files: after a deletion, or after an interrupted install.

pip writes the list of a package's files last, so a package without that list is incomplete. The module compares names
only, in one pass over the folders, because every verb waits for it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from infra.setup.place import Place, plain_name

REMOVED = "torchaudio/lib"
"""Its libraries are removed on purpose (installing.py)."""


def broken(place: Place, names: Mapping[str, bool]) -> dict[str, Path | None]:
    """The packages of `names` that lack a file, each with its .dist-info folder.

    The folder is None where it is missing too. Such a package is listed only if `names` maps it to True; the others may
    be for another system.
    """
    described = {plain_name(folder.name.split("-")[0]): folder for folder in place.packages.glob("*.dist-info")}
    listed: dict[str, set[str]] = {}
    found: dict[str, Path | None] = {}
    for name, needed in names.items():
        folder = described.get(name)
        if folder is None:
            if needed:
                found[name] = None
        elif lacks_a_file(folder, listed):
            found[name] = folder
    return found


def lacks_a_file(description: Path, listed: dict[str, set[str]]) -> bool:
    """`listed` caches the names in each folder across packages."""
    packages = description.parent
    try:
        record = (description / "RECORD").read_text(encoding="utf-8")
    except OSError:
        return True
    for line in record.splitlines():
        if "/include/" in line:  # half of all files are headers, which nothing here reads
            continue
        folder, _, file = line.rsplit(",", 2)[0].strip('"').rpartition("/")
        if folder.endswith("__pycache__") or folder == REMOVED:
            continue
        if folder not in listed:
            listed[folder] = names_in(packages / folder)
        if file not in listed[folder]:
            return True
    return False


def names_in(folder: Path) -> set[str]:
    try:
        return {path.name for path in os.scandir(folder)}
    except OSError:
        return set()


def node_packages_are_whole(place: Place) -> bool:
    """True when every package that npm installed still has its package.json."""
    try:
        installed = json.loads((place.node_modules / ".package-lock.json").read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return all((place.root / name / "package.json").is_file() for name in installed)
