"""The whole product on this machine: site and sweeper under wrangler, and the GPU service.

`dev`, `demo`, `bench` and the tests use it; it runs the production code. Its state (database, bucket, models, secrets,
logs) is in a folder: a new stack on the same folder continues with the old state. It does not know what jobs are.
"""

import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from infra.dev import edge_config
from infra.dev.local_secrets import local_secrets
from infra.dev.ports import free_port
from infra.platforms.commit_name import commit_name
from infra.process.activity import activity
from infra.process.processes import Process
from infra.process.shell import InfraError
from infra.process.waiting import STALLED_AFTER_SECONDS, StalledError, wait_until
from infra.settings import LOCAL_CHECKPOINT, ROOT, SWEEPER_CRON

ASK_SECONDS = 30.0
"""A starting program may leave a request unanswered; then the request is repeated."""


class Stack:
    """`with Stack(folder) as stack:` serves `stack.url` until the block ends.

    `site_vars` and `gpu_env` override the defaults, for tests that need short leases or frequent heartbeats. Port 0
    means a free port; `stop_*` and `start_*` keep the ports.
    """

    def __init__(
        self,
        state: Path,
        *,
        site_port: int = 0,
        gpu_port: int = 0,
        site_vars: Mapping[str, str] | None = None,
        gpu_env: Mapping[str, str] | None = None,
    ) -> None:
        self.state = state.resolve()
        self.state.mkdir(parents=True, exist_ok=True)
        self.site_port = site_port or free_port()
        self.gpu_port = gpu_port or free_port()
        self.url = f"http://127.0.0.1:{self.site_port}"
        self.gpu_url = f"http://127.0.0.1:{self.gpu_port}"
        self.secrets = local_secrets(self.state)
        self._site_vars = {**self._default_site_vars(), **(site_vars or {})}
        self._gpu_env = {**self._default_gpu_env(), **(gpu_env or {})}
        self.edge = Process(
            "the site (wrangler pages dev)",
            edge_config.pages_dev(self.state, self.site_port, self._site_vars),
            env=edge_config.quiet_environment(self.state),
            cwd=ROOT,
            log=self.state / "site.log",
            record=self.state / "site.process.json",
            passes=edge_config.PASSED_ON,
        )
        self.gpu = Process(
            "the GPU service (gpu.serve.local.server)",
            [sys.executable, "-X", "utf8", "-m", "gpu.serve.local.server", "--port", str(self.gpu_port)],
            env=self._gpu_env,
            cwd=ROOT,
            log=self.state / "gpu.log",
            record=self.state / "gpu.process.json",
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts site and GPU service in parallel; returns when both answer. Raises InfraError when one does not."""
        from infra.build.site import build

        for process in (self.edge, self.gpu):
            process.log.write_bytes(b"")
        self.gpu.start()  # first, because it starts more slowly
        build()
        edge_config.apply_migrations(self.state)
        self.edge.start()
        self._wait_for_edge()
        self._wait_for_gpu()

    def stop(self) -> None:
        """Ends site and GPU service with all their children."""
        with ThreadPoolExecutor(2) as pool:
            for stopping in [pool.submit(self.edge.stop), pool.submit(self.gpu.stop)]:
                stopping.result()

    def start_edge(self) -> None:
        self.edge.start()
        self._wait_for_edge()

    def raise_if_silent(self) -> None:
        """Returns while the site answers, or will soon, as after an edit. Raises InfraError when it makes no progress
        towards an answer: wrangler can outlive the program that serves."""
        try:
            httpx.get(f"{self.url}/api/version", timeout=ASK_SECONDS, trust_env=False)
        except httpx.TransportError:
            self._wait_for_edge()

    def stop_edge(self) -> None:
        self.edge.stop()

    def start_gpu(self) -> None:
        self.gpu.start()
        self._wait_for_gpu()

    def stop_gpu(self) -> None:
        self.gpu.stop()

    def gpu_worker_pid(self) -> int:
        """Process id of the rendering worker, from the GPU service's file."""
        return int((self.state / "worker.pid").read_text(encoding="utf-8"))

    def gpu_activity(self) -> object:
        """A value that changes while the GPU service renders any job. Raises InfraError when it does not run."""
        return activity(self.gpu.pid, self.gpu.log)

    def tick(self) -> None:
        """Runs the sweeper's cron once, as Cloudflare does each minute. Raises InfraError when the sweep fails or the
        site does not answer."""
        try:
            answer = httpx.post(
                f"{self.url}/cdn-cgi/local/explorer/api/local/scheduled",
                params={"worker": edge_config.sweeper_name()},
                json={"cron": SWEEPER_CRON},
                timeout=STALLED_AFTER_SECONDS,
                trust_env=False,  # local calls must not use this machine's proxy
            )
        except httpx.TransportError as error:
            raise InfraError(
                f"the sweep could not be started: {type(error).__name__}", f"read {self.edge.log}"
            ) from error
        outcome = answer.json()["result"]["outcome"] if answer.is_success else f"HTTP {answer.status_code}"
        if outcome != "ok":
            raise InfraError(f"the sweep ended with {outcome}:\n{self.edge.log_tail()}", f"read {self.edge.log}")

    def _wait_for_edge(self) -> None:
        wait_until_answers(self.edge, f"{self.url}/api/version", {})

    def _wait_for_gpu(self) -> None:
        keys = {"Modal-Key": self.secrets.gpu_key, "Modal-Secret": self.secrets.gpu_secret}
        wait_until_answers(self.gpu, f"{self.gpu_url}/version", keys)

    def _default_site_vars(self) -> dict[str, str]:
        return {
            "GPU_URL": self.gpu_url,
            "GPU_KEY": self.secrets.gpu_key,
            "GPU_SECRET": self.secrets.gpu_secret,
            "EVENT_SECRET": self.secrets.event_secret,
            "COOKIE_SECRET": self.secrets.cookie_secret,
            "LEASE_SECONDS": "60",
            "BUILD": commit_name(),
        }

    def _default_gpu_env(self) -> dict[str, str]:
        bucket, key_id, secret_key = edge_config.local_bucket()
        return {
            "CLIPWRIGHT_SITE_URL": self.url,
            "CLIPWRIGHT_EVENT_SECRET": self.secrets.event_secret,
            "CLIPWRIGHT_PROXY_KEY": self.secrets.gpu_key,
            "CLIPWRIGHT_PROXY_SECRET": self.secrets.gpu_secret,
            "CLIPWRIGHT_CHECKPOINT": LOCAL_CHECKPOINT,
            "CLIPWRIGHT_STATE": str(self.state),
            "CLIPWRIGHT_HEARTBEAT_SECONDS": "10",
            "CLIPWRIGHT_BUILD": commit_name(),
            "R2_ENDPOINT": f"{self.url}/cdn-cgi/local/r2/s3",
            "R2_BUCKET": bucket,
            "R2_ACCESS_KEY_ID": key_id,
            "R2_SECRET_ACCESS_KEY": secret_key,
        }


def wait_until_answers(process: Process, url: str, headers: Mapping[str, str]) -> None:
    """Returns after a success from `url`. Raises InfraError with the log's end if the program dies or stalls."""
    answer = ""

    def succeeds() -> bool:
        nonlocal answer
        process.raise_if_dead()
        try:
            response = client.get(url)
        except httpx.TransportError:
            return False
        answer = f"HTTP {response.status_code}"
        return response.is_success

    def moved() -> object:
        process.raise_if_dead()
        work = activity(process.pid, process.log)
        # A program that answers uses processor time for each request, which is no progress.
        return (answer, work[0]) if answer else work

    with httpx.Client(headers=dict(headers), timeout=ASK_SECONDS, trust_env=False) as client:
        try:
            wait_until(succeeds, what=f"{process.name} to answer at {url}", moved=moved)
        except StalledError as error:
            raise InfraError(f"{error}\n{process.log_tail()}", f"the whole log is {process.log}") from error
