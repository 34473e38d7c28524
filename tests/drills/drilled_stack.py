"""The whole product with everything in reach that a drill breaks: processes, bucket, disk, clock.

Leases are short, so that what dies is found in seconds. It does not know what is drilled.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from infra.dev.ports import free_port
from infra.dev.stack import Stack
from infra.process.shell import InfraError
from infra.process.waiting import wait_until
from tests.drills.bucket_proxy import BucketProxy
from tests.local_cloud import LocalCloud

LEASE_SECONDS = 5
BROKEN_WORKER = Path(__file__).parent / "broken_worker"
Part = Literal["worker", "GPU service", "edge"]


@dataclass(slots=True)
class Drilled:
    """A running stack, a look behind it, and the proxy that its GPU side reaches the bucket through."""

    stack: Stack
    cloud: LocalCloud
    proxy: BucketProxy

    def sweep(self) -> bool:
        """Runs the cron once. A sweep that fails, or meets no site, is followed by the next one, as in production."""
        with suppress(InfraError):
            self.stack.tick()
        return True

    def break_worker(self, **faults: object) -> None:
        """What is wrong with the worker's machine from now on; a new clock is that of the next worker."""
        (self.stack.state / "faults.json").write_text(json.dumps(faults), encoding="utf-8", newline="\n")

    def kill(self, part: Part) -> None:
        """SIGKILL, without a word to anybody; then what an operator's machine does: it starts the part again. The GPU
        service starts its worker again by itself."""
        match part:
            case "worker":
                with suppress(OSError, ValueError, psutil.NoSuchProcess):  # it may be between two lives
                    psutil.Process(self.stack.gpu_worker_pid()).kill()
            case "GPU service":
                psutil.Process(self.stack.gpu.pid).kill()
                self.stack.stop_gpu()
                self.stack.start_gpu()
            case "edge":
                root = psutil.Process(self.stack.edge.pid)
                for process in [*root.children(recursive=True), root]:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                self.stack.stop_edge()
                self.stack.start_edge()

    def new_worker(self) -> None:
        """Replaces the worker and returns once the next one is ready."""
        old = self.stack.gpu_worker_pid()
        self.kill("worker")
        wait_until(lambda: self._other_worker(old), what="a new worker", moved=self.stack.gpu_activity)

    def _other_worker(self, old: int) -> bool:
        with suppress(OSError, ValueError):
            return self.stack.gpu_worker_pid() != old
        return False


@contextmanager
def drilled_stack(state: Path) -> Generator[Drilled]:
    """Seconds are priced as an H200's, so that the ledger is not all zeros."""
    site_port = free_port()
    path = "/cdn-cgi/local/r2/s3"
    with BucketProxy(f"http://127.0.0.1:{site_port}") as proxy:
        environment = {
            "CLIPWRIGHT_HEARTBEAT_SECONDS": "0.5",
            "CLIPWRIGHT_BILL_AS": "H200",
            "CLIPWRIGHT_CHECKPOINT": "tiny-19b",
            "R2_ENDPOINT": f"http://127.0.0.1:{proxy.port}{path}",
            "PYTHONPATH": str(BROKEN_WORKER),
            "DRILL_FAULTS": str(state / "faults.json"),
        }
        with Stack(
            state, site_port=site_port, site_vars={"LEASE_SECONDS": str(LEASE_SECONDS)}, gpu_env=environment
        ) as stack:
            cloud = LocalCloud(stack.url)
            try:
                yield Drilled(stack, cloud, proxy)
            finally:
                cloud.s3.close()
