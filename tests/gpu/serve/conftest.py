"""A real bucket (wrangler's, over its S3 side), and the GPU service's parts set up around it."""

import json
import sys
import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from gpu.core.contract import Ticket
from gpu.serve import patience
from gpu.serve import worker as worker_module
from gpu.serve.events import Site, timestamp
from gpu.serve.settings import Settings
from gpu.serve.storage import Storage
from gpu.serve.worker import Worker
from infra.dev.edge_config import PASSED_ON, quiet_environment, wrangler
from infra.dev.ports import free_port
from infra.dev.stack import wait_until_answers
from infra.process.processes import Process
from tests.gpu.serve.surroundings import EVENT_SECRET, EventSite, MakeTicket, ToldRenderer
from tests.hand_clock import HandClock

if sys.platform == "win32":
    # Containers are Linux, and Modal's program for them is built on signals that Windows does not have.
    collect_ignore = ["test_modal_container.py", "test_modal_pools.py"]

BUCKET = "media"
CONFIG = f"""
name = "bucket-only"
pages_build_output_dir = "public"
compatibility_date = "2026-11-01"
send_metrics = false

[[r2_buckets]]
binding = "MEDIA"
bucket_name = "{BUCKET}"
local_dev = {{ experimental_s3_credentials = {{ accessKeyId = "testkey", secretAccessKey = "testsecret" }} }}
"""
PING = "export const onRequest = () => new Response('pong');\n"


# ---------------------------------------------------------------- the bucket


@pytest.fixture(scope="session")
def r2_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """An empty bucket behind Cloudflare's own S3 endpoint for development."""
    folder = tmp_path_factory.mktemp("bucket")
    (folder / "public").mkdir()
    (folder / "public" / "index.html").write_text("<!doctype html>", encoding="utf-8", newline="\n")
    # Without a Function wrangler takes its own one, and with that the configuration of the folder it is installed in.
    (folder / "functions").mkdir()
    (folder / "functions" / "ping.js").write_text(PING, encoding="utf-8", newline="\n")
    (folder / "wrangler.toml").write_text(CONFIG, encoding="utf-8", newline="\n")
    port = free_port()
    command = [*wrangler(), "pages", "dev", "--persist-to", str(folder / "state"), "--ip", "127.0.0.1"]
    command += ["--port", str(port), "--inspector-port", "0", "--show-interactive-dev-session=false"]
    process = Process(
        "the bucket",
        command,
        env=quiet_environment(folder),
        cwd=folder,
        log=folder / "bucket.log",
        record=folder / "bucket.process.json",
        passes=PASSED_ON,
    )
    process.start()
    try:
        wait_until_answers(process, f"http://127.0.0.1:{port}/", {})
        yield f"http://127.0.0.1:{port}/cdn-cgi/local/r2/s3"
    finally:
        process.stop()


# ---------------------------------------------------------------- the site


@pytest.fixture
def site() -> Generator[EventSite]:
    listening = EventSite()
    yield listening
    listening.close()


# ---------------------------------------------------------------- settings and parts


@pytest.fixture
def settings(r2_endpoint: str, site: EventSite, tmp_path: Path) -> Settings:
    return Settings(
        site_url=site.url,
        event_secret=EVENT_SECRET,
        r2_endpoint=r2_endpoint,
        r2_bucket=BUCKET,
        r2_access_key_id="testkey",
        r2_secret_access_key="testsecret",
        checkpoint="tiny-19b",
        state=tmp_path / "상태 폴더",
        heartbeat_seconds=0.1,
        build="test",
        bill_as="H200",
    )


@pytest.fixture
def bucket(settings: Settings) -> Storage:
    return Storage(settings)


@pytest.fixture
def renderer_told() -> ToldRenderer:
    return ToldRenderer()


@pytest.fixture
def worker(settings: Settings, bucket: Storage, renderer_told: ToldRenderer) -> Generator[Worker]:
    told_site = Site(settings)
    yield Worker(bucket, told_site, renderer_told, settings)
    told_site.close()


@pytest.fixture
def worker_clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """A clock that replaces the worker's; only the test advances it."""
    clock = HandClock()
    for module in (worker_module, patience):
        monkeypatch.setattr(module, "time", clock)
    return clock


# ---------------------------------------------------------------- tickets


@pytest.fixture
def make_ticket(request: pytest.FixtureRequest) -> MakeTicket:
    """Tickets of a job of this test's own: make_ticket(attempt=2, deadline_seconds=-1, **fields of the request)."""
    test = cast("pytest.Item", request.node).nodeid  # pyright: ignore[reportUnknownMemberType]
    job_id = f"{abs(hash(test)) % 36**10:010d}{time.time_ns() % 10**9:09d}"

    def make(
        *, attempt: int = 1, inputs: Sequence[dict[str, Any]] = (), deadline_seconds: float = 600.0, **fields: Any
    ) -> Ticket:
        body = {
            "job_id": job_id,
            "attempt": attempt,
            "request": {"preset": "fast", "prompt": "천천히 웃어요", "seconds": 2, "tier": "704p", **fields},
            "seed": 7,
            "inputs": list(inputs),
            "gpu": "H200",
            "deadline_at": timestamp(datetime.now(UTC) + timedelta(seconds=deadline_seconds)),
            "reserved_micro_won": 50_000_000,
        }
        return Ticket.model_validate_json(json.dumps(body))

    return make
