"""Really kills the worker process at the point that a job's prompt names: `die at stage_1`.

Python imports this module by its name when it starts; only the tests' stacks have its folder on their path. An attempt
dies once, `die always at …` each time. `before done` and `after done` are the two sides of writing the marker. A prompt
may also let a first attempt `run out of memory at` a stage; that one goes on living. `stay at` a stage makes the first
worker of a first attempt wait there until it is stopped, so that a test finds it there however late it looks.
"""

import os
import signal
import sys
import threading
import time
from typing import Any


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own, which is how the worker tells it from other failures."""


def die_if_asked(ticket: Any, point: str) -> None:
    prompt: str = ticket.request.prompt
    always = prompt.startswith(f"die always at {point}.")
    if always or (ticket.attempt == 1 and prompt.startswith(f"die at {point}.")):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    if ticket.attempt == 1 and prompt.startswith(f"run out of memory at {point}."):
        raise OutOfMemoryError


def arm() -> None:
    module: Any = None
    while module is None or not hasattr(module, "_Attempt"):
        module = sys.modules.get("gpu.serve.worker")
        time.sleep(0.001)
    attempt, delivered = module._Attempt, module.Storage.mark_done
    shot, wording, report = attempt._shot, attempt._wording, attempt._report
    tickets = threading.local()

    def dying_shot(self: Any, *arguments: Any) -> Any:
        tickets.here = self._ticket
        die_if_asked(self._ticket, "starting")
        return shot(self, *arguments)

    def dying_wording(self: Any, *arguments: Any) -> Any:
        tickets.here = self._ticket
        die_if_asked(self._ticket, "starting")
        return wording(self, *arguments)

    def dying_report(self: Any, courier: Any, stage: str, step: Any, steps: Any) -> None:
        report(self, courier, stage, step, steps)
        die_if_asked(self._ticket, stage)
        stays = self._ticket.attempt == self._claim.turn == 1
        while stays and self._ticket.request.prompt.startswith(f"stay at {stage}.") and not self._must_stop(courier):
            time.sleep(0.005)

    def dying_mark_done(self: Any, outcome: Any) -> Any:
        die_if_asked(tickets.here, "before done")
        marked = delivered(self, outcome)
        die_if_asked(tickets.here, "after done")
        return marked

    attempt._shot, attempt._wording, attempt._report = dying_shot, dying_wording, dying_report
    module.Storage.mark_done = dying_mark_done


if any(program in sys.orig_argv for program in ("gpu.serve.local.worker_process", "modal._container_entrypoint")):
    threading.Thread(target=arm, daemon=True).start()
