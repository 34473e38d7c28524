"""A folder in place of the bucket: for a whole clip through `worker.py` on a machine without a network.

Replaces `storage.Storage` for a single worker: without signatures, and without other workers.
"""

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from gpu.core.contract import Outcome
from gpu.core.contract.fields import Wire
from gpu.serve.storage import Claim, done_key, failed_key


class FolderBucket:
    """The methods of `Storage` that a worker calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.marked_at = 0.0
        """When the last marker was written, by `time.perf_counter`."""

    def read(self, key: str, limit_bytes: int) -> bytes | None:
        path = self._folder / key
        assert not path.is_file() or path.stat().st_size <= limit_bytes
        return path.read_bytes() if path.is_file() else None

    def upload(self, key: str, path: Path, content_type: str) -> None:
        del content_type
        self._path(key).write_bytes(path.read_bytes())

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            (self._folder / key).unlink(missing_ok=True)

    def claim(self, claim: Claim, stale_before: str) -> Claim | None:
        del stale_before
        return claim

    def release(self, claim: Claim) -> None:
        del claim

    def done(self, job_id: str) -> Outcome | None:
        data = self.read(done_key(job_id), 1 << 20)
        return None if data is None else Outcome.model_validate_json(data)

    def mark_done(self, outcome: Outcome) -> Outcome:
        return self._mark(done_key(outcome.job_id), outcome)

    def mark_failed(self, outcome: Outcome) -> Outcome:
        return self._mark(failed_key(outcome.job_id), outcome)

    def empty(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _mark(self, key: str, body: Wire) -> Outcome:
        assert isinstance(body, Outcome)
        self._path(key).write_text(body.model_dump_json(), encoding="utf-8", newline="\n")
        self.marked_at = time.perf_counter()
        return body

    def _path(self, key: str) -> Path:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
