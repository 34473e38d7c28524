"""Keeps a clip's last frame as a picture, so that a next clip can begin where this one ends.

The frame is taken as it passes to the encoder and written beside it by another thread, so nothing is decoded twice and
nobody waits. The file is what the reader of uploads would make of it: 8-bit RGB, named by the same digest, with the
same faces. It carries no visible mark, since a next clip would draw its own over it. Does not know buckets or jobs.
"""

import logging
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from gpu.core.render_job import KeptFrame
from gpu.media.encode import AI_NOTICE
from gpu.media.pictures import digest_of

log = logging.getLogger(__name__)


class LastFrame:
    """Of one clip of `num_frames` frames, written to `path`; not at all where that is None."""

    def __init__(self, num_frames: int, path: Path | None) -> None:
        self._left = num_frames
        self._path = path
        self._pool = ThreadPoolExecutor(1, "last-frame")
        self._writing: Future[KeptFrame] | None = None

    def watch(self, chunks: Iterable[NDArray[np.uint8]]) -> Generator[NDArray[np.uint8], None, None]:
        """Passes chunks of shape (frames, height, width, 3) on unchanged."""
        try:
            for chunk in chunks:
                self._left -= len(chunk)
                if self._left == 0 and len(chunk) and self._path is not None:
                    self._writing = self._pool.submit(_write, chunk[-1].copy(), self._path)
                yield chunk
        finally:
            self._pool.shutdown(wait=False)

    def kept(self) -> KeptFrame | None:
        """The written picture, once all frames have passed. Raises what writing it raised."""
        return None if self._writing is None else self._writing.result()


def _write(frame: NDArray[np.uint8], path: Path) -> KeptFrame:
    picture = Image.fromarray(frame)
    notice = PngImagePlugin.PngInfo()
    notice.add_text("Description", AI_NOTICE)
    picture.save(path, "PNG", compress_level=1, pnginfo=notice)
    return KeptFrame(path.stat().st_size, picture.width, picture.height, digest_of(picture), _faces_of(picture))


def _faces_of(picture: Image.Image) -> tuple[tuple[float, float, float, float], ...]:
    """Without its faces the picture is as good: they only choose the first crop."""
    try:
        from gpu.media.faces import faces_of  # imported while the encoder works

        return tuple(faces_of(picture))
    except Exception:
        log.exception("looking for faces in the last frame failed")
        return ()
