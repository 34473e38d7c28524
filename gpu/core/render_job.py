"""What a render takes and gives: the words that the worker and the pipelines share.

Free of torch, so that the worker can be read, typed and tested without it. Knows no pipeline and no storage.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gpu.core.contract import Quality, Resolved, Stage


def _no_progress(stage: Stage, step: int | None, steps: int | None) -> None:
    del stage, step, steps


def _not_canceled() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Follower:
    """Callbacks of one render: its progress, and whether it should stop."""

    on_progress: Callable[[Stage, int | None, int | None], None] = _no_progress
    """Called with a stage and, in stage 1 and stage 2, the step under way (from 1) and the number of steps."""
    is_canceled: Callable[[], bool] = _not_canceled
    """Asked before every transformer block, thousands of times a clip: must be cheap."""


NOBODY = Follower()


@dataclass(frozen=True, slots=True)
class Conditioning:
    """A prepared picture (8-bit RGB file) that the clip shows at `frame_idx`, as firmly as `strength`, 0 to 1."""

    path: Path
    frame_idx: int
    strength: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip to make: exact settings, what it is made from, and the two files that come of it."""

    resolved: Resolved
    pictures: Sequence[Conditioning]
    source_video: Path | None
    """The clip to restyle; None for every other pipeline."""
    video_path: Path
    poster_path: Path


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished clip. `stage_seconds` by stage name; `peak_bytes` of GPU memory, None on a CPU."""

    num_frames: int
    width: int
    height: int
    frame_rate: float
    frames_hash: str
    video_bytes: int
    poster_bytes: int
    stage_seconds: dict[str, float]
    loading_seconds: float
    """Of those, spent on models that stay for later clips: no clip's own, but part of bringing the container up."""
    quality: Quality
    peak_bytes: int | None
    prompt_tokens_dropped: int
    quantization: str | None
    """How the weights were made smaller; None where the frames are exactly those of the released ones."""
    content_credentials: Literal["off", "signed", "failed"]


class Renders(Protocol):
    """One clip at a time. Raises JobCanceled soon after the follower says so, other ProblemErrors where it can, and
    what `is_lost` knows when the card is at fault."""

    def render(self, shot: Shot, follower: Follower) -> Rendered: ...


class CardLost(Exception):  # noqa: N818 (what happened, as the problems are named)
    """The card itself is at fault: nothing that this process still computes on it can be trusted."""


def is_lost(error: BaseException) -> bool:
    """Whether an error means that. torch's own is recognised by name, so that torch need not be there to ask."""
    return _is_named(error, "AcceleratorError", "CardLost")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a card or the host had no memory left for what was asked. torch's error is recognised by name too."""
    return isinstance(error, MemoryError) or _is_named(error, "OutOfMemoryError")


def _is_named(error: BaseException, *names: str) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)
