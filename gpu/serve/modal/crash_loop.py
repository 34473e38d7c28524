"""Containers that are lost while they load, counted in the bucket: a platform would go on starting them for ever.

A container notes that it starts, and takes the note back when it is ready, or knows why it never will be. Notes that
pile up are starts that were lost: killed for memory, a card, a disk or a library at fault. Above the limit the next
container loads nothing and tells each job why. Counts are kept apart by card and deploy, so each deploy begins anew,
of the same commit too, and old notes lapse.
Knows the bucket and the clock; does not know what is loaded.
"""

from datetime import UTC, datetime, timedelta

from gpu.core.contract.fields import Wire
from gpu.core.hardware import STARTUP_LIMIT_SECONDS
from gpu.serve.events import timestamp
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage

MAX_LOST_STARTS = 3
LAPSE_SECONDS = 2 * STARTUP_LIMIT_SECONDS
"""After this long without a start the count begins anew: a fault may have been mended in between. A container that
hangs is killed only when its time to start is over, and the next one notes its start after that."""
_LIMIT_BYTES = 4_096


class Notes(Wire):
    """The body of `service/starts-{gpu}-{deploy}.json`. Containers that start together may miscount by one; the limit
    is no exact science."""

    open: int
    at: str
    why: str | None = None
    """What was raised where a start was lost last; None where nothing was, because the container was ended."""


class Starts:
    """The notes of one card's containers. Every method raises StorageRefused."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._key = f"service/starts-{settings.gpu}-{settings.deploy}.json"

    def begin(self) -> bool:
        """Notes a start. False when too many before it were lost: then nothing is noted and nothing should load."""
        notes = self._notes()
        if notes.open >= MAX_LOST_STARTS:
            return False
        self._write(notes.open + 1, notes.why)
        return True

    def lost(self, why: str) -> None:
        """Leaves the note of this start, with what was raised in it."""
        self._write(self._notes().open, why)

    def ready(self) -> None:
        """Takes all notes back: this container got through, and so can the next."""
        self._write(0, None)

    def why(self) -> str:
        """What is known of the starts that were lost, in words."""
        raised = self._notes().why
        if raised is not None:
            return f"Containers were lost while they loaded, one after another; the last error was {raised}."
        return "Containers were ended while they loaded, one after another, without an error: for memory, or for time."

    def _notes(self) -> Notes:
        data = self._storage.read(self._key, _LIMIT_BYTES)
        none = Notes(open=0, at=timestamp())
        if data is None:
            return none
        notes = Notes.model_validate_json(data)
        return none if notes.at < timestamp(datetime.now(UTC) - timedelta(seconds=LAPSE_SECONDS)) else notes

    def _write(self, count: int, why: str | None) -> None:
        self._storage.write(self._key, Notes(open=count, at=timestamp(), why=why))
