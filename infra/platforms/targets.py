"""The environments for releases, as rows of `infra/targets.toml`.

A row holds branches, project names, addresses and limits, so that no command needs them as options. It holds no secret.
This module does not check whether the names exist in the accounts.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.presets import PRESETS
from infra.language import localized
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
    chosen: str
    """What was chosen by comparing clips (`infra/compare/decision.py` writes it); empty where nothing was."""
    access: str
    """`access`: people whom Cloudflare Access lets in. `public`: everybody who passes Turnstile."""

    @property
    def chosen_preset(self) -> str | None:
        """The preset that `chosen` names."""
        return self.chosen.split(" ")[0] or None


def is_tiny(checkpoint: str) -> bool:
    """True for a set that is part of the code: it needs no download, and no price applies to its clips."""
    return CHECKPOINTS[checkpoint].scale == "tiny"


def load(root: Path) -> dict[str, Target]:
    """All rows of a checkout. Raises InfraError as `parse` does, and for a file that cannot be read."""
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InfraError(
            localized(
                ko=f"{FILE.as_posix()} 파일을 읽을 수 없어요: {error}", en=f"{FILE.as_posix()} cannot be read: {error}"
            ),
            localized(ko="git에서 되돌려 주세요", en="restore it from git"),
        ) from error
    return parse(text)


def parse(text: str) -> dict[str, Target]:
    """The rows of a file's text. Raises InfraError for invalid TOML and for missing, unknown or mistyped fields."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InfraError(
            localized(
                ko=f"{FILE.as_posix()} 파일을 읽을 수 없어요: {error}", en=f"{FILE.as_posix()} cannot be read: {error}"
            ),
            localized(ko="git에서 되돌려 주세요", en="restore it from git"),
        ) from error
    return {name: row_of(name, row) for name, row in table.items()}


def pick(root: Path, name: str) -> Target:
    """One row by its name."""
    rows = load(root)
    if name not in rows:
        raise InfraError(
            localized(ko=f"{name!r} 환경은 없어요", en=f"there is no environment {name!r}"),
            localized(
                ko=f"있는 환경: {', '.join(rows)} ({FILE.as_posix()})",
                en=f"known are {', '.join(rows)} ({FILE.as_posix()})",
            ),
        )
    return rows[name]


def row_of(name: str, row: dict[str, Any]) -> Target:
    types = {field.name: field.type for field in fields(Target) if field.name != "name"}
    wrong = sorted(
        [field for field, kind in types.items() if type(row.get(field)) is not kind]
        + [localized(ko=f"{field} (모르는 항목)", en=f"{field} (not a field)") for field in row.keys() - types.keys()]
    )
    if wrong:
        raise InfraError(
            localized(
                ko=f"{FILE.as_posix()}의 [{name}]에 잘못된 항목이 있어요: {', '.join(wrong)}",
                en=f"[{name}] in {FILE.as_posix()} is wrong in: {', '.join(wrong)}",
            ),
            localized(ko="그 줄들을 고쳐 주세요", en="correct those lines"),
        )
    if row["access"] not in ACCESS_MODES:
        raise InfraError(
            localized(
                ko=f"[{name}]에 누가 사이트를 쓰는지 적혀 있지 않아요. access 값: {row['access']!r}",
                en=f"[{name}] does not say who may use the site: access is {row['access']!r}",
            ),
            localized(
                ko=f"{FILE.as_posix()}에서 하나를 골라 주세요: {', '.join(ACCESS_MODES)}",
                en=f"choose one of {', '.join(ACCESS_MODES)} in {FILE.as_posix()}",
            ),
        )
    if row["checkpoint"] not in CHECKPOINTS:
        known = ", ".join(CHECKPOINTS)
        raise InfraError(
            localized(
                ko=f"[{name}]에 모르는 모델이 적혀 있어요: {row['checkpoint']!r}",
                en=f"[{name}] names unknown models: {row['checkpoint']!r}",
            ),
            localized(
                ko=f"있는 모델: {known} (gpu/core/checkpoints.py)", en=f"known are {known} (gpu/core/checkpoints.py)"
            ),
        )
    if row["chosen"] and row["chosen"].split(" ")[0] not in PRESETS:
        raise InfraError(
            localized(
                ko=f"[{name}]에 모르는 프리셋이 적혀 있어요: {row['chosen']!r}",
                en=f"[{name}] names an unknown preset: {row['chosen']!r}",
            ),
            localized(ko=f"있는 프리셋: {', '.join(PRESETS)}", en=f"known are {', '.join(PRESETS)}"),
        )
    return Target(name=name, **row)
