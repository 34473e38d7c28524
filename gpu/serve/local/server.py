"""The GPU service on this machine: production's HTTP app with one local worker process in place of rented GPUs.

    python -m gpu.serve.local.server --port 8790

The queue is in memory. No job depends on it: the site sends a forgotten call again. A worker that dies is replaced, and
its call becomes `gone`; the same attempt may then be sent again and is a new call. Tickets that the worker gets from
the site by itself (`series.py`) are calls too, from the moment when it begins them. This process never loads a model.
Does not know how a clip is made.
"""

import argparse
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from contextlib import suppress
from pathlib import Path
from typing import Literal

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.contract import Call, Ticket
from gpu.serve import weights
from gpu.serve.job_log import log_to_stderr
from gpu.serve.settings import Settings, SettingsError

log = logging.getLogger(__name__)

ENDED_CALLS_KEPT = 1_000
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
"""Pause between two starts of a worker that dies before it is ready."""
STOP_SECONDS = 3.0
LEAVING_SECONDS = 2.0

CallState = Literal["pending", "running", "finished", "gone"]


class _Entry:
    """One call. `ticket` is dropped when the call has ended, to save memory."""

    __slots__ = ("canceled", "state", "ticket", "what")

    def __init__(self, job_id: str, attempt: int, ticket: Ticket | None) -> None:
        """`ticket`: None for a call that the worker began by itself."""
        self.what = (job_id, attempt)
        self.ticket = ticket
        self.state: CallState = "pending" if ticket is not None else "running"
        self.canceled = False


class LocalDispatcher:
    """A queue, one call at a time. A canceled call that still waits moves to the front, since it ends at once.

    All methods may be called from any thread.
    """

    def __init__(self, settings: Settings) -> None:
        self._pid_file = settings.state / "worker.pid"
        settings.state.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, _Entry] = OrderedDict()
        self._by_attempt: dict[tuple[str, int], str] = {}
        self._waiting: deque[str] = deque()
        self._ended: deque[str] = deque()
        self._running: list[str] = []
        """What the worker has: the call at work, and one that was handed over while it began a ticket of the site."""
        self._ready = False
        self._worker: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_worker, name="keeper", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """Ends the worker, even in the middle of a clip. Idempotent."""
        self._stopping.set()
        with self._lock:
            worker = self._worker
            if worker is not None and worker.stdin is not None:
                with suppress(OSError):
                    worker.stdin.close()  # it says what it has cost, and leaves
        if worker is not None:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(LEAVING_SECONDS)
            worker.kill()
        self._keeper.join(STOP_SECONDS)

    # ------------------------------------------------------------ Dispatcher

    def submit(self, ticket: Ticket) -> Call:
        with self._lock:
            call_id = self._by_attempt.get((ticket.job_id, ticket.attempt))
            if call_id is None or self._calls[call_id].state == "gone":
                call_id = f"{ticket.job_id}.{ticket.attempt}.{secrets.token_hex(12)}"
                self._keep(call_id, _Entry(ticket.job_id, ticket.attempt, ticket))
                self._waiting.append(call_id)
                self._hand_over()
            return self._call(call_id)

    def state(self, call_id: str) -> Call | None:
        with self._lock:
            return self._call(call_id) if call_id in self._calls else None

    def cancel(self, call_id: str) -> Call | None:
        with self._lock:
            entry = self._calls.get(call_id)
            if entry is None:
                return None
            if entry.state == "pending" and not entry.canceled:
                # The worker still gets it: it renders nothing, but writes the marker of the canceled job.
                entry.canceled = True
                self._waiting.remove(call_id)
                self._waiting.appendleft(call_id)
            elif entry.state == "running":
                entry.canceled = True
                self._order("cancel", call_id, entry)
            return self._call(call_id)

    # ------------------------------------------------------------ the queue; the lock is held

    def _call(self, call_id: str) -> Call:
        entry = self._calls[call_id]
        job_id, attempt = entry.what
        return Call(call_id=call_id, job_id=job_id, attempt=attempt, state=entry.state)

    def _keep(self, call_id: str, entry: _Entry) -> None:
        self._calls[call_id] = entry
        self._by_attempt[entry.what] = call_id

    def _begun(self, call_id: str) -> None:
        """The worker has begun a ticket that the site gave it. A call that was handed over meanwhile comes after it."""
        job_id, attempt, _ = call_id.split(".")
        self._keep(call_id, _Entry(job_id, int(attempt), None))
        self._running.append(call_id)

    def _hand_over(self) -> None:
        if self._ready and not self._running and self._waiting:
            call_id = self._waiting.popleft()
            entry = self._calls[call_id]
            entry.state = "running"
            self._running.append(call_id)
            self._order("run", call_id, entry)

    def _order(self, do: Literal["run", "cancel"], call_id: str, entry: _Entry) -> None:
        """Sends an order to the worker. A closed pipe is only logged: the keeper's thread handles a dead worker."""
        ticket = entry.ticket.model_dump(mode="json") if entry.ticket is not None and do == "run" else None
        line = json.dumps({"do": do, "call_id": call_id, "ticket": ticket, "canceled": entry.canceled})
        worker = self._worker
        if worker is None or worker.stdin is None:
            return
        try:
            worker.stdin.write(line.encode("ascii") + b"\n")
            worker.stdin.flush()
        except (OSError, ValueError):  # ValueError: this service is stopping
            log.warning("an order could not be sent to the worker process")

    def _close(self, call_id: str, state: CallState) -> None:
        entry = self._calls[call_id]
        entry.state, entry.ticket = state, None
        if call_id in self._running:
            self._running.remove(call_id)
        self._ended.append(call_id)
        while len(self._ended) > ENDED_CALLS_KEPT:
            oldest = self._ended.popleft()
            forgotten = self._calls.pop(oldest, None)  # None: the site gave the ticket twice
            if forgotten is not None and self._by_attempt.get(forgotten.what) == oldest:  # else it was sent again
                self._by_attempt.pop(forgotten.what)

    # ------------------------------------------------------------ the keeper's thread

    def _keep_worker(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            was_ready = self._run_worker()
            pause = FIRST_PAUSE_SECONDS if was_ready else min(pause * 2, LONGEST_PAUSE_SECONDS)
            if not was_ready and not self._stopping.is_set():
                log.error("the worker process ended before it was ready; the next start is in %.0f s", pause)
                self._stopping.wait(pause)

    def _run_worker(self) -> bool:
        """Runs one worker process from start to end. True when it became ready."""
        began = time.monotonic()
        try:
            worker = start_worker()
        except OSError:
            log.exception("no worker process could be started")
            return False
        with self._lock:
            self._worker = worker
        if self._stopping.is_set():
            worker.kill()
        was_ready = False
        assert worker.stdout is not None
        for line in worker.stdout:
            news = json.loads(line)
            with self._lock:
                match news["say"]:
                    case "hello":
                        self._pid_file.write_text(str(news["pid"]), encoding="utf-8", newline="\n")
                    case "ready":
                        was_ready = self._ready = True
                        log.info("the worker process is ready after %.1f s", time.monotonic() - began)
                    case "begun":
                        self._begun(news["call_id"])
                    case _:
                        self._close(news["call_id"], news["state"])
                self._hand_over()
        with self._lock:
            self._ready = False
            self._worker = None
            for call_id in list(self._running):
                log.error("the worker process died during a call")
                self._close(call_id, "gone")
        self._pid_file.unlink(missing_ok=True)
        worker.stdout.close()
        if worker.stdin is not None:
            try:
                worker.stdin.close()
            except OSError:
                log.debug("the worker process died before it read all orders")
        worker.wait()
        return was_ready


def start_worker() -> subprocess.Popen[bytes]:
    """Starts the process that renders. It logs to this process's stderr."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parents[3])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
    # torch's threads spin while they wait for each other. With a browser and a site on the same two cores, a clip then
    # took ten seconds instead of one (measured); sleeping threads cost nothing on an idle machine.
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # glibc keeps a memory arena for each thread: at most 1,002 MB with many arenas, 951 with one (2 cores, 2026-11-26).
    environment.setdefault("MALLOC_ARENA_MAX", "1")
    return subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "gpu.serve.local.worker_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gpu.serve.local.server", description="The GPU service on this machine."
    )
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    log_to_stderr("%(asctime)s %(levelname)s %(name)s: %(message)s", logging.INFO)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        log.error("%s", error)
        return 2
    began = time.monotonic()
    dispatcher = LocalDispatcher(settings)
    # uvicorn ends by raising the signal again: without a handler, that would skip the clean-up below.
    signal.signal(signal.SIGTERM, _leave)
    dispatcher.start()
    try:
        # Imported here, while the worker process loads its models, which takes longer.
        import uvicorn

        from gpu.serve.api import create_app
        from gpu.serve.picture_reader import PictureReader
        from gpu.serve.sound_reader import SoundReader
        from gpu.serve.storage import Storage

        revision = weights.installed(CHECKPOINTS[settings.checkpoint], settings.state)
        log.info("ready for tickets on port %d after %.1f s", port, time.monotonic() - began)
        storage = Storage(settings)
        uvicorn.run(
            create_app(dispatcher, PictureReader(storage), SoundReader(storage), settings, revision),
            host="127.0.0.1",
            port=port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    finally:
        dispatcher.stop()
    return 0


def _leave(*_: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
