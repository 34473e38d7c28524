"""The input, the result and the callbacks of a render: the types that the worker and the pipelines share.

Free of torch, so that the worker can be read, typed and tested without it. Knows no pipeline and no storage.
"""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from gpu.core.contract import Quality, Resolved, Stage
from gpu.core.problems import InvalidJob


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
    """Called before every transformer block, thousands of times a clip: must be cheap."""


NOBODY = Follower()


@dataclass(frozen=True, slots=True)
class Conditioning:
    """A prepared picture (8-bit RGB file) for the frame `frame_idx`. `strength`, 0 to 1: how closely it is followed."""

    path: Path
    frame_idx: int
    strength: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip to make: exact settings, its inputs, and the paths of its two output files."""

    resolved: Resolved
    pictures: Sequence[Conditioning]
    source_video: Path | None
    """The clip to restyle, or of which a part is made anew; None for every other pipeline."""
    video_path: Path
    poster_path: Path
    last_frame_path: Path | None = None
    """Where the last frame is kept as a picture; None: it is not kept."""
    sound: Path | None = None
    """The person's sound, as long as the clip; None for every pipeline that takes none."""


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """A clip's last frame as a PNG file. `digest` names equal pictures; `faces` are left, top, width and height in
    shares of its size, the largest first."""

    bytes: int
    width: int
    height: int
    digest: str
    faces: tuple[tuple[float, float, float, float], ...] = ()


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
    """The part of them that loaded models for later clips too. It counts as container start, not as this clip's."""
    quality: Quality
    peak_bytes: int | None
    prompt_tokens_dropped: int
    quantization: str | None
    """How the weights were rounded; None where the released weights run unchanged."""
    content_credentials: Literal["off", "signed", "failed"]
    last_frame: KeptFrame | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """One prompt for Gemma to write anew in English. `picture`: a prepared RGB file that it looks at."""

    prompt: str
    picture: Path | None
    seed: int
    most_tokens: int
    """Where the answer is cut off."""


@dataclass(frozen=True, slots=True)
class Worded:
    """An answer of Gemma. `peak_bytes` of GPU memory, None on a CPU."""

    text: str
    loading_seconds: float
    """The part of its time that loaded models for later jobs too."""
    peak_bytes: int | None


class Renders(Protocol):
    """Renders one clip at a time. Raises JobCanceled soon after the follower reports a cancellation, other
    ProblemErrors where it can, and an error that `is_lost` recognises when the card is at fault."""

    def render(self, shot: Shot, follower: Follower) -> Rendered: ...


@runtime_checkable
class Words(Protocol):
    """A renderer whose text model can also write. Raises as `Renders.render`."""

    def word(self, wording: Wording, follower: Follower) -> Worded: ...


def worded(renderer: Renders, wording: Wording, follower: Follower) -> Worded:
    """The text model's answer. Raises as `Words.word`, and InvalidJob for a renderer that cannot write."""
    if not isinstance(renderer, Words):
        raise InvalidJob("This service's models cannot write.")
    return renderer.word(wording, follower)


@runtime_checkable
class KeepsModels(Protocol):
    """A renderer that knows which models are in memory."""

    def loaded_presets(self) -> tuple[str, ...]:
        """Presets whose clips begin at once, and prompt help."""
        ...


def loaded_presets(renderer: Renders | None) -> tuple[str, ...]:
    """Presets whose models are in memory; none where the renderer does not know."""
    return renderer.loaded_presets() if isinstance(renderer, KeepsModels) else ()


class MachineFault(Exception):  # noqa: N818 (named like the problems, after the event)
    """The machine is at fault, not the clip: another machine may make it, and this one would fail the next clip too."""


class CardLost(MachineFault):
    """The card itself is at fault: further results from it cannot be trusted."""


_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Disk full or over its quota, broken, or read only; too many open files; no memory for the system."""


def is_lost(error: BaseException) -> bool:
    """Whether the card is at fault. torch's error is recognised by name, without importing torch."""
    return _is_named(error, "AcceleratorError", "CardLost")


def is_machines_fault(error: BaseException) -> bool:
    """Whether card, disk or system are at fault, so that the clip is not. An error that was raised because of such a
    one counts as well."""
    cause: BaseException | None = error
    while cause is not None:
        if is_lost(cause) or isinstance(cause, MachineFault):
            return True
        if isinstance(cause, OSError) and cause.errno in _OF_THE_MACHINE:
            return True
        cause = cause.__cause__
    return False


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a card or the host ran out of memory. torch's error is recognised by name too."""
    return isinstance(error, MemoryError) or _is_named(error, "OutOfMemoryError")


def _is_named(error: BaseException, *names: str) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)
