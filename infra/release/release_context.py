"""What every step of a release is given, and what a step is. It knows no step."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.platforms.ground import Ground
from infra.release.journal import Journal

WRANGLER_SECONDS = 300.0
MODAL_SECONDS = 1800.0
"""A first deploy builds the images."""


@dataclass(frozen=True, slots=True)
class WaitTimes:
    """Time limits for other services and the pause between two polls, in seconds. Tests use shorter ones."""

    agree_seconds: float = 1200.0
    clip_seconds: float = 1800.0
    pause_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class ReleaseContext:
    """The arguments of every step."""

    ground: Ground
    journal: Journal
    keep: Callable[[], None]
    """Saves the journal."""
    tell: Callable[[str], None]
    wait_times: WaitTimes


@dataclass(frozen=True, slots=True)
class Step:
    """`commands` lists the command lines for --dry-run; `run` executes the step, and may be repeated."""

    name: str
    title: str
    commands: Callable[[ReleaseContext], list[str]]
    run: Callable[[ReleaseContext], None]
