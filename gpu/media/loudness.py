"""How loud a sound is (EBU R 128, by FFmpeg), and the same sound at the loudness that platforms play at.

One gain for the whole, so that what is quiet stays quiet against what is loud; then a limiter for the few peaks that
would pass the ceiling. It knows no file.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import av
import numpy as np
from av.error import BlockingIOError as NotYet
from av.error import EOFError as Ended
from av.filter import Graph
from numpy.typing import NDArray

LUFS = -14.0
"""Of YouTube and Spotify. Basis: documented by both; read 2026-11-27."""
CEILING = 0.891
"""Of the samples: -1 dB, which leaves room for what AAC adds."""
SILENT_BELOW_LUFS = -60.0
"""A sound as quiet as this is noise, and stays as it is."""
MOST_GAIN_DB = 24.0
_BLOCK_SECONDS = 0.4
"""EBU R 128 measures blocks of this length; a shorter sound has no loudness."""

Samples = NDArray[np.float32]
"""Stereo, shape (2, samples), -1 to 1."""
Filter = tuple[str, str]
"""Name and arguments."""


def loudness_of(samples: Samples, rate: int) -> float | None:
    """Integrated loudness in LUFS; None for a sound too short to have one."""
    if samples.shape[1] < _BLOCK_SECONDS * rate:
        return None
    said: str | None = None
    for frame in _through(samples, rate, [("ebur128", "metadata=1")]):
        said = frame.metadata.get("lavfi.r128.I", said)
    return None if said is None else float(said)


def evened(samples: Samples, rate: int) -> Samples:
    """At LUFS, or as near as MOST_GAIN_DB lets it come; of the same length. Silence stays silence."""
    loudness = loudness_of(samples, rate)
    if loudness is None or loudness < SILENT_BELOW_LUFS:
        return samples
    gain = 10 ** (min(LUFS - loudness, MOST_GAIN_DB) / 20)
    louder = (samples * gain).astype(np.float32)
    if np.abs(louder).max() <= CEILING:
        return louder
    limiter = ("alimiter", f"limit={CEILING}:level=0:latency=1")
    limited = np.concatenate([frame.to_ndarray() for frame in _through(louder, rate, [limiter])], axis=1)
    return np.asarray(limited[:, : samples.shape[1]], np.float32)


def _through(samples: Samples, rate: int, filters: Sequence[Filter]) -> list[Any]:
    graph: Any = Graph()
    nodes = [graph.add_abuffer(sample_rate=rate, format="fltp", layout="stereo")]
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    nodes += [graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"), graph.add("abuffersink")]
    for one, other in pairwise(nodes):
        one.link_to(other)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), format="fltp", layout="stereo")
    frame.sample_rate = rate
    graph.push(frame)
    graph.push(None)
    made: list[Any] = []
    while True:
        try:
            made.append(graph.pull())
        except (Ended, NotYet):
            return made
