"""The environments for releases, as rows of `infra/targets.toml`.

A row holds branches, project names, addresses and limits, so that no command needs them as options. It holds no secret.
This module does not check whether the names exist in the accounts.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gpu.core.checkpoints import CHECKPOINTS
from infra.process.shell import InfraError

FILE = Path("infra", "targets.toml")
ACCESS_MODES = ("access", "public")
ADDRESSES = ("site_url", "sweeper_url", "gpu_url")


@dataclass(frozen=True, slots=True)
class Target:
    """One environment. Commits come from `branch`; Pages builds `live_branch` alone, which only a release moves.
    Addresses are empty until the accounts have been set up."""

    name: str
    branch: str
    live_branch: str
    remote: str
    pages_project: str
    site_url: str
    gpu_url: str
    sweeper_url: str
    sweeper_name: str
    database: str
    bucket: str
    modal_app: str
    modal_environment: str
    checkpoint: str
    visible_mark: bool
    cap_won: int
    ai_label_off_because: str
    access: str
    """`access`: people whom Cloudflare Access lets in. `public`: everybody who passes Turnstile."""


def is_tiny(checkpoint: str) -> bool:
    """True for a set that is part of the code: it needs no download, and no price applies to its clips."""
    return CHECKPOINTS[checkpoint].scale == "tiny"


def load(root: Path) -> dict[str, Target]:
    """All rows of a checkout. Raises InfraError as `parse` does, and for a file that cannot be read."""
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InfraError(f"{FILE.as_posix()} cannot be read: {error}", "restore it from git") from error
    return parse(text)


def parse(text: str) -> dict[str, Target]:
    """The rows of a file's text. Raises InfraError for invalid TOML and for missing, unknown or mistyped fields."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InfraError(f"{FILE.as_posix()} cannot be read: {error}", "restore it from git") from error
    return {name: row_of(name, row) for name, row in table.items()}


def pick(root: Path, name: str) -> Target:
    """One row by its name."""
    rows = load(root)
    if name not in rows:
        raise InfraError(f"there is no environment {name!r}", f"known are {', '.join(rows)} ({FILE.as_posix()})")
    return rows[name]


def row_of(name: str, row: dict[str, Any]) -> Target:
    types = {field.name: field.type for field in fields(Target) if field.name != "name"}
    wrong = sorted(
        [field for field, kind in types.items() if type(row.get(field)) is not kind]
        + [f"{field} (not a field)" for field in row.keys() - types.keys()]
    )
    if wrong:
        raise InfraError(f"[{name}] in {FILE.as_posix()} is wrong in: {', '.join(wrong)}", "correct those lines")
    if row["access"] not in ACCESS_MODES:
        raise InfraError(
            f"[{name}] does not say who may use the site: access is {row['access']!r}",
            f"choose one of {', '.join(ACCESS_MODES)} in {FILE.as_posix()}",
        )
    if row["checkpoint"] not in CHECKPOINTS:
        known = ", ".join(CHECKPOINTS)
        raise InfraError(
            f"[{name}] names unknown models: {row['checkpoint']!r}", f"known are {known} (gpu/core/checkpoints.py)"
        )
    return Target(name=name, **row)
