"""Checks the source clip of a restyle before rendering. It does not know where the clip comes from."""

import logging
from pathlib import Path

import av
from av.error import FFmpegError

from gpu.core.problems import RenderFailed

log = logging.getLogger(__name__)


def check_source(path: Path) -> int:
    """The number of frames in the source clip at `path`.

    Raises RenderFailed when its first frame cannot be decoded or it has fewer than nine, the fewest LTX can compress.
    """
    frames = 0
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            next(container.decode(stream))
            frames = stream.frames
    except (FFmpegError, IndexError, StopIteration) as error:
        log.warning("source clip: %r", error)
    if frames < 9:
        raise RenderFailed("The source clip cannot be read. Make that clip again and restyle the new one.")
    return frames
