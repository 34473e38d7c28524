"""What one container, or one process on a laptop, costs from its start to its end: told to the site and to the bucket.

A report holds sums since the start, so a late, repeated or left out one changes nothing. The bucket's copy is what
remains where the site is away. Reporting never raises, and a thread of its own does it while the next clip is made.
Does not know when a container starts or ends.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Condition, Thread

from gpu.core import pricing
from gpu.core.contract import ContainerReport
from gpu.core.problems import StorageRefused
from gpu.serve.events import Site, timestamp
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage, container_key

log = logging.getLogger(__name__)

CLOSING_SECONDS = 10.0
"""How long the end waits for a report that is under way, so that the last one is not overtaken."""


@dataclass(slots=True)
class JobsCost:
    """What outcomes of this process have named as their cost, in all."""

    micro_won: int = 0


class ContainerCosts:
    """One container's seconds. May be closed from another thread."""

    def __init__(self, storage: Storage, site: Site, settings: Settings, began: float) -> None:
        """`began`: the start of the bill on the monotonic clock."""
        self.jobs = JobsCost()
        self._storage = storage
        self._site = site
        self._settings = settings
        self._began = began
        self._opened_at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - began)
        self._ready: float | None = None
        self._busy_seconds = 0.0
        self._changed = Condition()
        self._is_news = False
        self._closed = False
        self._thread = Thread(target=self._tell_all, name="costs", daemon=True)
        self._thread.start()

    def ready(self) -> None:
        """The models are loaded: from now on the container is idle, or busy with a job."""
        self._ready = time.monotonic()
        self._note()

    def worked(self, seconds: float) -> None:
        """A job took so long, whether it was delivered or not."""
        self._busy_seconds += seconds
        self._note()

    def close(self) -> None:
        """The container ends. Idempotent. Returns once that is told, or could not be."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSING_SECONDS)
        self._tell(closed=True)

    def _note(self) -> None:
        with self._changed:
            self._is_news = True
            self._changed.notify()

    def _tell_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_news or self._closed)
                if self._closed:
                    return
                self._is_news = False
            self._tell(closed=False)

    def report(self, *, closed: bool = False) -> ContainerReport:
        now = time.monotonic()
        life = now - self._began
        boot = (now if self._ready is None else self._ready) - self._began
        at = datetime.now(UTC)
        ready_at = None if self._ready is None else timestamp(self._opened_at + timedelta(seconds=boot))
        return ContainerReport(
            container_id=self._settings.container,
            gpu=self._settings.bill_as,
            checkpoint=self._settings.checkpoint,
            deploy=self._settings.deploy,
            opened_at=timestamp(self._opened_at),
            ready_at=ready_at,
            closed_at=timestamp(at) if closed else None,
            at=timestamp(at),
            boot_seconds=round(boot, 3),
            busy_seconds=round(self._busy_seconds, 3),
            idle_seconds=round(max(0.0, life - boot - self._busy_seconds), 3),
            total_micro_won=pricing.container_cost(self._settings.bill_as, life),
            jobs_micro_won=self.jobs.micro_won,
        )

    def _tell(self, *, closed: bool) -> None:
        try:
            report = self.report(closed=closed)
            log.info("container %s", report.model_dump_json())
            try:
                self._storage.write(container_key(report.container_id), report)
            except StorageRefused:
                log.warning("the container's report is not in the bucket")
            if not self._site.silent:
                self._site.report(report)
        except Exception:
            log.exception("the container's costs could not be reported")
