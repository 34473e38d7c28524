"""Counts containers that crash while they load, in the bucket, since the platform restarts them without limit.

A container writes a note when it starts. It deletes the notes when it is ready, or when it knows why it cannot be.
Notes that pile up are failed starts: out of memory, or a broken card, disk or library. At the limit the next container
loads no models and fails each job with that reason. Each card and each deploy has its own count, and old notes expire.
Knows the bucket and the clock; does not know what is loaded.
"""

from datetime import UTC, datetime, timedelta

from gpu.core.contract.fields import Wire
from gpu.core.hardware import STARTUP_LIMIT_SECONDS
from gpu.serve.events import timestamp
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage

MAX_FAILED_STARTS = 3
LAPSE_SECONDS = 2 * STARTUP_LIMIT_SECONDS
"""After this long without a start the count restarts at zero: the fault may have been fixed meanwhile. It is longer
than the time limit of a start, since a hanging container is killed only then and the next one starts later."""
_LIMIT_BYTES = 4_096


class Notes(Wire):
    """The body of `service/starts-{gpu}-{deploy}.json`. Containers that start together may miscount by one, which the
    limit tolerates."""

    open: int
    at: str
    why: str | None = None
    """The error of the last failed start; None where the container was killed without one."""


class Starts:
    """The notes of one card's containers. Every method raises StorageRefused."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._key = f"service/starts-{settings.gpu}-{settings.deploy}.json"

    def begin(self) -> bool:
        """Records a start. False at the limit of failed starts: then nothing is recorded, and no model should load."""
        notes = self._notes()
        if notes.open >= MAX_FAILED_STARTS:
            return False
        self._write(notes.open + 1, notes.why)
        return True

    def failed(self, why: str) -> None:
        """Keeps the note of this start, and adds its error."""
        self._write(self._notes().open, why)

    def ready(self) -> None:
        """Deletes all notes: this container started, so the next one can too."""
        self._write(0, None)

    def why(self) -> str:
        """The known cause of the failed starts, as a sentence."""
        raised = self._notes().why
        if raised is not None:
            return f"{MAX_FAILED_STARTS} containers in a row crashed while they loaded. The last error was {raised}."
        return (
            f"{MAX_FAILED_STARTS} containers in a row were killed while they loaded, without an error. Check memory and"
            " the time limit."
        )

    def _notes(self) -> Notes:
        data = self._storage.read(self._key, _LIMIT_BYTES)
        none = Notes(open=0, at=timestamp())
        if data is None:
            return none
        notes = Notes.model_validate_json(data)
        return none if notes.at < timestamp(datetime.now(UTC) - timedelta(seconds=LAPSE_SECONDS)) else notes

    def _write(self, count: int, why: str | None) -> None:
        self._storage.write(self._key, Notes(open=count, at=timestamp(), why=why))
