"""The long-lived process that renders on this machine: loads the models once, then runs tickets one after another.

`server.py` starts it and exchanges lines of JSON with it: orders on stdin (`run`, `cancel`), news on stdout (`hello`,
`ready`, `begun`, `ended`). After a ticket that names a card it asks the site for the next one, as a rented container
does (`series.py`), until another order waits. When stdin ends, the parent is gone or stops, and this process exits,
even in the middle of a clip: the bucket holds what a new worker needs. Where this machine cannot make a clip, a full
disk for example, it waits with the ticket that it has: there is no other machine. Does not know the queue or HTTP.
"""

import json
import logging
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, Literal, TypedDict

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import Ticket
from gpu.core.problems import WeightsUnusable
from gpu.core.render_job import (
    Follower,
    MachineFault,
    Rendered,
    Renders,
    Shot,
    Worded,
    Wording,
    loaded_presets,
    worded,
)
from gpu.media.content_credentials import signer_of, signing
from gpu.serve.container_costs import ContainerCosts
from gpu.serve.events import Site, seconds_left
from gpu.serve.job_log import log_to_stderr, of_job
from gpu.serve.open_models import open_tiny_models
from gpu.serve.scratch import SCRATCH
from gpu.serve.series import Series
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from gpu.serve.worker import Worker
from gpu.tiny.instructions import hold_to_avx2

log = logging.getLogger(__name__)

LEAVING_SECONDS = 1.0
MACHINE_PAUSE_SECONDS = 5.0
LOG_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


class Order(TypedDict):
    """A line from the parent. `ticket` is None for `cancel`."""

    do: Literal["run", "cancel"]
    call_id: str
    ticket: dict[str, Any] | None
    canceled: bool


class News(TypedDict):
    """A line to the parent. `begun`: a ticket that the site gave, under a call's id of its own. `state` says how an
    `ended` call stands."""

    say: Literal["hello", "ready", "begun", "ended"]
    pid: int
    call_id: str | None
    state: Literal["finished", "gone"] | None


class TinyRenderer:
    """The tiny model set behind the real pipelines, built under `state/models` at first use and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._renderer: Renders | None = None

    def open(self) -> Renders:
        """Builds and loads all models, once. Raises WeightsUnusable, SigningUnusable, OSError."""
        if self._renderer is None:
            checkpoint = CHECKPOINTS[self._settings.checkpoint]
            if checkpoint.scale != "tiny":
                raise WeightsUnusable(f"{checkpoint.name} cannot run on this machine. Choose a tiny set.")
            signer = signer_of(self._settings.signing_key, self._settings.signing_certificates)
            try:
                self._renderer = signing(open_tiny_models(self._settings), signer)
            except MachineFault as fault:
                raise fault.__cause__ or fault from None  # no other machine would make the clip: its owner sees why
        return self._renderer

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        return self.open().render(shot, follower)

    def word(self, wording: Wording, follower: Follower) -> Worded:
        return worded(self.open(), wording, follower)

    def loaded_presets(self) -> tuple[str, ...]:
        return loaded_presets(self._renderer) if self._renderer is not None else ()


class Orders:
    """The parent's orders: calls to run, in order, and calls to stop."""

    def __init__(self, source: BinaryIO) -> None:
        self.at_end: Callable[[], None] = lambda: None
        """Called before this process exits, because no more orders come. Gets LEAVING_SECONDS."""
        self._source = source
        self._waiting: queue.SimpleQueue[tuple[str, Ticket]] = queue.SimpleQueue()
        self._canceled: set[str] = set()
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def next(self) -> tuple[str, Ticket]:
        return self._waiting.get()

    def has_next(self) -> bool:
        """Whether a call waits to be run."""
        return not self._waiting.empty()

    def is_canceled(self, call_id: str) -> bool:
        return call_id in self._canceled

    def forget(self, call_id: str) -> None:
        self._canceled.discard(call_id)

    def _read(self) -> None:
        for line in self._source:
            order: Order = json.loads(line)
            if order["canceled"]:
                self._canceled.add(order["call_id"])
            if order["do"] == "run":
                self._waiting.put((order["call_id"], Ticket.model_validate_json(json.dumps(order["ticket"]))))
        leaving = threading.Thread(target=self.at_end, daemon=True)
        leaving.start()
        leaving.join(LEAVING_SECONDS)
        # os._exit, since sys.exit would wait for the main thread, which may be in a forward pass.
        os._exit(0)


def serve(worker: Worker, orders: Orders, costs: ContainerCosts, tell: Callable[[News], None]) -> None:
    """Runs tickets in an endless loop."""

    def do(call_id: str, ticket: Ticket) -> None:
        began = time.monotonic()
        with of_job(ticket):
            state = run(worker, ticket, lambda: orders.is_canceled(call_id))
        orders.forget(call_id)
        tell(News(say="ended", pid=os.getpid(), call_id=call_id, state=state))
        costs.worked(time.monotonic() - began)

    def do_next(first_call: str, ticket: Ticket) -> None:
        call_id = f"{ticket.job_id}.{ticket.attempt}.{first_call.rpartition('.')[2]}"
        tell(News(say="begun", pid=os.getpid(), call_id=call_id, state=None))
        do(call_id, ticket)

    while True:
        call_id, ticket = orders.next()
        began = time.monotonic()
        do(call_id, ticket)
        if ticket.card is not None:
            follow(worker, orders, ticket.card, began, partial(do_next, call_id))


def follow(worker: Worker, orders: Orders, card: str, began: float, run_next: Callable[[Ticket], None]) -> None:
    """Runs what the site gives this card, until another call waits: this machine has one worker for all cards."""
    series = Series(
        worker.site,
        worker.settings,
        run_next,
        loaded=lambda: loaded_presets(worker.renderer),
        is_wanted_elsewhere=orders.has_next,
    )
    if series.follow(card, began):
        series.leave(card)


def run(worker: Worker, ticket: Ticket, is_canceled: Callable[[], bool]) -> Literal["finished", "gone"]:
    """Runs one ticket, and waits to its deadline where this machine is at fault."""
    while True:
        try:
            worker.run(ticket, is_canceled=is_canceled)
        except MachineFault as fault:
            log.error("alarm=machine-fault %s", fault)
            if is_canceled() or seconds_left(ticket) < MACHINE_PAUSE_SECONDS:
                return "gone"
            time.sleep(MACHINE_PAUSE_SECONDS)
        except Exception:
            # No marker could be written, so the outcome is unknown: the site checks the job and sends it again.
            log.exception("the attempt was left without a marker")
            return "gone"
        else:
            return "finished"


def main() -> None:
    began = time.monotonic()
    hold_to_avx2()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole console group; the parent decides
    # Libraries print to stdout; the parent reads only this private copy.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    log_to_stderr(LOG_FORMAT, logging.WARNING)

    def tell(news: News) -> None:
        out.write(json.dumps(news).encode("ascii") + b"\n")

    settings = Settings.from_environment(os.environ)
    orders = Orders(sys.stdin.buffer)
    tell(News(say="hello", pid=os.getpid(), call_id=None, state=None))
    shutil.rmtree(settings.state / SCRATCH, ignore_errors=True)  # of a predecessor that was killed
    renderer = TinyRenderer(settings)
    try:
        renderer.open()
    except Exception:
        log.exception("the models cannot be loaded; each job tries to load them again and reports a failure")
    storage, site = Storage(settings), Site(settings)
    costs = ContainerCosts(storage, site, settings, began)
    orders.at_end = costs.close
    worker = Worker(storage, site, renderer, settings, jobs_cost=costs.jobs)
    tell(News(say="ready", pid=os.getpid(), call_id=None, state=None))
    costs.ready()
    serve(worker, orders, costs, tell)


if __name__ == "__main__":
    main()
