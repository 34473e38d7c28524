"""The input of every check and every query to a platform: checkout, environment, variables, date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For the type only: checks must also run in a checkout whose targets cannot be imported.
    from infra.platforms.targets import Target


@dataclass(frozen=True, slots=True)
class Ground:
    """The input of every probe: the checkout, the environment to release to, this process's variables, the date."""

    root: Path
    target: "Target"
    environ: Mapping[str, str] = field(repr=False)
    today: date
