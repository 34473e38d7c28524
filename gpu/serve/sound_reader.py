"""Turns uploaded files into sounds that models can use, or raises a problem: on a CPU, once, before a GPU is used.

As pictures are read (`picture_reader.py`): in a process of its own, equal sounds one object. Knows the bucket, no job.
"""

import logging
import subprocess
import tempfile
import threading
from pathlib import Path

from gpu.core.contract import SoundRead, SoundToRead
from gpu.core.contract.fields import MAX_UPLOAD_BYTES
from gpu.core.contract.pictures import REASON_POINTER
from gpu.core.contract.sounds import SoundReason
from gpu.core.problems import SoundRefused, SoundUnsupported, UploadNotFound
from gpu.serve.picture_reader import AT_ONCE, facts_in, run_reader
from gpu.serve.storage import Storage

log = logging.getLogger(__name__)

SOUND_TYPE = "audio/wav"


class SoundReader:
    """May be used from any thread."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def read(self, asked: SoundToRead) -> SoundRead:
        """Raises UploadNotFound, SoundUnsupported, SoundRefused, StorageRefused."""
        data = self._storage.read(asked.key, MAX_UPLOAD_BYTES)
        if data is None:
            raise UploadNotFound(f"There is no object {asked.key}.")
        with self._places, tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder, "file"), Path(folder, "sound.wav")
            source.write_bytes(data)
            try:
                said = facts_in(run_reader("gpu.media.read_sound", source, made))
            except subprocess.TimeoutExpired:
                raise _refused("too_slow", "The sound takes too long to read. Save it again and upload that.") from None
            except subprocess.CalledProcessError as error:
                log.warning("a sound crashed its reader: %s", error.stderr[-500:].decode("utf-8", errors="replace"))
                raise _refused("damaged", "The sound cannot be read. Save it again and upload that.") from None
            match said.get("problem"):
                case None:
                    key = f"inputs/{said['digest']}.wav"
                    self._storage.upload(key, made, SOUND_TYPE)
                    size = made.stat().st_size
                    return SoundRead(key=key, bytes=size, seconds=said["seconds"], channels=said["channels"])
                case SoundUnsupported.slug:
                    raise SoundUnsupported
                case _:
                    raise SoundRefused(said["detail"], tuple((pointer, words) for pointer, words in said["errors"]))


def _refused(reason: SoundReason, detail: str) -> SoundRefused:
    return SoundRefused(detail, ((REASON_POINTER, reason),))
