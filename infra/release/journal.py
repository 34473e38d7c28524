"""The journal of a running release: the finished steps and the data for a rollback, saved after every step.

An interrupted release continues from here. The journal is one file per environment in `.clipwright`, deleted when the
release has ended. It does not know what the steps do; `infra.release.shared_journal` shares it with other machines.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from infra.language import localized
from infra.process.put_in_place import put_in_place
from infra.process.shell import InfraError

FOLDER = Path(".clipwright", "releases")


@dataclass(slots=True)
class Journal:
    """One release. `commit` goes live; `before` holds the versions that were live, `made` the deployed ones."""

    id: str
    environment: str
    why: str
    began_at: str
    commit: str = ""
    done: list[str] = field(default_factory=list[str])
    replaces_gpu: bool = False
    """Whether the GPU service is deployed even if its code is unchanged."""
    mending: bool = False
    """True from before fixes are written until they are committed: all changed files are then fixes."""
    fixed: list[str] = field(default_factory=list[str])
    found: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    before: dict[str, str] = field(default_factory=dict[str, str])
    made: dict[str, str] = field(default_factory=dict[str, str])
    replaced: list[str] = field(default_factory=list[str])
    """Parts that earlier, abandoned releases replaced: a rollback of this release restores them too."""
    abandoned: list[str] = field(default_factory=list[str])
    """Their commits: services may report them still."""
    from_live: bool = False
    """Whether what is live is taken as the way back, even if no release made it."""
    predicted: dict[str, float] = field(default_factory=dict[str, float])
    measured: dict[str, float] = field(default_factory=dict[str, float])
    summary: list[str] = field(default_factory=list[str])
    """The answers to the five questions before a release, in Korean, and what was mended."""
    choices: dict[str, str] = field(default_factory=dict[str, str])
    """Trade-offs between cost and quality: question and prices -> what a person chose."""
    smoke_upload: str = ""
    """Upload id of the smoke clip's picture. Only its owner can see it."""


def path_of(root: Path, environment: str) -> Path:
    return root / FOLDER / f"{environment}.json"


def load(root: Path, environment: str) -> Journal | None:
    """The running release, or None. Raises InfraError for a file that cannot be read."""
    path = path_of(root, environment)
    if not path.is_file():
        return None
    return parse(path.read_text(encoding="utf-8", errors="replace"), str(path))


def parse(text: str, where: str) -> Journal:
    """Ignores unknown fields, which a newer version may have written. Raises InfraError for invalid text."""
    known = {field.name for field in fields(Journal)}
    try:
        return Journal(**{name: value for name, value in json.loads(text).items() if name in known})
    except (ValueError, TypeError, AttributeError) as error:
        raise InfraError(
            localized(
                ko=f"돌고 있는 배포의 일지를 읽을 수 없어요: {error}",
                en=f"the journal of the running release cannot be read: {error}",
            ),
            localized(ko=f"{where} 파일을 보세요", en=f"look at {where}"),
        ) from error


def save(root: Path, journal: Journal) -> None:
    """Replaces the file atomically, so that a power cut cannot leave half a journal."""
    path = path_of(root, journal.environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(asdict(journal), ensure_ascii=False, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    put_in_place(fresh, path)


def close(root: Path, environment: str) -> None:
    path_of(root, environment).unlink(missing_ok=True)
