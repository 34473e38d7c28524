"""What every question to a platform and every check may look at: a checkout, an environment, variables, the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For its name alone: a checkout too broken to read its targets is looked at all the same.
    from infra.platforms.targets import Target


@dataclass(frozen=True, slots=True)
class Ground:
    """What every probe may look at: one checkout, the environment to release to, this process's variables, the day."""

    root: Path
    target: "Target"
    environ: Mapping[str, str] = field(repr=False)
    today: date
