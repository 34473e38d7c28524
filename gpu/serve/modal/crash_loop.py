"""Notices containers that are lost while they load, and holds further starts back: the platform restarts without limit.

Each start has a note of its own in the bucket, so starts at the same time do not disturb each other. It is deleted when
the container is ready, or knows why it cannot be. A start is lost when it raised an error, when its note is older than
the platform's time limit for it, or when its own container starts anew. A start under way is none of these, however
many there are.

After three lost starts no further one is made for a while, longer after each further loss; then one is let through to
try. That it works closes the case. Nothing here ends a job: why starts are lost is not known, so jobs wait.
Each card and each deploy has its own notes. Knows the bucket and the clock; does not know what is loaded.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gpu.core.contract.fields import AcrossReleases
from gpu.core.hardware import STARTUP_LIMIT_SECONDS
from gpu.serve.events import timestamp
from gpu.serve.storage import Storage

MAX_LOST_STARTS = 3
MARGIN_SECONDS = 60
"""Beyond the time limit of a start, for clocks that differ."""
FIRST_HOLD_SECONDS = 10 * 60
LONGEST_HOLD_SECONDS = 4 * 60 * 60
"""A start that hangs costs a card for the whole time limit, so trying must become rare."""
LAPSE_SECONDS = 24 * 60 * 60
"""Lost starts that are older count no more, and their notes are deleted."""
_LIMIT_BYTES = 4_096


class StartNote(AcrossReleases):
    """The body of `service/starts/{gpu}-{deploy}/{container}-{token}.json`."""

    container_id: str
    began_at: str
    overdue_at: str
    """From then on the platform has ended this start."""
    failed_at: str | None = None
    why: str | None = None
    """The class of the error that the start raised; None where it was ended without one."""

    def lost_at(self, now: str, starting: str | None) -> str | None:
        """When this start was lost; None while it may still become ready. `starting`: a container that starts now."""
        if self.failed_at is not None:
            return self.failed_at
        if self.container_id == starting:
            return now
        return self.overdue_at if self.overdue_at <= now else None


@dataclass(frozen=True, slots=True)
class Hold:
    """Why and until when no start is made."""

    lost: int
    until: str
    """A timestamp; the end of the hold, or of the one start that tries."""
    why: str

    @property
    def words(self) -> str:
        return f"{self.lost} containers in a row {self.why} while they loaded. The next try is after {self.until}."


class Starts:
    """The starts of one card's containers. Every method raises StorageRefused."""

    def __init__(self, storage: Storage, gpu: str, deploy: str, container_id: str = "") -> None:
        """`container_id` is needed to begin a start, not to look."""
        self._storage = storage
        self._container_id = container_id
        self._prefix = f"service/starts/{gpu}-{deploy}/"
        self._key = f"{self._prefix}{container_id}-{secrets.token_hex(8)}.json"

    def begin(self) -> Hold | None:
        """Records a start. A Hold where none may be made: then nothing is recorded, and no model should load."""
        hold = self._hold(starting=self._container_id)
        if hold is None:
            now = datetime.now(UTC)
            overdue = timestamp(now + timedelta(seconds=STARTUP_LIMIT_SECONDS + MARGIN_SECONDS))
            note = StartNote(container_id=self._container_id, began_at=timestamp(now), overdue_at=overdue)
            self._storage.write(self._key, note)
        return hold

    def hold(self) -> Hold | None:
        """Why a start would not be made now; None where it would."""
        return self._hold(starting=None)

    def failed(self, why: str) -> None:
        """This start raised an error of the class `why`, and the cause is not known: it is lost."""
        now = timestamp()
        note = StartNote(container_id=self._container_id, began_at=now, overdue_at=now, failed_at=now, why=why)
        self._storage.write(self._key, note)

    def over(self) -> None:
        """This start has ended, and says nothing about others: its cause is known, or the platform interrupted it."""
        self._storage.remove([self._key])

    def ready(self) -> None:
        """This start succeeded, so the next one can too: lost ones count no more."""
        now = timestamp()
        lost = [key for key, note in self._notes() if note.lost_at(now, starting=None) is not None]
        self._storage.remove([self._key, *lost])

    # ------------------------------------------------------------ the notes

    def _hold(self, starting: str | None) -> Hold | None:
        moment = datetime.now(UTC)
        now, lapsed = timestamp(moment), timestamp(moment - timedelta(seconds=LAPSE_SECONDS))
        lost: list[tuple[str, StartNote]] = []
        going: list[StartNote] = []
        old: list[str] = []
        for key, note in self._notes():
            at = note.lost_at(now, starting)
            if at is None:
                going.append(note)
            elif at < lapsed:
                old.append(key)
            else:
                lost.append((at, note))
        self._storage.remove(old)
        if len(lost) < MAX_LOST_STARTS:
            return None
        last_at, last = max(lost, key=lambda each: each[0])
        seconds = min(FIRST_HOLD_SECONDS * 2 ** (len(lost) - MAX_LOST_STARTS), LONGEST_HOLD_SECONDS)
        until = timestamp(datetime.fromisoformat(last_at) + timedelta(seconds=seconds))
        tries = [note.overdue_at for note in going if note.began_at >= until]
        if until <= now and not tries:
            return None
        why = (
            f"raised {last.why}" if last.why is not None else "were ended without an error (memory, or the time limit)"
        )
        return Hold(len(lost), max([until, *tries]), why)

    def _notes(self) -> list[tuple[str, StartNote]]:
        notes: list[tuple[str, StartNote]] = []
        for key in self._storage.keys(self._prefix):
            data = self._storage.read(key, _LIMIT_BYTES)
            if data is not None:  # else its container has become ready meanwhile
                notes.append((key, StartNote.model_validate_json(data)))
        return notes
