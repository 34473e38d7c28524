"""`dev`: serves the stack until Ctrl-C, and runs the cron each minute. It does not know what jobs are."""

import threading
from pathlib import Path

from infra import console
from infra.dev.opening import opened
from infra.dev.ports import check_can_serve
from infra.dev.stack import Stack
from infra.language import localized
from infra.process.shell import InfraError
from infra.settings import SWEEP_PERIOD_SECONDS

LOOK_SECONDS = 2.0


def run(state: Path, port: int) -> None:
    """Serves until Ctrl-C. Raises InfraError when the port is in use or the stack does not start."""
    check_can_serve(port, "python run.py dev")
    with opened(state, port) as stack:
        console.note(localized(ko=f"사이트       {stack.url}", en=f"site          {stack.url}"))
        console.note(
            localized(
                ko=f"GPU 서비스   {stack.gpu_url}  (작은 모델)", en=f"GPU service   {stack.gpu_url}  (tiny model)"
            )
        )
        console.note(
            localized(
                ko=f"로그         {stack.edge.log} , {stack.gpu.log}",
                en=f"logs          {stack.edge.log} , {stack.gpu.log}",
            )
        )
        console.note(localized(ko="Ctrl-C로 멈춰요", en="stop it with Ctrl-C"))
        serve(stack)


def serve(stack: Stack) -> None:
    """Runs the cron each minute, until Ctrl-C or until the site or the GPU service dies (InfraError)."""
    waiting = threading.Event()
    since_sweep = 0.0
    while not waiting.wait(LOOK_SECONDS):
        stack.edge.raise_if_dead()
        stack.gpu.raise_if_dead()
        stack.raise_if_silent()
        since_sweep += LOOK_SECONDS
        if since_sweep >= SWEEP_PERIOD_SECONDS:
            since_sweep = 0.0
            try:
                stack.tick()
            except InfraError as error:
                console.error(str(error), error.fix)
