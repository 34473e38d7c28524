"""Looks for what is gone from an environment that was whole: a deleted file, an install that was broken off.

pip writes the list of a package's files last, so a package without one is half there. It looks at names alone, in one
pass over the folders: every verb waits for it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from infra.setup.place import Place, plain_name

REMOVED = "torchaudio/lib"
"""Its libraries are removed on purpose (installing.py)."""


def broken(place: Place, names: Mapping[str, bool]) -> dict[str, Path | None]:
    """Those packages of `names` that lack a file, each with the folder of its description.

    Where the description is gone as well it is None; that counts for a package alone whose name says True, since
    another may not be meant for this system.
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
    """`listed` remembers each folder's names from one package to the next."""
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
    """True when every package that npm put into node_modules still has its description there."""
    try:
        installed = json.loads((place.node_modules / ".package-lock.json").read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return all((place.root / name / "package.json").is_file() for name in installed)
