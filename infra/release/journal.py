"""The diary of a release under way: which steps are done and what is needed to go back, kept after every step.

A release that was interrupted, by an error or by a power cut, goes on from here. It lives in `.clipwright`, one file
per environment, and disappears when the release has ended. It does not know what the steps do, nor of other machines
(`infra.release.shared_journal`).
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from infra.process.shell import InfraError

FOLDER = Path(".clipwright", "releases")


@dataclass(slots=True)
class Journal:
    """One release. `commit` is the content that goes live; `before` holds what was live, `made` what was deployed."""

    id: str
    environment: str
    why: str
    began_at: str
    commit: str = ""
    done: list[str] = field(default_factory=list[str])
    replaces_gpu: bool = False
    """Whether the GPU service is deployed even where nothing that it runs has changed."""
    mending: bool = False
    """True from just before fixes are written until they are committed: changed files are then the fixes'."""
    fixed: list[str] = field(default_factory=list[str])
    found: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    before: dict[str, str] = field(default_factory=dict[str, str])
    made: dict[str, str] = field(default_factory=dict[str, str])
    replaced: list[str] = field(default_factory=list[str])
    """Parts that releases given up before this one had replaced: they go back with it."""
    predicted: dict[str, float] = field(default_factory=dict[str, float])
    measured: dict[str, float] = field(default_factory=dict[str, float])
    smoke_upload: str = ""
    """The smoke clip's picture, and under `smoke_cookie` its owner's cookie: nobody else may ask about it."""
    smoke_cookie: str = ""


def path_of(root: Path, environment: str) -> Path:
    return root / FOLDER / f"{environment}.json"


def load(root: Path, environment: str) -> Journal | None:
    """The release under way, or None. Raises InfraError for a file that cannot be read."""
    path = path_of(root, environment)
    if not path.is_file():
        return None
    return parse(path.read_text(encoding="utf-8", errors="replace"), str(path))


def parse(text: str, where: str) -> Journal:
    """What another commit wrote may have more fields, and those are left out. Raises InfraError for what is no
    journal."""
    known = {field.name for field in fields(Journal)}
    try:
        return Journal(**{name: value for name, value in json.loads(text).items() if name in known})
    except (ValueError, TypeError, AttributeError) as error:
        raise InfraError(f"the journal of the release under way cannot be read: {error}", f"look at {where}") from error


def save(root: Path, journal: Journal) -> None:
    """Whole or not at all, also when the machine stops in the middle."""
    path = path_of(root, journal.environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(asdict(journal), ensure_ascii=False, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def close(root: Path, environment: str) -> None:
    path_of(root, environment).unlink(missing_ok=True)
