"""Turns uploaded files into pictures that models can use, or raises a problem: on a CPU, once, before a GPU is used.

Each file is read in a separate process, so that no file can block or crash this one. Equal pictures are one object in
the bucket. Knows the bucket and no job.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gpu.core.contract import Face, PictureRead, PictureToRead
from gpu.core.contract.fields import MAX_UPLOAD_BYTES
from gpu.core.contract.pictures import REASON_POINTER, RefusalReason
from gpu.core.problems import PictureRefused, PictureUnsupported, UploadNotFound
from gpu.serve.storage import Storage

log = logging.getLogger(__name__)

READING_SECONDS = 20.0
"""40 million pixels take some 4 s of one core (2026-11-26)."""
AT_ONCE = 2
"""Each may take a core and a gigabyte."""
PICTURE_TYPE = "image/png"


class PictureReader:
    """May be used from any thread."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def read(self, asked: PictureToRead) -> PictureRead:
        """Raises UploadNotFound, PictureUnsupported, PictureRefused, StorageRefused."""
        data = self._storage.read(asked.key, MAX_UPLOAD_BYTES)
        if data is None:
            raise UploadNotFound(f"There is no object {asked.key}.")
        with self._places, tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder, "file"), Path(folder, "picture.png")
            source.write_bytes(data)
            said = self._said_of(source, made)
            match said.get("problem"):
                case None:
                    key = f"inputs/{said['digest']}.png"
                    self._storage.upload(key, made, PICTURE_TYPE)
                    size = made.stat().st_size
                    faces = tuple(face_of(box) for box in said.get("faces", []))
                    return PictureRead(key=key, width=said["width"], height=said["height"], bytes=size, faces=faces)
                case PictureUnsupported.slug:
                    raise PictureUnsupported(said["detail"])
                case _:
                    raise PictureRefused(said["detail"], tuple((pointer, words) for pointer, words in said["errors"]))

    def _said_of(self, source: Path, made: Path) -> dict[str, Any]:
        try:
            return facts_in(run_reader("gpu.media.read_picture", source, made))
        except subprocess.TimeoutExpired as error:
            if said := facts_in(error.stdout):
                log.warning("looking for faces took too long")
                return said
            raise _refused("too_slow", "The picture takes too long to read. Export it again and upload that.") from None
        except subprocess.CalledProcessError as error:
            log.warning("a picture crashed its reader: %s", error.stderr[-500:].decode("utf-8", errors="replace"))
            if said := facts_in(error.stdout):
                return said
            raise _refused("damaged", "The picture cannot be read. Export it again and upload that.") from None


def run_reader(module: str, source: Path, made: Path) -> bytes:
    """What a reader printed. Raises subprocess's errors: of a reader that crashed, and of one that took too long."""
    command = [sys.executable, "-X", "utf8", "-m", module, str(source), str(made)]
    # One file takes one core.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(command, capture_output=True, env=environment, timeout=READING_SECONDS, check=True).stdout


def facts_in(printed: bytes | None) -> dict[str, Any]:
    """What a reader said in whole lines before it ended."""
    facts: dict[str, Any] = {}
    for line in (printed or b"").splitlines(keepends=True):
        if line.endswith(b"\n"):
            facts |= json.loads(line)
    return facts


def face_of(box: Sequence[float]) -> Face:
    left, top, width, height = (round(share, 4) for share in box)
    return Face(left=left, top=top, width=width, height=height)


def _refused(reason: RefusalReason, detail: str) -> PictureRefused:
    return PictureRefused(detail, ((REASON_POINTER, reason),))
