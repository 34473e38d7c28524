"""The life of a rented container: load the models once, run tickets one after another, clean up.

A call brings one ticket. Where the ticket names a card, the container then asks the site for the next one
(`series.py`), and the call lasts until there is none.

Opening never raises, because the platform would restart a failing container without limit and at our cost. Instead:

* Where the cause is proven (settings, weights, a card that is too small), each job that arrives fails at once with that
  reason on record, or where it cannot be recorded, `run` returns it. It asks for no other.
* Where it is not, the container is spent: it hands back what it was given and takes no further job, so that a bad
  machine fails none. After several such starts none is made for a while (`crash_loop.py`), and jobs wait.

Knows the worker, the weights folder and the clock. Does not know the platform: `app.py` calls the three methods, and
says how a container stops taking calls.
"""

import logging
import math
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import Fault, Outcome, Ticket
from gpu.core.hardware import GPUS, Gpu
from gpu.core.problems import (
    OutOfGpuMemory,
    ProblemError,
    RenderFailed,
    SettingsIncomplete,
    StorageRefused,
    WeightsUnusable,
)
from gpu.core.render_job import (
    Follower,
    MachineFault,
    Rendered,
    Renders,
    Shot,
    Worded,
    Wording,
    is_machines_fault,
    is_out_of_memory,
    loaded_presets,
)
from gpu.media.content_credentials import signer_of, signing
from gpu.render.given_card import Card, given, present
from gpu.serve.connections import connect
from gpu.serve.container_costs import ContainerCosts
from gpu.serve.events import Site
from gpu.serve.job_log import of_job
from gpu.serve.modal.crash_loop import Hold, Starts
from gpu.serve.open_models import open_models
from gpu.serve.scratch import SCRATCH
from gpu.serve.series import Series
from gpu.serve.settings import Settings
from gpu.serve.warm_up import warm_up
from gpu.serve.worker import Worker

log = logging.getLogger(__name__)

RETURNED_SECONDS = 1.0
"""From the end of `run` until the platform knows that the container is free. Basis: assumed; a round trip of its client
takes a tenth."""

MAY_BE_THE_CONTAINER = (RenderFailed.slug, WeightsUnusable.slug)
"""Failures of a clip that may lie in the container. It asks for no further ticket after two in a row, or after one
before it has delivered any clip."""

End = Literal["finished", "gone"]
"""How a call ended: with a marker in the bucket, or without one."""

OpenRenderer = Callable[[Settings, Path, Gpu | None], Renders]
"""Settings, the weights folder, and the card to place the models on (None for the tiny sets)."""


class Container:
    """One container. `weights_folder`: where the volume is mounted. `began`: the start of its bill on the monotonic
    clock, by default the start of this process. `limit_seconds`: how long a job may take before it stops by itself.
    `stop`: after it, the platform gives this container no further call, and ends it when the one at hand returns."""

    def __init__(
        self,
        weights_folder: Path,
        *,
        began: float | None = None,
        limit_seconds: float = math.inf,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._weights_folder = weights_folder
        self._limit_seconds = limit_seconds
        self._stop = stop
        self._began = process_began() if began is None else began
        self._cold_start_seconds = 0.0
        self._worker: Worker | None = None
        self._settings: Settings | None = None
        self._site: Site | None = None
        self._farewell: threading.Timer | None = None
        self._doubts = 1
        """Clips in a row that failed to render, the start counted as one: at two it may be the container."""
        self._costs: ContainerCosts | None = None
        self._scratch: Path | None = None
        self._fault: Fault | None = None
        self.is_spent = False
        """True after its machine or its start failed: it takes no further job; the next one gets another container."""

    def open(
        self,
        environment: Mapping[str, str],
        open_renderer: OpenRenderer | None = None,
        look: Callable[[], Card | None] = present,
    ) -> None:
        """Loads settings and models, for the card that `look` finds. Never raises. Without valid settings the container
        answers every ticket with that fault."""
        try:
            settings, storage, self._site = connect(environment)
        except SettingsIncomplete as error:
            log.error("this container cannot work: %s", error.detail)
            self._fault = Fault(type=error.slug, detail=error.detail)
            return
        self._settings, self._scratch = settings, settings.state / SCRATCH
        costs = self._costs = ContainerCosts(storage, self._site, settings, self._began)
        starts = Starts(storage, settings.gpu, settings.deploy, settings.container)
        hold: Hold | None = None
        with suppress(StorageRefused):  # each job waits for the bucket anyway
            hold = starts.begin()
        if hold is not None:
            log.error("alarm=starts-failing gpu=%s deploy=%s %s", settings.gpu, settings.deploy, hold.words)
            self.is_spent = True
            return
        try:
            settings, renderer = self._opened(settings, starts, open_renderer or open_models, look)
        except Exception:
            log.exception("this start failed; the container stops and frees its GPU")
            self.is_spent = True
            return
        self._worker = Worker(storage, self._site, renderer, settings, jobs_cost=costs.jobs)
        self._cold_start_seconds = time.monotonic() - self._began
        log.info("ready after %.1f s", self._cold_start_seconds)
        costs.ready()

    def _opened(
        self, settings: Settings, starts: Starts, open_renderer: OpenRenderer, look: Callable[[], Card | None]
    ) -> tuple[Settings, Renders]:
        """The settings with the card that is really present, and the renderer, or an `Unusable` with the proven reason.
        Cheap checks come first. Raises the error of a lost start (the card, a library, the disk); its note stays in the
        bucket."""
        try:
            signer = signer_of(settings.signing_key, settings.signing_certificates)
            settings, gpu = _on_its_card(settings, look)
            renderer = open_renderer(settings, self._weights_folder, gpu)
            warm_up(renderer, settings)
        except Exception as error:
            reason = _reason(error)
            with suppress(StorageRefused):
                if reason is None:
                    starts.failed(type(error.__cause__ or error).__name__)
                else:
                    starts.over()
            if reason is None:
                raise
            log.exception("this container cannot render")
            return settings, Unusable(reason)
        except BaseException:  # the platform interrupts it: that is no lost start
            with suppress(StorageRefused):
                starts.over()
            raise
        with suppress(StorageRefused):
            starts.ready()
        return settings, signing(renderer, signer)

    def run(self, ticket: Ticket) -> End | Fault:
        """Runs a ticket, and those that follow on its card; returns how the first one ended. The first one of the
        container pays for the cold start. Returns the fault where no container can run or record a job. Raises only
        exceptions that end the process."""
        if self._fault is not None:
            return self._fault
        began = time.monotonic()
        end = self._run(ticket)
        if ticket.card is not None:
            self._follow(ticket.card, began)
        elif self.is_spent:
            self._stop()
        return end

    def _follow(self, card: str, began: float) -> None:
        assert self._settings is not None
        assert self._site is not None
        series = Series(
            self._site,
            self._settings,
            self._run_next,
            loaded=lambda: loaded_presets(self._renderer),
            is_spent=lambda: self.is_spent or self._doubts > 1 or isinstance(self._renderer, Unusable),
            stop=self._stop,
        )
        try:
            stays = series.follow(card, began)
        except Exception:
            log.exception("card %s: its series broke off; the container stops", card)
            self._stop()
            return
        if stays:
            # The platform would start another container for a call that comes while this one is still busy.
            self._farewell = threading.Timer(RETURNED_SECONDS, series.leave, (card,))
            self._farewell.daemon = True
            self._farewell.start()

    @property
    def _renderer(self) -> Renders | None:
        return None if self._worker is None else self._worker.renderer

    def _run_next(self, ticket: Ticket) -> None:
        assert self._settings is not None
        if ticket.gpu == self._settings.gpu:
            self._run(ticket)
        else:
            log.error("the site gave a card of kind %s a ticket for %s", self._settings.gpu, ticket.gpu)
            self.is_spent = True

    def _run(self, ticket: Ticket) -> End:
        if self._worker is None or self.is_spent:
            return "gone"
        began = time.monotonic()
        try:
            with of_job(ticket):
                return self._ran(self._worker, ticket)
        finally:
            if self._costs is not None:
                self._costs.worked(time.monotonic() - began)

    def _ran(self, worker: Worker, ticket: Ticket) -> End:
        share, self._cold_start_seconds = self._cold_start_seconds, 0.0
        try:
            outcome = worker.run(
                ticket, is_canceled=_never, cold_start_seconds=share, limit_seconds=self._limit_seconds
            )
        except MachineFault as fault:
            log.error("alarm=machine-fault this machine takes no further job: %s", fault)
            self.is_spent = True
            return "gone"
        except StorageRefused:
            # Its patience is over. A container that cannot reach its bucket would only use up the jobs that wait.
            log.exception("the bucket is out of reach; this container takes no further job")
            self.is_spent = True
            return "gone"
        except Exception:
            # No marker could be written, so the outcome is unknown: the site checks the job and sends it again.
            log.exception("the attempt was left without a marker")
            return "gone"
        if outcome is not None:
            self._weigh(outcome)
        return "finished"

    def _weigh(self, outcome: Outcome) -> None:
        """A container that fails clip after clip would end all that wait, faster than any good one could make them."""
        if outcome.status == "succeeded":
            self._doubts = 0
        elif outcome.fault is not None and outcome.fault.type in MAY_BE_THE_CONTAINER:
            self._doubts += 1

    def close(self) -> None:
        """Deletes scratch files and frees the models. The worker itself releases its claim when it is interrupted."""
        if self._farewell is not None:
            self._farewell.cancel()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        if self._costs is not None:
            self._costs.close()
        if self._site is not None:
            self._site.close()
        self._worker = None


class Unusable:
    """Replaces the renderer where it cannot load; fails each job with the reason."""

    def __init__(self, problem: ProblemError) -> None:
        self._problem = type(problem), problem.detail

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        del shot, follower
        kind, detail = self._problem
        raise kind(detail)

    def word(self, wording: Wording, follower: Follower) -> Worded:
        del wording, follower
        kind, detail = self._problem
        raise kind(detail)


def process_began() -> float:
    """The start of this process on the monotonic clock: imports are part of a cold start."""
    import psutil

    return time.monotonic() - max(0.0, time.time() - psutil.Process().create_time())


def _on_its_card(settings: Settings, look: Callable[[], Card | None]) -> tuple[Settings, Gpu | None]:
    """The settings with the card that the platform gave, and its row. The requested card is still the one that is
    billed. The tiny sets run anywhere. Raises OutOfGpuMemory."""
    if CHECKPOINTS[settings.checkpoint].scale == "tiny":
        return settings, None
    if settings.gpu not in GPUS:
        raise OutOfGpuMemory(f"{settings.checkpoint} needs a rented card, not {settings.gpu}.")
    card = look()
    row = given(GPUS[settings.gpu], card)
    log.info("requested %s, got %s: planned as %s", settings.gpu, card, row.name)
    return replace(settings, gpu=row.name), row


def _reason(error: Exception) -> ProblemError | None:
    """Why no job can run here or on an equal machine; None where another machine may work."""
    if is_machines_fault(error):
        return None
    if isinstance(error, ProblemError):
        return error
    if is_out_of_memory(error):
        return OutOfGpuMemory("The models do not fit on this card.")
    return None


def _never() -> bool:
    return False  # the platform interrupts the thread instead of being asked
